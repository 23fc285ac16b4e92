// PathTemplate: the path of a google.api.http rule, read once and matched against requests. Pure.
//
// Syntax (google/api/http.proto): "/v1/{name=services/*}/replicas:act"; a segment is a literal, `*`
// (one), `**` (the rest, last), or `{field.path}` and `{field.path=segments}`, which bind what they
// match. A verb follows a colon at the end.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace fairlead::transcode {

struct PathBinding {
  std::string field;  // "name", "parent.name"
  std::string value;  // unescaped: "services/user-service.shop"
  bool operator==(const PathBinding&) const = default;
};

class PathTemplate {
 public:
  // kInvalidArgument with what is wrong: the rule is ours, so it is told at start.
  static Result<PathTemplate> Parse(std::string_view text);

  // What the path binds, in the template's order; nothing when it is another path. REQUIRES: `path`
  // was taken by http::ParseTarget.
  std::optional<std::vector<PathBinding>> Match(std::string_view path) const;

  // The fields that it binds.
  std::vector<std::string> fields() const;
  const std::string& text() const { return text_; }
  // "/v1/services/*/replicas:act": equal for templates that match the same paths, and how specific
  // a template is: literals before stars.
  std::string shape() const;

  // Its segments, for whoever shows it: a literal; or a star with the field that it alone is bound
  // to, if there is one.
  struct Part {
    std::string text;
    bool is_star = false;
  };
  std::vector<Part> parts() const;
  const std::string& verb() const { return verb_; }

 private:
  struct Segment {
    enum class Kind { kLiteral, kOne, kRest } kind = Kind::kLiteral;
    std::string literal = {};
  };
  struct Variable {
    std::string field;
    std::size_t begin = 0;  // of its segments
    std::size_t end = 0;
  };
  class Reader;

  std::string text_;
  std::vector<Segment> segments_;
  std::vector<Variable> variables_;
  std::string verb_;
};

}  // namespace fairlead::transcode
