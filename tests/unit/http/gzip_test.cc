#include "http/gzip.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <random>

namespace fairlead::http {
namespace {

std::string Unpacked(const std::string& packed) {
  std::string plain(4 * 1024 * 1024, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(plain.data());
  stream.avail_out = static_cast<uInt>(plain.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  plain.resize(stream.total_out);
  inflateEnd(&stream);
  return plain;
}

std::string Value(const Reply& reply, const std::string& name) {
  for (const Field& field : reply.fields) {
    if (field.name == name) return field.value;
  }
  return "";
}

class NoBody final : public Body {
 public:
  void Next(Take take) override { take(std::nullopt); }
  void Cancel() override {}
};

TEST(TakesGzip, ReadsWhatClientsSay) {
  for (const char* takes : {"gzip", "GZIP", "br, gzip", "gzip;q=0.1", "gzip ; q = 1", "*",
                            "br;q=1.0, gzip;q=0.8, *;q=0.1", "identity, *;q=0.5"})
    EXPECT_TRUE(TakesGzip(takes)) << takes;
  for (const char* takes_not : {"", "identity", "br", "gzip;q=0", "gzip; Q=0.000", "*;q=0",
                                "gzip;q=0, *", "*, gzip;q=0", "x-gzip2", ",;,=", "gzip2"})
    EXPECT_FALSE(TakesGzip(takes_not)) << takes_not;
}

TEST(Pack, MakesAnAnswerSmallerAndSaysSo) {
  const std::string body(20'000, 'a');
  Reply reply{.fields = {{"Content-Type", "application/json"}, {"ETag", "\"abc\""}}, .body = body};
  EXPECT_EQ(Pack("gzip", reply), Packing::kPacked);
  EXPECT_LT(reply.body.size(), 200U);
  EXPECT_EQ(Unpacked(reply.body), body);
  EXPECT_EQ(Value(reply, "Content-Encoding"), "gzip");
  EXPECT_EQ(Value(reply, "Vary"), "Accept-Encoding");
  EXPECT_EQ(Value(reply, "ETag"), "W/\"abc\"");
}

TEST(Pack, LeavesWhatIsNotTakenSmallLongPackedAStreamOrNoGoodAnswer) {
  const std::string body(20'000, 'a');
  const auto left = [](std::string_view encodings, Reply reply) {
    const std::string before = reply.body;
    const Packing packing = Pack(encodings, reply);
    EXPECT_EQ(reply.body, before);
    EXPECT_NE(Value(reply, "Content-Encoding"), "gzip");
    return packing;
  };
  EXPECT_EQ(left("br", {.body = body}), Packing::kLeft);
  EXPECT_EQ(left("gzip", {.body = body.substr(0, kGzipBytesMin - 1)}), Packing::kLeft);
  EXPECT_EQ(left("gzip", {.body = std::string(kGzipBytesMax + 1, 'a')}), Packing::kTooLong);
  EXPECT_EQ(left("gzip", {.fields = {{"Content-Encoding", "br"}}, .body = body}), Packing::kLeft);
  EXPECT_EQ(left("gzip", {.body = body, .stream = std::make_shared<NoBody>()}), Packing::kLeft);
  EXPECT_EQ(left("gzip", {.status = 400, .body = body}), Packing::kLeft);
  std::minstd_rand random(1);
  std::string noise;
  while (noise.size() < 2'000) noise += static_cast<char>(random() >> 8 & 0xFF);
  EXPECT_EQ(left("gzip", {.body = noise}), Packing::kLeft);
}

}  // namespace
}  // namespace fairlead::http
