#include "bootstrap_file.h"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace fairlead::daemon {

Result<> WriteBootstrapBeside(const std::string& socket_path, const std::string& file,
                              const std::string& text) {
  const std::filesystem::path target = std::filesystem::path(socket_path).replace_filename(file);
  {
    std::ifstream old(target);
    std::stringstream content;
    content << old.rdbuf();
    if (old && content.str() == text) return {};
  }
  const std::string fresh = target.string() + ".new";
  {
    std::ofstream out(fresh, std::ios::trunc);
    out << text;
    out.close();
    if (!out)
      return Fail(Code::kFailedPrecondition, "write " + fresh + ": is the directory writable?");
  }
  std::error_code ec;
  std::filesystem::permissions(fresh, std::filesystem::perms(0644), ec);
  if (!ec) std::filesystem::rename(fresh, target, ec);
  if (ec) return Fail(Code::kFailedPrecondition, "write " + target.string() + ": " + ec.message());
  return {};
}

}  // namespace fairlead::daemon
