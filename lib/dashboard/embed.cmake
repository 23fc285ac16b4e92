# Writes files as a C++ source of bytes, for MODULE/page_files.h:
#   cmake -D OUT=a.cc -D MODULE=dashboard -D FOLDER=DIR -D "NAMES=a;b" -P embed.cmake
set(arrays "")
set(rows "")
set(number 0)
foreach(name IN LISTS NAMES)
  file(READ "${FOLDER}/${name}" digits HEX)
  file(SHA256 "${FOLDER}/${name}" hash)
  string(REGEX REPLACE "(................................................................)" "\\1\n" digits "${digits}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${digits}")
  string(APPEND arrays "constexpr unsigned char kBytes${number}[] = {\n${bytes}\n};\n")
  string(APPEND rows "    File{\"${name}\", TextOf(kBytes${number}), \"${hash}\"},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE "${OUT}" "// Made by lib/dashboard/embed.cmake.
#include <cstddef>

#include \"${MODULE}/page_files.h\"

namespace fairlead::${MODULE} {
namespace {

template <std::size_t kSize>
std::string_view TextOf(const unsigned char (&bytes)[kSize]) {
  return {reinterpret_cast<const char*>(bytes), kSize};
}

${arrays}
}  // namespace

std::span<const File> PageFiles() {
  static const File kFiles[] = {
${rows}  };
  return kFiles;
}

}  // namespace fairlead::${MODULE}
")
