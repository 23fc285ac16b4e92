#include "transcode/path_template.h"

#include <algorithm>
#include <utility>

#include "http/target.h"

namespace fairlead::transcode {
namespace {

bool IsIdentChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool IsLiteralChar(char c) {
  return IsIdentChar(c) || c == '-' || c == '.' || c == '~';
}

std::vector<std::string_view> Split(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t slash = text.find('/');
    parts.push_back(text.substr(0, slash));
    if (slash == std::string_view::npos) return parts;
    text.remove_prefix(slash + 1);
  }
}

}  // namespace

class PathTemplate::Reader {
 public:
  explicit Reader(std::string_view text) : whole_(text), rest_(text) {}

  Result<PathTemplate> Read() {
    made_.text_ = whole_;
    if (!Take('/')) return Bad("it does not begin with a slash");
    if (Result<> read = ReadSegments(false); !read) return std::unexpected(read.error());
    if (Take(':')) {
      made_.verb_ = TakeWhile(IsLiteralChar);
      if (made_.verb_.empty()) return Bad("there is no verb after the colon");
    }
    if (!rest_.empty()) return Bad("there is something behind its end");
    const auto rest = std::ranges::find(made_.segments_, Segment::Kind::kRest, &Segment::kind);
    if (rest != made_.segments_.end() && rest + 1 != made_.segments_.end())
      return Bad("** is not the last segment");
    return std::move(made_);
  }

 private:
  Result<> ReadSegments(bool is_inside) {
    do {
      if (Result<> read = ReadSegment(is_inside); !read) return read;
    } while (Take('/'));
    return {};
  }

  Result<> ReadSegment(bool is_inside) {
    if (Take('*')) {
      made_.segments_.push_back({Take('*') ? Segment::Kind::kRest : Segment::Kind::kOne});
      return {};
    }
    if (Take('{')) return is_inside ? Bad("a variable inside a variable") : ReadVariable();
    std::string literal = TakeWhile(IsLiteralChar);
    if (literal.empty()) return Bad("an empty segment");
    made_.segments_.push_back({Segment::Kind::kLiteral, std::move(literal)});
    return {};
  }

  Result<> ReadVariable() {
    Variable variable{.field = TakeWhile([](char c) { return IsIdentChar(c) || c == '.'; }),
                      .begin = made_.segments_.size()};
    if (variable.field.empty() || variable.field.front() == '.' || variable.field.back() == '.')
      return Bad("a variable without a field");
    if (Take('=')) {
      if (Result<> read = ReadSegments(true); !read) return read;
    } else {
      made_.segments_.push_back({Segment::Kind::kOne});
    }
    if (!Take('}')) return Bad("a variable that does not end");
    variable.end = made_.segments_.size();
    made_.variables_.push_back(std::move(variable));
    return {};
  }

  bool Take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  template <class Is>
  std::string TakeWhile(Is is) {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is);
    std::string taken(rest_.begin(), end);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  std::unexpected<Error> Bad(const std::string& why) const {
    return Fail(Code::kInvalidArgument, "read the path " + std::string(whole_) + ": " + why);
  }

  const std::string_view whole_;
  std::string_view rest_;
  PathTemplate made_;
};

Result<PathTemplate> PathTemplate::Parse(std::string_view text) {
  return Reader(text).Read();
}

std::optional<std::vector<PathBinding>> PathTemplate::Match(std::string_view path) const {
  if (!path.starts_with('/')) return std::nullopt;
  path.remove_prefix(1);
  if (!verb_.empty()) {
    const std::size_t colon = path.rfind(':');
    if (colon == std::string_view::npos || path.substr(colon + 1) != verb_) return std::nullopt;
    path = path.substr(0, colon);
  }
  const std::vector<std::string_view> parts = Split(path);
  const bool has_rest = !segments_.empty() && segments_.back().kind == Segment::Kind::kRest;
  const std::size_t least = segments_.size() - (has_rest ? 1 : 0);
  if (has_rest ? parts.size() < least : parts.size() != least) return std::nullopt;
  for (std::size_t i = 0; i < least; ++i) {
    if (parts[i].empty()) return std::nullopt;
    if (segments_[i].kind == Segment::Kind::kLiteral && parts[i] != segments_[i].literal)
      return std::nullopt;
  }
  std::vector<PathBinding> bindings;
  for (const Variable& variable : variables_) {
    const bool takes_rest = has_rest && variable.end == segments_.size();
    const std::size_t end = takes_rest ? parts.size() : variable.end;
    PathBinding binding{.field = variable.field, .value = {}};
    for (std::size_t i = variable.begin; i < end; ++i) {
      const std::optional<std::string> text = http::Unescape(parts[i], false);
      if (!text) return std::nullopt;
      binding.value += (i == variable.begin ? "" : "/") + *text;
    }
    bindings.push_back(std::move(binding));
  }
  return bindings;
}

std::vector<std::string> PathTemplate::fields() const {
  std::vector<std::string> fields;
  for (const Variable& variable : variables_) fields.push_back(variable.field);
  return fields;
}

std::vector<PathTemplate::Part> PathTemplate::parts() const {
  std::vector<Part> parts;
  for (const Segment& segment : segments_)
    parts.push_back({segment.literal, segment.kind != Segment::Kind::kLiteral});
  for (const Variable& variable : variables_) {
    if (variable.end == variable.begin + 1 && parts[variable.begin].is_star)
      parts[variable.begin].text = variable.field;
  }
  return parts;
}

std::string PathTemplate::shape() const {
  std::string shape;
  for (const Segment& segment : segments_) {
    shape += segment.kind == Segment::Kind::kLiteral ? "/" + segment.literal
             : segment.kind == Segment::Kind::kOne   ? "/*"
                                                     : "/**";
  }
  return verb_.empty() ? shape : shape + ":" + verb_;
}

}  // namespace fairlead::transcode
