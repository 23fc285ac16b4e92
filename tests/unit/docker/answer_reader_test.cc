// Every odd HTTP answer of bad_input.md, without a socket. What it costs is asserted in bytes: a
// refusal comes before more than the limit's worth has been taken.
#include "docker/answer_reader.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace fairlead::docker {
namespace {

const std::string kOk = "HTTP/1.1 200 OK\r\n";
const std::string kChunked = kOk + "Transfer-Encoding: chunked\r\n\r\n";

// The body, or the name of the code of what was wrong with it.
std::string Read(const std::string& bytes, std::size_t body_bytes_max = 1'000) {
  AnswerReader reader("ask", {}, body_bytes_max);
  auto fed = reader.Feed(bytes);
  if (fed) fed = reader.End();
  return fed ? reader.Take().body : std::string(CodeName(fed.error().code));
}

// How many bytes are taken of an answer that goes on with `piece` for ever.
std::size_t TakenOf(const std::string& head, const std::string& piece,
                    std::size_t body_bytes_max = 1'000) {
  AnswerReader reader("ask", {}, body_bytes_max);
  std::size_t taken = head.size();
  auto fed = reader.Feed(head);
  while (fed && !reader.is_done() && taken < 1024 * 1024 * 1024) {
    taken += piece.size();
    fed = reader.Feed(piece);
  }
  EXPECT_EQ((fed ? Code::kOk : fed.error().code), Code::kDataLoss) << "it was taken for an answer";
  return taken;
}

TEST(AnswerReader, BodiesAreReadHoweverTheyAreFramed) {
  EXPECT_EQ(Read(kOk + "Content-Length: 2\r\n\r\n{}"), "{}");
  EXPECT_EQ(Read(kOk + "\r\n{}"), "{}");
  EXPECT_EQ(Read(kChunked + "1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"), "{}");
  EXPECT_EQ(Read("HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n"), "");
}

TEST(AnswerReader, AContentLengthThatLiesIsCutOrIgnoredBehindItsEnd) {
  EXPECT_EQ(Read(kOk + "Content-Length: 100\r\n\r\n{}"), "UNAVAILABLE");
  EXPECT_EQ(Read(kOk + "Content-Length: 2\r\n\r\n{}{}"), "{}");
  EXPECT_EQ(Read(kOk + "Content-Length: 99999999999999999999\r\n\r\n{}"), "DATA_LOSS");
  EXPECT_EQ(Read(kOk + "Content-Length: -2\r\n\r\n{}"), "DATA_LOSS");
  EXPECT_EQ(Read(kOk + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"), "DATA_LOSS");
  EXPECT_EQ(Read(kOk + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}"), "DATA_LOSS");
}

TEST(AnswerReader, AChunkSizeThatIsNoneIsDataLoss) {
  for (const std::string size :
       {"FFFFFFFFFFFFFFFFF", "-1", "0x2", "g", "", " 2", "7fffffffffffffff"}) {
    EXPECT_EQ(Read(kChunked + size + "\r\n{}\r\n0\r\n\r\n"), "DATA_LOSS") << size;
  }
}

TEST(AnswerReader, ChunkExtensionsArePassedOver) {
  EXPECT_EQ(Read(kChunked + "2;a=b;c=\"d\"\r\n{}\r\n0;e\r\n\r\n"), "{}");
}

TEST(AnswerReader, AMissingFinalChunkIsUnavailable) {
  EXPECT_EQ(Read(kChunked + "2\r\n{}\r\n"), "UNAVAILABLE");
  EXPECT_EQ(Read(kChunked + "2\r\n{}\r\n0\r\n"), "UNAVAILABLE");
}

TEST(AnswerReader, AFewInterimAnswersArePassedOver) {
  EXPECT_EQ(
      Read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\n" + kOk + "\r\n{}"),
      "{}");
}

TEST(AnswerReader, AFloodOfInterimAnswersEndsAtTheirLimit) {
  const std::string interim = "HTTP/1.1 100 Continue\r\n\r\n";
  EXPECT_EQ(TakenOf("", interim), interim.size() * (EngineLimits{}.informational_max + 1));
  EXPECT_EQ(Read("HTTP/1.1 101 Switching\r\nUpgrade: tcp\r\n\r\n" + kOk + "\r\n{}"), "DATA_LOSS");
}

TEST(AnswerReader, AnEndlessLineIsNotKept) {
  const std::size_t limit = EngineLimits{}.read_buffer_bytes;
  const std::string piece(1'000, 'x');
  EXPECT_LE(TakenOf("", piece), 1'000U);
  EXPECT_LE(TakenOf(kOk + "X: ", piece), EngineLimits{}.header_bytes_max + 1'000);
  EXPECT_LE(TakenOf(kChunked + "2;", piece), limit + 1'100);
}

TEST(AnswerReader, AHeaderIsRefusedAboveItsLimitHoweverItIsCut) {
  EngineLimits limits;
  limits.header_bytes_max = 100;
  for (const std::size_t length : {99U, 100U, 101U, 130U}) {
    std::string header = kOk + "X: ";
    header += std::string(length - header.size() - 4, 'x') + "\r\n\r\n";
    for (const std::size_t piece : {1U, 7U, 1'000U}) {
      AnswerReader reader("ask", limits, 10);
      Result<> fed;
      for (std::size_t i = 0; fed && i < header.size(); i += piece) {
        fed = reader.Feed(std::string_view(header).substr(i, piece));
      }
      EXPECT_EQ(fed.has_value(), length <= 100) << length << " in pieces of " << piece;
    }
  }
}

TEST(AnswerReader, ATrailerBombEndsAtTheBuffersLimit) {
  EXPECT_LE(TakenOf(kChunked + "0\r\n", "X: aaaaaaaaaaaaaaaa\r\n"),
            EngineLimits{}.read_buffer_bytes + 200);
}

TEST(AnswerReader, AListOf64MiBEndsAtItsLimit) {
  const std::size_t limit = EngineLimits{}.list_bytes_max;
  const std::string piece(64 * 1024, ' ');
  EXPECT_LE(TakenOf(kOk + "\r\n[", piece, limit), limit + piece.size());
  EXPECT_LE(TakenOf(kChunked, "10000\r\n" + piece + "\r\n", limit), limit + 2 * piece.size());
  const std::string announced = kOk + "Content-Length: 67108864\r\n\r\n";
  EXPECT_EQ(TakenOf(announced, piece, limit), announced.size());
}

TEST(AnswerReader, GzipThatNobodyAskedForIsDataLoss) {
  EXPECT_EQ(Read(kOk + "Content-Encoding: gzip\r\n\r\n\x1f\x8b"), "DATA_LOSS");
  EXPECT_EQ(Read(kOk + "Content-Encoding: identity\r\nContent-Encoding: br\r\n\r\nx"), "DATA_LOSS");
  EXPECT_EQ(Read(kOk + "Content-Encoding: identity\r\n\r\n{}"), "{}");
}

TEST(AnswerReader, OfTheHeaderOnlyTheVersionIsKeptAndNeverFromATrailer) {
  AnswerReader reader("ask", {}, 100);
  ASSERT_TRUE(
      reader.Feed("HTTP/1.1 404 No\r\napi-VERSION: 1.41\r\nApi-Version: 9\r\n"
                  "Transfer-Encoding: chunked\r\n\r\n0\r\nApi-Version: 7\r\n\r\n"));
  ASSERT_TRUE(reader.is_done());
  const HttpAnswer answer = reader.Take();
  EXPECT_EQ(answer.status, 404U);
  EXPECT_EQ(answer.api_version, "1.41");
}

TEST(AnswerReader, AStreamOpensAtItsHeaderAndTakesMoreThanAnyBodyMayHold) {
  int opened = 0;
  std::size_t streamed = 0;
  AnswerReader reader("watch", {}, /*body_bytes_max=*/10,
                      {.on_open = [&] { ++opened; },
                       .on_bytes = [&](std::string_view bytes) -> Result<> {
                         streamed += bytes.size();
                         return {};
                       }});
  ASSERT_TRUE(reader.Feed(kChunked));
  EXPECT_TRUE(reader.is_open());
  EXPECT_EQ(opened, 1);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(reader.Feed("64\r\n" + std::string(100, 'x') + "\r\n"));
  EXPECT_EQ(streamed, 10'000U);
  EXPECT_FALSE(reader.is_done());
}

TEST(AnswerReader, ARefusalIsCollectedAndNeverAStream) {
  AnswerReader reader("watch", {}, 10,
                      {.on_open = [] { FAIL() << "opened"; },
                       .on_bytes = [](std::string_view) -> Result<> { return {}; }});
  ASSERT_TRUE(reader.Feed("HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno"));
  EXPECT_EQ(reader.Take().body, "no");
}

TEST(AnswerReader, TheSinksErrorEndsTheReading) {
  AnswerReader reader(
      "watch", {}, 10,
      {.on_open = [] {},
       .on_bytes = [](std::string_view) -> Result<> { return Fail(Code::kInternal, "enough"); }});
  EXPECT_EQ(reader.Feed(kOk + "\r\nx").error().message, "enough");
}

}  // namespace
}  // namespace fairlead::docker
