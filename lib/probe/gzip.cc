#include "probe/gzip.h"

#include <zlib.h>

#include "base/check.h"

namespace fairlead::probe {
namespace {

constexpr int kGzipWindow = 15 + 16;  // zlib's largest window, with gzip's header
constexpr int kMemoryLevel = 8;       // zlib's default

Bytef* AsZlib(const std::byte* bytes) {
  return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes));
}

}  // namespace

std::vector<std::byte> Gzip(std::span<const std::byte> plain) {
  z_stream stream{};
  CHECK(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) == Z_OK);
  std::vector<std::byte> packed(deflateBound(&stream, plain.size()));
  stream.next_in = AsZlib(plain.data());
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = AsZlib(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

Result<std::vector<std::byte>> Gunzip(std::span<const std::byte> packed, std::size_t bytes_max) {
  z_stream stream{};
  CHECK(inflateInit2(&stream, kGzipWindow) == Z_OK);
  // One more than allowed, so that an output that is full says too much.
  std::vector<std::byte> plain(bytes_max + 1);
  stream.next_in = AsZlib(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = AsZlib(plain.data());
  stream.avail_out = static_cast<uInt>(plain.size());
  const int end = inflate(&stream, Z_FINISH);
  plain.resize(stream.total_out);
  inflateEnd(&stream);
  if (plain.size() > bytes_max)
    return Fail(Code::kInternal, "a compressed message longer than allowed");
  if (end != Z_STREAM_END) return Fail(Code::kInternal, "a compressed message that is no gzip");
  return plain;
}

}  // namespace fairlead::probe
