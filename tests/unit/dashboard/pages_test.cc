#include "dashboard/pages.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>

namespace fairlead::dashboard {
namespace {

http::Reply Ask(const std::string& path, const std::string& known = "",
                const std::string& method = "GET") {
  http::Pages pages;
  AddPages(pages);
  http::Request request{.method = method, .path = path};
  if (!known.empty()) request.fields.push_back({"if-none-match", known});
  http::Reply out;
  pages.Handle(std::move(request), [&](http::Reply reply) { out = std::move(reply); });
  return out;
}

std::string FieldOf(const http::Reply& reply, std::string_view name) {
  const auto found =
      std::ranges::find_if(reply.fields, [&](const auto& field) { return field.name == name; });
  return found == reply.fields.end() ? "" : found->value;
}

std::string SourceOf(std::string_view name) {
  std::ifstream file(std::string(FAIRLEAD_SOURCE_DIR) + "/lib/dashboard/page/" + std::string(name));
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(DashboardPages, AreTheFilesOfTheSourceEachWithItsType) {
  const std::map<std::string, std::string> types = {{"html", "text/html; charset=utf-8"},
                                                    {"css", "text/css; charset=utf-8"},
                                                    {"js", "text/javascript; charset=utf-8"}};
  EXPECT_GE(PageFiles().size(), 20U);
  for (const File& file : PageFiles()) {
    const http::Reply reply = Ask(PathOf(file));
    EXPECT_EQ(reply.status, 200U) << file.name;
    EXPECT_EQ(reply.body, SourceOf(file.name)) << file.name;
    EXPECT_FALSE(reply.body.empty()) << file.name;
    const std::string ending(file.name.substr(file.name.rfind('.') + 1));
    EXPECT_EQ(FieldOf(reply, "Content-Type"), types.at(ending)) << file.name;
    EXPECT_EQ(reply.route, PathOf(file));
  }
  EXPECT_TRUE(Ask("/").body.starts_with("<!doctype html>"));
}

TEST(DashboardPages, NameOnlyPartsThatAreServed) {
  std::set<std::string> served;
  for (const File& file : PageFiles()) served.insert(PathOf(file));
  const std::regex in_html("(?:src|href)=\"(/[^\"]*)\"");
  const std::regex in_script("from \"\\./([^\"]+)\"");
  for (const File& file : PageFiles()) {
    const std::string text(file.bytes);
    const bool is_html = file.name.ends_with(".html");
    const std::regex& pattern = is_html ? in_html : in_script;
    for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at) {
      const std::string path = (is_html ? "" : "/dashboard/") + (*at)[1].str();
      EXPECT_TRUE(served.contains(path)) << file.name << " names " << path;
    }
  }
}

TEST(DashboardPages, LetNothingInButThemselvesAndAreAskedForAnew) {
  for (const File& file : PageFiles()) {
    const http::Reply reply = Ask(PathOf(file));
    const std::string policy = FieldOf(reply, "Content-Security-Policy");
    for (const char* rule : {"default-src 'none'", "script-src 'self'", "style-src 'self'",
                             "connect-src 'self'", "img-src 'self' data:", "frame-ancestors 'none'",
                             "base-uri 'none'", "form-action 'none'"}) {
      EXPECT_NE(policy.find(rule), std::string::npos) << rule;
    }
    EXPECT_EQ(policy.find("unsafe"), std::string::npos);
    EXPECT_EQ(FieldOf(reply, "Cache-Control"), "no-cache");
  }
}

TEST(DashboardPages, AreNotSentTwiceToWhoHasThem) {
  std::set<std::string> tags;
  for (const File& file : PageFiles()) {
    const std::string path = PathOf(file);
    const std::string tag = FieldOf(Ask(path), "ETag");
    EXPECT_EQ(tag.size(), 66U) << tag;
    EXPECT_EQ(tag.front(), '"');  // strong
    EXPECT_TRUE(tags.insert(tag).second) << "two files with one tag";
    for (const std::string& known : {tag, "W/" + tag, "\"other\", " + tag, std::string("*")}) {
      const http::Reply again = Ask(path, known);
      EXPECT_EQ(again.status, 304U) << known;
      EXPECT_EQ(again.body, "");
      EXPECT_EQ(FieldOf(again, "ETag"), tag);
    }
    EXPECT_EQ(Ask(path, "\"" + std::string(64, '0') + "\"").status, 200U);
  }
}

TEST(DashboardPages, AreOnlyReadAndNothingElseIsThere) {
  EXPECT_EQ(Ask("/", "", "POST").status, 405U);
  EXPECT_EQ(Ask("/dashboard/app.js", "", "DELETE").status, 405U);
  for (const char* path : {"/index.html", "/dashboard/index.html", "/dashboard/", "/dashboard",
                           "/dashboard/../app.js", "/dashboard/embed.cmake"}) {
    EXPECT_EQ(Ask(path).status, 404U) << path;
  }
}

// What containers call themselves is shown as text because nothing on the page reads markup.
TEST(DashboardPages, NeverReadMarkupOrRunText) {
  const std::regex banned(
      "innerHTML|outerHTML|insertAdjacentHTML|document\\.write|\\beval\\b|new Function|srcdoc|"
      "createContextualFragment|DOMParser|javascript:|\\son[a-z]+=\"|<script>|style=\"|https?://"
      "(?!www\\.w3\\.org/2000/svg)");
  for (const File& file : PageFiles()) {
    const std::string text(file.bytes);
    std::smatch found;
    EXPECT_FALSE(std::regex_search(text, found, banned)) << file.name << ": " << found.str();
  }
}

}  // namespace
}  // namespace fairlead::dashboard
