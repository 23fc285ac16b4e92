#include "gateway/web.h"

#include <gtest/gtest.h>

#include <string>

#include "base/base64.h"
#include "gateway/cors.h"
#include "gateway/messages.h"

namespace fairlead::gateway {
namespace {

constexpr WebForm kBinary{};
constexpr WebForm kText{.is_text = true};

std::string FieldsText(const http::Reply& reply) {
  std::string text;
  for (const http::Field& field : reply.fields) text += field.name + ": " + field.value + "\n";
  return text;
}

TEST(WebForm, IsToldByTheContentType) {
  for (const char* type : {"application/grpc-web", "application/grpc-web+proto",
                           "application/grpc-web; charset=utf-8"}) {
    ASSERT_TRUE(WebFormOf(type)) << type;
    EXPECT_FALSE(WebFormOf(type)->is_text) << type;
  }
  for (const char* type : {"application/grpc-web-text", "application/grpc-web-text+proto"})
    EXPECT_TRUE(WebFormOf(type)->is_text) << type;
  for (const char* type : {"application/grpc", "application/json", "application/grpc-web+json",
                           "application/grpc-website", ""})
    EXPECT_FALSE(WebFormOf(type)) << type;
}

TEST(MessageOfWeb, IsTheOneThatThereIs) {
  const auto read = [](WebForm form, const std::string& body) {
    const Result<std::string> message = MessageOfWeb(form, body, 10);
    return message ? *message : std::string(CodeName(message.error().code));
  };
  EXPECT_EQ(read(kBinary, Framed(kDataFlag, "hello")), "hello");
  EXPECT_EQ(read(kText, ToBase64(Framed(kDataFlag, "hello"))), "hello");
  // Pieces with paddings of their own.
  EXPECT_EQ(read(kText, ToBase64(std::string("\0\0\0\0", 4)) + ToBase64("\x05hello")), "hello");
  EXPECT_EQ(read(kText, "?"), "INVALID_ARGUMENT");
  EXPECT_EQ(read(kBinary, ""), "INVALID_ARGUMENT");
  EXPECT_EQ(read(kBinary, Framed(kDataFlag, "a") + Framed(kDataFlag, "b")), "INVALID_ARGUMENT");
  EXPECT_EQ(read(kBinary, Framed(kDataFlag, "12345678901")), "RESOURCE_EXHAUSTED");
  EXPECT_EQ(read(kBinary, Framed(kCompressedFlag, "a")), "UNIMPLEMENTED");
}

TEST(WebEnd, TellsStatusDetailsAndTrailers) {
  const PassedCall::End end{.how = {Code::kNotFound, "100% gone", "\x08\x05"},
                            .trailers = {{"told", "last"}, {"grpc-x", "1"}}};
  const std::string trailers =
      "grpc-status:5\r\ngrpc-message:100%25 gone\r\ngrpc-status-details-bin:CAU=\r\ntold:last\r\n";
  EXPECT_EQ(WebEnd(kBinary, end), Framed(kTrailersFlag, trailers));
  EXPECT_EQ(FromBase64(WebEnd(kText, end)), Framed(kTrailersFlag, trailers));
  const http::Reply reply = WebRefusal(kBinary, end);
  EXPECT_EQ(reply.status, 200U);
  EXPECT_EQ(FieldsText(reply),
            "grpc-status: 5\ngrpc-message: 100%25 gone\ngrpc-status-details-bin: CAU=\ntold: "
            "last\nContent-Type: application/grpc-web+proto\n");
}

http::Request Preflight(const std::string& origin) {
  return {.method = "OPTIONS",
          .fields = {{"origin", origin},
                     {"access-control-request-method", "POST"},
                     {"access-control-request-headers", "content-type,x-grpc-web"}}};
}

TEST(Cors, IsForThePagesThatAreNamedAndNeverForAllWithCookies) {
  const auto said = [](const std::vector<std::string>& allowed, const std::string& origin) {
    return FieldsText({.fields = CorsFields(allowed, origin)});
  };
  const std::string page = "https://a.example";
  const std::string readable =
      "Access-Control-Expose-Headers: grpc-status, grpc-message, grpc-status-details-bin, *\n";
  EXPECT_EQ(said({}, page), "");
  EXPECT_EQ(said({page}, ""), "");
  EXPECT_EQ(said({page}, "https://b.example"), "Vary: Origin\n");
  EXPECT_EQ(said({page}, "null"), "Vary: Origin\n");
  EXPECT_EQ(said({page, "*"}, page), "Vary: Origin\nAccess-Control-Allow-Origin: " + page +
                                         "\nAccess-Control-Allow-Credentials: true\n" + readable);
  EXPECT_EQ(said({page, "*"}, "https://b.example"),
            "Vary: Origin\nAccess-Control-Allow-Origin: *\n" + readable);
}

TEST(Cors, AnswersTheQuestionBeforeARequest) {
  EXPECT_TRUE(IsPreflight(Preflight("https://a.example")));
  EXPECT_FALSE(IsPreflight({.method = "OPTIONS", .fields = {{"origin", "https://a.example"}}}));
  const http::Reply yes = AnswerToPreflight({"https://a.example"}, Preflight("https://a.example"));
  EXPECT_EQ(yes.status, 200U);
  EXPECT_NE(FieldsText(yes).find("Access-Control-Allow-Methods: POST\n"
                                 "Access-Control-Allow-Headers: content-type,x-grpc-web\n"),
            std::string::npos)
      << FieldsText(yes);
  const http::Reply no = AnswerToPreflight({"https://a.example"}, Preflight("https://b.example"));
  EXPECT_EQ(no.status, 403U);
  EXPECT_EQ(FieldsText(no).find("Access-Control"), std::string::npos);
  EXPECT_EQ(AnswerToPreflight({}, Preflight("https://a.example")).status, 403U);
}

}  // namespace
}  // namespace fairlead::gateway
