#include "probe/go_flags.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace fairlead::probe {
namespace {

std::unexpected<Error> BadFlag(std::string message) {
  return Fail(Code::kInvalidArgument, std::move(message));
}

// One word of the command line, taken apart.
struct FlagWord {
  std::string_view name;
  std::optional<std::string_view> value;
};

FlagWord TakeApart(std::string_view word) {
  const std::size_t equals = word.find('=', 1);  // a name has one letter at least
  if (equals == word.npos) return {.name = word, .value = {}};
  return {.name = word.substr(0, equals), .value = word.substr(equals + 1)};
}

Result<> TakeBoolean(const GoFlag& flag, const FlagWord& word) {
  const std::optional<bool> value = ParseGoBool(word.value.value_or("true"));
  if (!value) {
    return BadFlag("invalid boolean value " + Quoted(*word.value) + " for -" +
                   std::string(flag.name) + ": parse error");
  }
  return flag.take(*value ? "true" : "false");
}

}  // namespace

std::optional<bool> ParseGoBool(std::string_view text) {
  constexpr std::array<std::string_view, 6> kTrue = {"1", "t", "T", "TRUE", "true", "True"};
  constexpr std::array<std::string_view, 6> kFalse = {"0", "f", "F", "FALSE", "false", "False"};
  if (std::ranges::find(kTrue, text) != kTrue.end()) return true;
  if (std::ranges::find(kFalse, text) != kFalse.end()) return false;
  return {};
}

std::string Quoted(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (byte < 0x20 || byte == 0x7F) {
      quoted += "\\x";
      quoted += kHex[byte >> 4];
      quoted += kHex[byte & 0xF];
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

Result<> ParseGoFlags(std::span<const GoFlag> flags, std::span<const std::string> arguments) {
  for (std::size_t at = 0; at < arguments.size(); ++at) {
    std::string_view word = arguments[at];
    if (word.size() < 2 || word.front() != '-') break;
    word.remove_prefix(1);
    if (word.front() == '-') {
      word.remove_prefix(1);
      if (word.empty()) break;
    }
    if (word.empty() || word.front() == '-' || word.front() == '=')
      return BadFlag("bad flag syntax: " + arguments[at]);
    const FlagWord apart = TakeApart(word);
    const auto flag = std::ranges::find(flags, apart.name, &GoFlag::name);
    if (flag == flags.end()) {
      if (apart.name == "h" || apart.name == "help")
        return Fail(Code::kCancelled, "help was asked for");
      return BadFlag("flag provided but not defined: -" + std::string(apart.name));
    }
    Result<> taken;
    if (flag->value_name.empty()) {
      taken = TakeBoolean(*flag, apart);
    } else {
      if (!apart.value && at + 1 == arguments.size())
        return BadFlag("flag needs an argument: -" + std::string(flag->name));
      const std::string_view value = apart.value ? *apart.value : arguments[++at];
      taken = flag->take(value);
      if (!taken) {
        return BadFlag("invalid value " + Quoted(value) + " for flag -" + std::string(flag->name) +
                       ": " + taken.error().message);
      }
    }
    if (!taken) return taken;
  }
  return {};
}

}  // namespace fairlead::probe
