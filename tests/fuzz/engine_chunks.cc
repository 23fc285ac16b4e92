// The chunked coding, both ways: a body that is cut into chunks is that body again, with any chunk
// sizes, extensions and trailers; and any bytes in the place of chunks are read or refused.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>

#include "base/check.h"
#include "docker/answer_reader.h"
#include "fuzz/pieces.h"
#include "fuzz/targets.h"

namespace fairlead::fuzz {
namespace {

using docker::AnswerReader;

constexpr std::string_view kHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
constexpr std::size_t kBodyBytesMax = 64 * 1024;

// The body, or nothing when it was refused or cut.
std::optional<std::string> Read(std::string_view chunks, unsigned seed) {
  AnswerReader reader("fuzz", {}, kBodyBytesMax);
  bool is_well = reader.Feed(kHead).has_value();
  CHECK(is_well);
  InPieces(chunks, seed, [&](std::string_view piece) {
    is_well = reader.Feed(piece).has_value();
    return is_well;
  });
  if (!is_well || !reader.End()) return std::nullopt;
  return reader.Take().body;
}

// The first bytes are chunk lengths, until a zero; the rest is the body.
void CheckRoundTrip(std::string_view input, unsigned seed) {
  const std::size_t lengths_end = std::min(input.find('\0'), input.size());
  std::string_view lengths = input.substr(0, std::min<std::size_t>(lengths_end, 16));
  const std::string_view body = input.substr(std::min(lengths_end + 1, input.size()));
  std::string chunks;
  std::size_t at = 0;
  while (at < body.size()) {
    std::size_t length = body.size() - at;
    if (!lengths.empty()) {
      length = std::min<std::size_t>(static_cast<unsigned char>(lengths.front()), length);
      lengths.remove_prefix(1);
    }
    const bool has_extension = length % 3 == 0;
    chunks += fmt::format("{:x}{}\r\n{}\r\n", length, has_extension ? ";a=\"b\"" : "",
                          body.substr(at, length));
    at += length;
  }
  chunks += seed % 2 == 0 ? "0\r\n\r\n" : "0\r\nX-Trailer: y\r\n\r\n";
  const auto read = Read(chunks, seed);
  CHECK(read && *read == body);
  // Without its end it is no answer, however much of it has come.
  chunks.resize(chunks.size() - 1 - seed % 5);
  CHECK(!Read(chunks, seed));
}

}  // namespace

int FuzzEngineChunks(std::string_view input) {
  if (input.empty() || input.size() > kBodyBytesMax) return 0;
  const unsigned seed = static_cast<unsigned char>(input.front());
  const auto in_pieces = Read(input, seed);
  CHECK(in_pieces == Read(input, seed + 1));
  CHECK(!in_pieces || in_pieces->size() <= input.size());
  CheckRoundTrip(input, seed);
  return 0;
}

}  // namespace fairlead::fuzz
