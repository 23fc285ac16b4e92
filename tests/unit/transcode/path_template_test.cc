#include "transcode/path_template.h"

#include <gtest/gtest.h>

#include <string>

namespace fairlead::transcode {
namespace {

// "field=value ..." of a match; "-" for none.
std::string Matched(const std::string& pattern, const std::string& path) {
  const Result<PathTemplate> parsed = PathTemplate::Parse(pattern);
  if (!parsed) return parsed.error().message;
  const auto bindings = parsed->Match(path);
  if (!bindings) return "-";
  std::string text;
  for (const PathBinding& binding : *bindings)
    text += (text.empty() ? "" : " ") + binding.field + "=" + binding.value;
  return text;
}

TEST(PathTemplate, MatchesLiteralsStarsAndVariables) {
  EXPECT_EQ(Matched("/v1/status", "/v1/status"), "");
  EXPECT_EQ(Matched("/v1/status", "/v1/Status"), "-");
  EXPECT_EQ(Matched("/v1/status", "/v1/status/"), "-");
  EXPECT_EQ(Matched("/v1/status", "/v1"), "-");
  EXPECT_EQ(Matched("/v1/*/x", "/v1/a/x"), "");
  EXPECT_EQ(Matched("/v1/{name}", "/v1/a.b"), "name=a.b");
  EXPECT_EQ(Matched("/v1/{name}", "/v1/"), "-");
  EXPECT_EQ(Matched("/v1/{name=services/*}/replicas", "/v1/services/a.b/replicas"),
            "name=services/a.b");
  EXPECT_EQ(Matched("/v1/{a.b=x/*/y/*}", "/v1/x/1/y/2"), "a.b=x/1/y/2");
  EXPECT_EQ(Matched("/v1/{a}/{b}", "/v1/1/2"), "a=1 b=2");
}

TEST(PathTemplate, TheLastTwoStarsTakeTheRest) {
  EXPECT_EQ(Matched("/v1/{name=files/**}", "/v1/files/a/b/c"), "name=files/a/b/c");
  EXPECT_EQ(Matched("/v1/**", "/v1"), "");
  EXPECT_EQ(Matched("/v1/{x=**}:act", "/v1/a/b:act"), "x=a/b");
}

TEST(PathTemplate, AVerbBelongsToTheEnd) {
  EXPECT_EQ(Matched("/v1/{name=r/*}:act", "/v1/r/1:act"), "name=r/1");
  EXPECT_EQ(Matched("/v1/{name=r/*}:act", "/v1/r/1:other"), "-");
  EXPECT_EQ(Matched("/v1/{name=r/*}:act", "/v1/r/1"), "-");
  EXPECT_EQ(Matched("/v1/{name=r/*}:act", "/v1/r/a:b:act"), "name=r/a:b");
}

TEST(PathTemplate, BindsWhatWasEscapedAsText) {
  EXPECT_EQ(Matched("/v1/{name}", "/v1/a%20b%C3%BC"), "name=a b\xC3\xBC");
  EXPECT_EQ(Matched("/v1/{name}", "/v1/a+b"), "name=a+b");
}

TEST(PathTemplate, OfNoKnownSyntaxIsRefused) {
  for (const std::string pattern :
       {"", "v1", "/", "//a", "/v1/", "/{", "/{}", "/{a", "/{a=}", "/{a={b}}", "/{.a}", "/{a.}",
        "/a:", "/a b", "/**/a", "/{a=**}/b", "/a}", "/a:b/c", "/a*"}) {
    const Result<PathTemplate> parsed = PathTemplate::Parse(pattern);
    ASSERT_FALSE(parsed) << pattern;
    EXPECT_EQ(parsed.error().code, Code::kInvalidArgument) << pattern;
  }
}

TEST(PathTemplate, HasAShapeThatTemplatesOfTheSamePathsShare) {
  EXPECT_EQ(PathTemplate::Parse("/v1/{name=a/*}/b:act")->shape(), "/v1/a/*/b:act");
  EXPECT_EQ(PathTemplate::Parse("/v1/a/{x}/b:act")->shape(), "/v1/a/*/b:act");
}

}  // namespace
}  // namespace fairlead::transcode
