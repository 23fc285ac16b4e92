#include "http/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <optional>
#include <string>

#include "base/check.h"

namespace fairlead::http {
namespace {

constexpr int kGzipWindow = 15 + 16;  // zlib's largest window, with gzip's header
constexpr int kMemoryLevel = 8;       // zlib's default

std::string_view WithoutBlanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  const std::size_t begin = std::min(text.find_first_not_of(kBlanks), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

bool IsSame(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, [](char a, char b) {
    const auto lowered = [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return lowered(a) == lowered(b);
  });
}

// "gzip;q=0" and "*; q=0.000" refuse.
bool IsRefused(std::string_view parameters) {
  const std::size_t equals = parameters.find('=');
  if (equals == std::string_view::npos || !IsSame(WithoutBlanks(parameters.substr(0, equals)), "q"))
    return false;
  return WithoutBlanks(parameters.substr(equals + 1)).find_first_not_of("0.") ==
         std::string_view::npos;
}

std::string Gzip(std::string_view plain) {
  z_stream stream{};
  CHECK(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) == Z_OK);
  std::string packed(deflateBound(&stream, plain.size()), '\0');
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

Field* Find(Reply& reply, std::string_view name) {
  const auto found = std::ranges::find_if(
      reply.fields, [&](const Field& field) { return IsSame(field.name, name); });
  return found == reply.fields.end() ? nullptr : &*found;
}

}  // namespace

bool TakesGzip(std::string_view accept_encoding) {
  std::optional<bool> takes;  // as said of gzip itself, which beats "*"
  bool takes_any = false;
  while (!accept_encoding.empty()) {
    const std::size_t end = std::min(accept_encoding.find(','), accept_encoding.size());
    const std::string_view item = accept_encoding.substr(0, end);
    accept_encoding.remove_prefix(std::min(end + 1, accept_encoding.size()));
    const std::size_t semicolon = std::min(item.find(';'), item.size());
    const std::string_view coding = WithoutBlanks(item.substr(0, semicolon));
    const bool is_taken = !IsRefused(item.substr(std::min(semicolon + 1, item.size())));
    if (IsSame(coding, "gzip")) takes = is_taken;
    if (coding == "*") takes_any = is_taken;
  }
  return takes.value_or(takes_any);
}

Packing Pack(std::string_view accept_encoding, Reply& reply) {
  const bool is_whole =
      reply.status == 200 && !reply.stream && Find(reply, "Content-Encoding") == nullptr;
  if (!is_whole || reply.body.size() < kGzipBytesMin) return Packing::kLeft;
  reply.fields.push_back({"Vary", "Accept-Encoding"});
  if (!TakesGzip(accept_encoding)) return Packing::kLeft;
  if (reply.body.size() > kGzipBytesMax) return Packing::kTooLong;
  std::string packed = Gzip(reply.body);
  if (packed.size() >= reply.body.size()) return Packing::kLeft;
  reply.body = std::move(packed);
  reply.fields.push_back({"Content-Encoding", "gzip"});
  if (Field* const tag = Find(reply, "ETag"); tag != nullptr && !tag->value.starts_with("W/"))
    tag->value.insert(0, "W/");
  return Packing::kPacked;
}

}  // namespace fairlead::http
