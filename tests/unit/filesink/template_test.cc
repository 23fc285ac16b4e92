#include "filesink/template.h"

#include <gtest/gtest.h>

namespace fairlead::filesink {
namespace {

Page Sample() {
  return {{{{.project = "shop", .service = "carts"}, {}},
           {{.project = "shop", .service = "users"}, {{"10.0.0.1", 80, 100}, {"fd00::4", 81, 7}}}}};
}

std::string Rendered(std::string_view source, const Page& page = Sample()) {
  const Result<Template> parsed = Template::Parse(source);
  return parsed ? parsed->Render(page) : parsed.error().message;
}

TEST(Template, RepeatsItsSectionsAndFillsItsPlaces) {
  EXPECT_EQ(
      Rendered(
          "{{#services}}{{name}}={{service}}/{{project}}:{{#endpoints}} {{address}} {{ip}} "
          "{{port}} {{weight}}{{/endpoints}}{{^endpoints}} nobody{{/endpoints}};{{/services}}"),
      "carts.shop=carts/shop: nobody;"
      "users.shop=users/shop: 10.0.0.1:80 10.0.0.1 80 100 [fd00::4]:81 fd00::4 81 7;");
}

TEST(Template, ALineOfATagAloneLeavesNoLine) {
  EXPECT_EQ(Rendered("a\n  {{#services}} \nb {{name}}\n{{/services}}\nc\n"),
            "a\nb carts.shop\nb users.shop\nc\n");
  EXPECT_EQ(Rendered("{{#services}}\n{{/services}}"), "");
  EXPECT_EQ(Rendered("x {{#services}}\n{{/services}}y"), "x \n\ny");
}

TEST(Template, KeepsTextWithoutTagsAsItIs) {
  EXPECT_EQ(Rendered("server { listen 80; }\n"), "server { listen 80; }\n");
  EXPECT_EQ(Rendered(""), "");
}

TEST(Template, ARefusalNamesTheLine) {
  EXPECT_EQ(Rendered("a\n{{nmae}}"),
            "template, line 2: {{nmae}} is no tag; manifests/README.md has them");
  EXPECT_EQ(Rendered("{{name}}"), "template, line 1: {{name}} means nothing in this place");
  EXPECT_EQ(Rendered("\n\n{{name"), "template, line 3: {{ without }}");
  EXPECT_EQ(Rendered("{{#services}}{{address}}{{/services}}"),
            "template, line 1: {{address}} means nothing in this place");
  EXPECT_EQ(Rendered("{{#services}}{{#endpoints}}"), "template: it ends inside endpoints");
  EXPECT_EQ(Rendered("{{#services}}\n"), "template: it ends inside services");
  EXPECT_EQ(Rendered("{{/services}}"),
            "template, line 1: {{/services}} means nothing in this place");
  EXPECT_EQ(Rendered("{{#services}}{{#services}}"),
            "template, line 1: {{#services}} means nothing in this place");
}

TEST(NginxUpstreams, AServiceWithNobodyKeepsABlockThatNginxTakes) {
  EXPECT_EQ(Rendered(kNginxUpstreams),
            "# Written by fairlead. What is changed here is lost.\n"
            "upstream carts.shop {\n"
            "    server 127.0.0.1:1 down;\n"
            "    keepalive 64;\n"
            "}\n"
            "upstream users.shop {\n"
            "    server 10.0.0.1:80 weight=100 fail_timeout=1s;\n"
            "    server [fd00::4]:81 weight=7 fail_timeout=1s;\n"
            "    keepalive 64;\n"
            "}\n");
}

}  // namespace
}  // namespace fairlead::filesink
