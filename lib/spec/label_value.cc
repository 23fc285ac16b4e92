#include "spec/label_value.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "spec/diagnostic_codes.h"
#include "spec/did_you_mean.h"
#include "spec/words.h"

namespace fairlead::spec {
namespace {

using Parsed = std::expected<LabelValue, LabelProblem>;

std::unexpected<LabelProblem> Bad(std::string_view code, std::string message, std::string hint) {
  return std::unexpected(LabelProblem{code, std::move(message), std::move(hint)});
}

std::string Label(const LabelRule& rule) {
  return fmt::format("{}{}", kLabelPrefix, rule.key);
}

std::string HintWord(std::string_view word, std::span<const std::string_view> words,
                     std::string_view all) {
  const auto guess = DidYouMean(word, words);
  return guess ? fmt::format("did you mean {}? Known: {}", *guess, OneOf(all))
               : fmt::format("write {}", OneOf(all));
}

Parsed Boolean(const LabelRule& rule, std::string_view text) {
  if (const auto value = ParseBoolean(text)) return *value;
  return Bad(codes::kLabelBadBoolean, Quoted(text) + " is neither true nor false",
             fmt::format("write {}=true or {}=false", Label(rule), Label(rule)));
}

Parsed AutoOrBoolean(const LabelRule& rule, std::string_view text) {
  if (text == "auto") return 0;
  if (const auto value = ParseBoolean(text)) return *value ? 1 : 2;
  return Bad(codes::kLabelBadBoolean, Quoted(text) + " is neither auto nor true nor false",
             fmt::format("write {}=auto, true or false", Label(rule)));
}

Parsed Integer(const LabelRule& rule, std::string_view text) {
  const std::string hint =
      fmt::format("write a whole number from {} to {}", rule.minimum, rule.maximum);
  const auto value = ParseWholeNumber(text);
  if (!value) return Bad(codes::kLabelBadInteger, Quoted(text) + " is not a whole number", hint);
  if (*value < rule.minimum || *value > rule.maximum) {
    return Bad(codes::kLabelOutOfRange,
               fmt::format("{} is outside {} to {}", *value, rule.minimum, rule.maximum), hint);
  }
  return static_cast<int>(*value);
}

Parsed Port(const LabelRule& rule, std::string_view text) {
  const auto value = ParseWholeNumber(text);
  if (value && *value >= 1 && *value <= 65535) return static_cast<int>(*value);
  return Bad(codes::kLabelBadPort, Quoted(text) + " is not a TCP port",
             fmt::format("write one decimal number from 1 to 65535, e.g. {}=50051", Label(rule)));
}

std::string DurationBounds(const LabelRule& rule) {
  return fmt::format("{} to {}{}", FormatDuration(Duration(rule.minimum)),
                     FormatDuration(Duration(rule.maximum)),
                     rule.zero_is_off ? ", or 0 = off" : "");
}

bool IsDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string DurationHint(std::string_view text) {
  if (IsDigits(text) && text.size() <= 9) {
    return fmt::format("add a unit: {}s for seconds, {}ms for milliseconds", text, text);
  }
  return "write numbers with units from large to small, e.g. 500ms, 2s, 1m30s";
}

Parsed OneDuration(const LabelRule& rule, std::string_view text) {
  const auto value = ParseDuration(text);
  if (!value) {
    return Bad(codes::kLabelBadDuration, Quoted(text) + " is not a duration", DurationHint(text));
  }
  const bool is_off = rule.zero_is_off && *value == Duration::zero();
  if (!is_off && (value->count() < rule.minimum || value->count() > rule.maximum)) {
    return Bad(codes::kLabelOutOfRange,
               fmt::format("{} is outside {}", FormatDuration(*value), DurationBounds(rule)),
               fmt::format("write a duration from {}", DurationBounds(rule)));
  }
  return *value;
}

Parsed Range(const LabelRule& rule, std::string_view text) {
  const std::size_t dots = text.find("..");
  const std::string hint =
      fmt::format("write the first and the longest wait, e.g. {}={}", Label(rule), rule.fallback);
  if (dots == std::string_view::npos) {
    return Bad(codes::kLabelBadRange, Quoted(text) + " is not a range of durations", hint);
  }
  const auto from = ParseDuration(text.substr(0, dots));
  const auto to = ParseDuration(text.substr(dots + 2));
  if (!from || !to) {
    return Bad(codes::kLabelBadRange, Quoted(text) + " is not a range of durations", hint);
  }
  if (*from > *to) {
    return Bad(codes::kLabelBadRange, Quoted(text) + " begins above its end", hint);
  }
  if (from->count() < rule.minimum || to->count() > rule.maximum) {
    return Bad(codes::kLabelOutOfRange, Quoted(text) + " is outside " + DurationBounds(rule), hint);
  }
  return DurationRange{*from, *to};
}

Parsed Choice(const LabelRule& rule, std::string_view text) {
  const auto words = SplitList(rule.choices);
  const auto found = std::find(words.begin(), words.end(), text);
  if (found != words.end()) return static_cast<int>(found - words.begin());
  return Bad(codes::kLabelBadChoice, fmt::format("{} is not {}", Quoted(text), OneOf(rule.choices)),
             HintWord(text, words, rule.choices));
}

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

Parsed Name(const LabelRule&, std::string_view text) {
  const bool fits = text.size() <= kNameBytesMax;
  if (fits && std::all_of(text.begin(), text.end(), IsNameCharacter)) return std::string(text);
  std::string why = "may hold only a-z, 0-9, - and _";
  if (!fits) {
    why = fmt::format("is longer than {} characters", kNameBytesMax);
  } else if (text.find('.') != std::string_view::npos) {
    why = "holds a dot; in discovery the dot stands between service and project";
  }
  const std::string suggestion = SuggestName(text);
  return Bad(codes::kLabelBadName, fmt::format("{} {}", Quoted(text), why),
             suggestion.empty() ? "write 1 to 63 of a-z, 0-9, - and _"
                                : fmt::format("write e.g. {}", suggestion));
}

bool IsGraphic(char c) {
  return c > ' ' && c <= '~';
}

// An engine's network name: as Docker's own rule, [a-zA-Z0-9][a-zA-Z0-9_.-]*.
Parsed Network(const LabelRule&, std::string_view text) {
  const auto is_allowed = [](char c) {
    return IsNameCharacter(c) || (c >= 'A' && c <= 'Z') || c == '.';
  };
  if (text.size() <= 255 && std::all_of(text.begin(), text.end(), is_allowed)) {
    return std::string(text);
  }
  return Bad(codes::kLabelBadName, Quoted(text) + " is not the name of a network",
             "write one name as `docker network ls` shows it");
}

Parsed Text(const LabelRule& rule, std::string_view text) {
  const bool is_path = rule.kind == LabelKind::kPath;
  if (!std::all_of(text.begin(), text.end(), IsGraphic)) {
    return Bad(codes::kLabelBadText, Quoted(text) + " holds blanks or unprintable characters",
               "write printable ASCII without blanks");
  }
  if (is_path && !text.starts_with('/')) {
    return Bad(codes::kLabelBadText, Quoted(text) + " is not a path",
               fmt::format("begin with a slash: {}", Printable("/" + std::string(text), 64)));
  }
  return std::string(text);
}

bool IsPlainInPath(char c) {
  return IsNameCharacter(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == '~';
}

// Segments that no reader takes for another path: no escape, no dot segment, no empty one.
Parsed PathPrefix(const LabelRule& rule, std::string_view text) {
  std::string_view rest = text;
  bool is_good = true;
  while (is_good && !rest.empty()) {
    const std::size_t end = std::min(rest.find('/', 1), rest.size());
    const std::string_view segment = rest.substr(1, end - 1);
    is_good = rest.front() == '/' && !segment.empty() && segment != "." && segment != ".." &&
              std::all_of(segment.begin(), segment.end(), IsPlainInPath);
    rest.remove_prefix(end);
  }
  if (is_good) return std::string(text);
  return Bad(codes::kLabelBadText, Quoted(text) + " is not the beginning of paths",
             fmt::format("write segments of letters, digits, '-', '_', '.' and '~', each after a "
                         "slash, e.g. {}=/shop",
                         Label(rule)));
}

constexpr std::size_t kHostsMax = 16;       // names of one service; people have a few
constexpr std::size_t kHostBytesMax = 253;  // RFC 1035

bool IsHostName(std::string_view name) {
  if (name.empty() || name.size() > kHostBytesMax) return false;
  if (name.front() == '.' || name.front() == '-' || name.back() == '.') return false;
  return name.find("..") == std::string_view::npos &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
         });
}

Parsed Hosts(const LabelRule& rule, std::string_view text) {
  std::vector<std::string> hosts;
  for (const std::string_view written : SplitList(text)) {
    std::string name(written);
    std::transform(name.begin(), name.end(), name.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (!IsHostName(name) || hosts.size() >= kHostsMax) {
      return Bad(codes::kLabelBadName,
                 Quoted(written) + (hosts.size() >= kHostsMax ? " is one name too many"
                                                              : " is not the name of a host"),
                 fmt::format("write up to {} names without port or star, comma-separated, e.g. "
                             "{}=api.example.com",
                             kHostsMax, Label(rule)));
    }
    if (std::find(hosts.begin(), hosts.end(), name) == hosts.end()) hosts.push_back(name);
  }
  return hosts;
}

// As browsers write it: a scheme, a name or an address, a port that is not the scheme's own.
bool IsOrigin(std::string_view text) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!text.starts_with(scheme)) continue;
    text.remove_prefix(scheme.size());
    const std::size_t colon = text.find(':');
    const auto port =
        colon == std::string_view::npos ? std::nullopt : ParseWholeNumber(text.substr(colon + 1));
    const bool is_good_port =
        colon == std::string_view::npos ||
        (port && *port > 0 && *port <= 65'535 && *port != (scheme == "https://" ? 443 : 80));
    return is_good_port && IsHostName(text.substr(0, colon));
  }
  return false;
}

Parsed Origins(const LabelRule& rule, std::string_view text) {
  std::vector<std::string> origins;
  for (const std::string_view written : SplitList(text)) {
    std::string origin(written);
    std::transform(origin.begin(), origin.end(), origin.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if ((origin != "*" && !IsOrigin(origin)) || origins.size() >= kHostsMax) {
      return Bad(
          codes::kLabelBadName,
          Quoted(written) + (origins.size() >= kHostsMax ? " is one origin too many"
                                                         : " is not the origin of a page"),
          fmt::format("write up to {} as browsers do, scheme, name and a port that is not "
                      "the usual one, comma-separated, or *, e.g. {}=https://www.example.com",
                      kHostsMax, Label(rule)));
    }
    if (std::find(origins.begin(), origins.end(), origin) == origins.end())
      origins.push_back(origin);
  }
  return origins;
}

// A token of RFC 9110, reduced to what occurs; "-bin" headers never match in gRPC's hash policy.
Parsed Header(const LabelRule&, std::string_view text) {
  std::string name(text);
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (name.size() > 128 || !std::all_of(name.begin(), name.end(), IsNameCharacter)) {
    return Bad(codes::kLabelBadName, Quoted(text) + " is not a request header's name",
               "write one header name of letters, digits, - and _, e.g. x-user-id");
  }
  if (name.ends_with("-bin")) {
    return Bad(codes::kLabelBadName, Quoted(text) + " is a binary header, which clients never hash",
               "send the key in a header whose name does not end in -bin");
  }
  return name;
}

Parsed Count(const LabelRule& rule, std::string_view text) {
  if (const auto percent = ParsePercent(text)) {
    return CountOrPercent{.is_percent = true, .value = *percent};
  }
  const auto count = ParseWholeNumber(text);
  if (count && *count <= rule.maximum) {
    return CountOrPercent{.is_percent = false, .value = static_cast<int>(*count)};
  }
  return Bad(codes::kLabelBadCount, Quoted(text) + " is neither a count nor a percentage",
             fmt::format("write a count from 0 to {}, or 0% to 100%, e.g. {}", rule.maximum,
                         rule.fallback));
}

Parsed Statuses(const LabelRule& rule, std::string_view text) {
  const auto known = SplitList(rule.choices);
  std::vector<std::string> statuses;
  for (const std::string_view written : SplitList(text)) {
    std::string name(written);
    std::transform(name.begin(), name.end(), name.begin(), [](char c) {
      if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
      return c == '_' ? '-' : c;
    });
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return Bad(codes::kLabelBadStatus, Quoted(written) + " is no status that clients retry on",
                 HintWord(written, known, rule.choices));
    }
    if (std::find(statuses.begin(), statuses.end(), name) == statuses.end()) {
      statuses.push_back(std::move(name));
    }
  }
  return statuses;
}

Parsed TlsFrom(const LabelRule& rule, std::string_view text) {
  if (text == "off" || text == "auto") return std::string(text);
  if (text.starts_with(kTlsFiles) && Name(rule, text.substr(kTlsFiles.size()))) {
    return std::string(text);
  }
  return Bad(codes::kLabelBadChoice, Quoted(text) + " does not say whose certificate",
             fmt::format("write {}=auto, or {}=files:NAME with one of the host's tls_profiles",
                         Label(rule), Label(rule)));
}

Parsed ParseByKind(const LabelRule& rule, std::string_view text) {
  switch (rule.kind) {
    case LabelKind::kBoolean:
      return Boolean(rule, text);
    case LabelKind::kAutoOrBoolean:
      return AutoOrBoolean(rule, text);
    case LabelKind::kInteger:
      return Integer(rule, text);
    case LabelKind::kDuration:
      return OneDuration(rule, text);
    case LabelKind::kChoice:
      return Choice(rule, text);
    case LabelKind::kPort:
      return Port(rule, text);
    case LabelKind::kName:
      return Name(rule, text);
    case LabelKind::kNetwork:
      return Network(rule, text);
    case LabelKind::kText:
    case LabelKind::kPath:
      return Text(rule, text);
    case LabelKind::kPathPrefix:
      return PathPrefix(rule, text);
    case LabelKind::kHostList:
      return Hosts(rule, text);
    case LabelKind::kOriginList:
      return Origins(rule, text);
    case LabelKind::kHeader:
      return Header(rule, text);
    case LabelKind::kCountOrPercent:
      return Count(rule, text);
    case LabelKind::kTlsSource:
      return TlsFrom(rule, text);
    case LabelKind::kStatusList:
      return Statuses(rule, text);
    case LabelKind::kDurationRange:
      return Range(rule, text);
  }
  return Text(rule, text);
}

}  // namespace

std::expected<LabelValue, LabelProblem> ParseLabelValue(const LabelRule& rule,
                                                        std::string_view text) {
  if (text.empty() && !rule.may_be_empty) {
    return Bad(codes::kLabelEmpty, "the value is empty",
               "write a value or remove the label; in a Compose file, is a ${VARIABLE} unset?");
  }
  if (text.size() > kLabelValueBytesMax) {
    return Bad(codes::kLabelTooLong,
               fmt::format("{} bytes are more than the {} that are read", text.size(),
                           kLabelValueBytesMax),
               "write a shorter value");
  }
  return ParseByKind(rule, text);
}

std::string CanonicalText(const LabelRule& rule, const LabelValue& value) {
  if (const bool* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  const int* index = std::get_if<int>(&value);
  if (index == nullptr) return "";
  if (rule.kind == LabelKind::kAutoOrBoolean) {
    return *index == 0 ? "auto" : *index == 1 ? "true" : "false";
  }
  if (rule.kind != LabelKind::kChoice) return "";
  return std::string(SplitList(rule.choices)[static_cast<std::size_t>(*index)]);
}

bool IsInForce(const LabelRule& rule, const LabelValue& value) {
  if (rule.not_in_force.empty()) return true;
  if (rule.not_in_force == "*") return false;
  const auto idle = SplitList(rule.not_in_force);
  return std::find(idle.begin(), idle.end(), CanonicalText(rule, value)) == idle.end();
}

}  // namespace fairlead::spec
