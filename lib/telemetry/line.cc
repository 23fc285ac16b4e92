#include "telemetry/line.h"

#include <fmt/format.h>

#include <cmath>
#include <variant>

#include "base/text.h"

namespace fairlead::telemetry {
namespace {

constexpr std::string_view kLeftOutKey = "left_out";

bool NeedsQuotes(std::string_view text) {
  return text.empty() || text.find_first_of(" \"=\\") != std::string_view::npos;
}

// `text` is printable already, so quotes and backslashes are all that is left to escape.
std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string NumberText(double number, Format format) {
  // JSON has no word for these.
  if (!std::isfinite(number) && format == Format::kJson) return "null";
  return fmt::format("{}", number);
}

std::string ValueText(const Field::Value& value, Format format) {
  struct Writer {
    Format format;
    std::string operator()(std::string_view text) const {
      const std::string printable = Printable(text, kFieldBytesMax);
      return format == Format::kJson || NeedsQuotes(printable) ? Quoted(printable) : printable;
    }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(std::uint64_t number) const { return std::to_string(number); }
    std::string operator()(double number) const { return NumberText(number, format); }
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  };
  return std::visit(Writer{format}, value);
}

}  // namespace

std::string TextLine(const Entry& entry) {
  std::string line = fmt::format("{} {:<7} {}", entry.time, LevelName(entry.level),
                                 Printable(entry.text, kFieldBytesMax));
  for (const Field& field : entry.fields) {
    line += fmt::format(" {}={}", field.key, ValueText(field.value, Format::kText));
  }
  if (entry.left_out > 0) line += fmt::format(" {}={}", kLeftOutKey, entry.left_out);
  return line;
}

std::string JsonLine(const Entry& entry) {
  std::string line =
      fmt::format(R"({{"time":"{}","level":"{}","message":{})", entry.time, LevelName(entry.level),
                  Quoted(Printable(entry.text, kFieldBytesMax)));
  for (const Field& field : entry.fields) {
    line += fmt::format(",\"{}\":{}", field.key, ValueText(field.value, Format::kJson));
  }
  if (entry.left_out > 0) line += fmt::format(",\"{}\":{}", kLeftOutKey, entry.left_out);
  return line + "}";
}

}  // namespace fairlead::telemetry
