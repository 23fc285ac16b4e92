#include "config/json_text.h"

#include <fmt/format.h>

#include <cstddef>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/text.h"
#include "spec/diagnostic_codes.h"

namespace fairlead::config {
namespace {

namespace codes = spec::codes;
using nlohmann::json;

// "[json.exception.parse_error.101] parse error at line 3, column 5: syntax error ..." without the
// library's own name.
std::string Cause(const char* what) {
  std::string_view text = what;
  const std::size_t bracket = text.find("] ");
  if (bracket != std::string_view::npos) text.remove_prefix(bracket + 2);
  constexpr std::string_view kParseError = "parse error at ";
  if (text.starts_with(kParseError)) text.remove_prefix(kParseError.size());
  return Printable(text);
}

// Reads a text and counts its lines on the way. The parser is given keys when it has read them, so
// the count is then that of the line on which the key ends.
class CountingIterator {
 public:
  using iterator_category = std::forward_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, std::size_t* line) : at_(at), line_(line) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    if (*at_++ == '\n') ++*line_;
    return *this;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }

 private:
  const char* at_;
  std::size_t* line_;
};

// The first pass: builds nothing, remembers the keys of the objects that are open.
class Inspector final : public nlohmann::json_sax<json> {
 public:
  explicit Inspector(const std::size_t& line) : line_(line) {}

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return Open(); }
  bool end_object() override { return Close(); }
  bool start_array(std::size_t) override { return Open(); }
  bool end_array() override { return Close(); }
  bool key(string_t& name) override {
    Level& level = open_.back();
    level.key = name;
    lines[RawPath()] = line_;
    if (level.keys.insert(name).second || duplicates.size() == kJsonDuplicatesToldMax) return true;
    duplicates.push_back(Printable(RawPath(), 128));
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const json::exception& error) override {
    cause = Cause(error.what());
    return false;
  }

  std::vector<std::string> duplicates;  // dotted paths
  KeyLines lines;
  std::string cause;  // of a syntax error
  bool is_too_deep = false;

 private:
  struct Level {
    std::set<std::string> keys = {};
    std::string key = {};
  };

  bool Open() {
    is_too_deep = open_.size() == kJsonDepthMax;
    if (!is_too_deep) open_.emplace_back();
    return !is_too_deep;
  }
  bool Close() {
    open_.pop_back();
    return true;
  }
  std::string RawPath() const {
    std::string path;
    for (const Level& level : open_) {
      if (level.key.empty()) continue;  // a list
      path += path.empty() ? "" : ".";
      path += level.key;
    }
    return path;
  }

  const std::size_t& line_;
  std::vector<Level> open_;
};

}  // namespace

std::optional<json> ParseJsonText(std::string_view text, const std::string& subject,
                                  std::vector<spec::Diagnostic>& diagnostics, KeyLines* lines) {
  const auto report = [&](std::string_view code, std::string at, std::string message,
                          std::string hint) {
    diagnostics.push_back({spec::Severity::kError, std::string(code), std::move(at),
                           std::move(message), std::move(hint)});
  };
  std::size_t line = 1;
  Inspector inspector(line);
  const bool is_json = json::sax_parse(CountingIterator(text.data(), &line),
                                       CountingIterator(text.data() + text.size(), &line),
                                       &inspector, json::input_format_t::json,
                                       /*strict=*/true, /*ignore_comments=*/true);
  if (inspector.is_too_deep) {
    report(codes::kConfigTooDeep, subject,
           fmt::format("it nests deeper than {} levels", kJsonDepthMax), "nest less");
    return std::nullopt;
  }
  if (!is_json) {
    report(codes::kConfigSyntax, subject, inspector.cause,
           "write JSON; comments are allowed, a comma after the last element is not");
    return std::nullopt;
  }
  for (const std::string& path : inspector.duplicates) {
    report(codes::kConfigDuplicateKey, path, "the key is written twice in the same place",
           "keep one of the two");
  }
  if (lines != nullptr) *lines = std::move(inspector.lines);
  json value = json::parse(text, nullptr, /*allow_exceptions=*/false, /*ignore_comments=*/true);
  return value;
}

}  // namespace fairlead::config
