// Template: a text with places for services and their servers; of the language that Mustache has,
// the few tags that a list of servers needs.
//
//   {{#services}} ... {{/services}}      once for each service; inside:
//     {{name}} {{service}} {{project}}   "user-service.shop", "user-service", "shop"
//     {{#endpoints}} ... {{/endpoints}}  once for each server; inside:
//       {{address}} {{ip}} {{port}} {{weight}}   "172.31.0.4:50051" ("[fd00::4]:50051") ...
//     {{^endpoints}} ... {{/endpoints}}  once, where the service has no server
//
// A line that holds nothing but a tag of a section leaves no line behind. There are no conditions,
// no expressions and no escapes: values are made of harmless characters (page.h).
// Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "filesink/page.h"

namespace fairlead::filesink {

class Template {
 public:
  // kInvalidArgument with the line: an unknown tag, one where it does not belong, one left open.
  static Result<Template> Parse(std::string_view text);

  std::string Render(const Page& page) const;

 private:
  enum class Tag {
    kText,
    kServices,
    kServicesEnd,
    kEndpoints,
    kNoEndpoints,
    kEndpointsEnd,
    kName,
    kService,
    kProject,
    kAddress,
    kIp,
    kPort,
    kWeight,
  };
  struct Piece {
    Tag tag = Tag::kText;
    std::string text;
  };
  struct Word;
  static const Word* Find(std::string_view word);
  // Where the section that begins at `begin` ends.
  std::size_t EndOf(std::size_t begin) const;
  void RenderService(std::size_t begin, std::size_t end, const PageService& service,
                     std::string& out) const;

  std::vector<Piece> pieces_;  // sections are closed, and nested as Parse demands
};

// An `upstream` block of NGINX for each service, called like the service in discovery. NGINX
// refuses one without servers, so a service without any has one that is down: calls to it fail
// with 502, which gRPC clients take for UNAVAILABLE.
extern const std::string_view kNginxUpstreams;

}  // namespace fairlead::filesink
