#include "config/key_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "base/text.h"
#include "spec/diagnostic_codes.h"
#include "spec/did_you_mean.h"
#include "spec/label_value.h"
#include "spec/words.h"

namespace fairlead::config {
namespace {

namespace codes = spec::codes;
using nlohmann::json;
using spec::Quoted;

const std::string* TextOf(const json& value) {
  return value.get_ptr<const std::string*>();
}

// Calls `read` with each text of a list and its place; false if anything is wrong with the list.
bool ReadList(const json& value, ValueProblems& problems,
              const std::function<void(const std::string&, const std::string&)>& read) {
  const std::size_t problems_before = problems.size();
  if (!value.is_array()) {
    ReportWrongType(value, "", "a list of texts", "write [\"...\"], or [] for none", problems);
    return false;
  }
  if (value.size() > kListElementsMax) {
    ReportBadValue("", fmt::format("{} elements are more than {}", value.size(), kListElementsMax),
                   "write a shorter list", problems);
    return false;
  }
  for (std::size_t i = 0; i < value.size(); ++i) {
    const std::string where = fmt::format("[{}]", i);
    if (const std::string* text = TextOf(value[i])) {
      read(*text, where);
    } else {
      ReportWrongType(value[i], where, "a text", "put it in quotation marks", problems);
    }
  }
  return problems.size() == problems_before;
}

std::string WordHint(const std::string& word, std::string_view words) {
  const auto known = spec::SplitList(words);
  const auto guess = spec::DidYouMean(word, known);
  return guess ? fmt::format("did you mean {}? Known: {}", *guess, spec::OneOf(words))
               : fmt::format("write {}", spec::OneOf(words));
}

bool IsWordOf(const std::string& word, std::string_view words) {
  const auto known = spec::SplitList(words);
  return std::find(known.begin(), known.end(), word) != known.end();
}

bool IsHostLike(const std::string& name) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
  return !name.empty() && name.size() <= 253 &&
         name.find_first_not_of(kAllowed) == std::string::npos;
}

}  // namespace

void ReportWrongType(const json& value, std::string where, std::string_view wanted,
                     std::string hint, ValueProblems& problems) {
  problems.push_back({codes::kConfigWrongType, std::move(where),
                      fmt::format("it is {}, not {}", TypeName(value), wanted), std::move(hint)});
}

void ReportBadValue(std::string where, std::string message, std::string hint,
                    ValueProblems& problems) {
  problems.push_back(
      {codes::kConfigBadValue, std::move(where), std::move(message), std::move(hint)});
}

std::string_view TypeName(const json& value) {
  switch (value.type()) {
    case json::value_t::null:
      return "null";
    case json::value_t::object:
      return "an object";
    case json::value_t::array:
      return "a list";
    case json::value_t::string:
      return "a text";
    case json::value_t::boolean:
      return "a boolean";
    case json::value_t::number_float:
      return "a fraction";
    default:
      return "a number";
  }
}

void ReadEngineEndpoint(const json& value, EngineEndpoint& out, ValueProblems& problems) {
  const std::string* text = TextOf(value);
  if (text == nullptr) {
    return ReportWrongType(value, "", "a text", "write \"unix:///var/run/docker.sock\"", problems);
  }
  auto endpoint = ParseEngineEndpoint(*text);
  if (!endpoint)
    return ReportBadValue("", endpoint.error().message, endpoint.error().hint, problems);
  out = *std::move(endpoint);
}

void ReadTlsName(const json& value, std::string& out, ValueProblems& problems) {
  const std::string* text = TextOf(value);
  if (text == nullptr) {
    return ReportWrongType(value, "", "a text", "write a name of tls_profiles", problems);
  }
  if (!text->empty()) {
    const auto valid = spec::ParseLabelValue(*spec::FindLabel("health.tls"), *text);
    if (!valid) return ReportBadValue("", valid.error().message, valid.error().hint, problems);
  }
  out = *text;
}

namespace {

// What speaks against an address that reads well; nothing for one that may be listened on.
using Objection = std::optional<std::pair<std::string, std::string>>;  // message, hint

template <class Object>
void ReadAddresses(const json& value, std::vector<ListenAddress>& out, ValueProblems& problems,
                   const Object& object) {
  std::vector<ListenAddress> listen;
  const auto read = [&](const std::string& text, const std::string& where) {
    auto address = ParseListenAddress(text);
    if (!address)
      return ReportBadValue(where, address.error().message, address.error().hint, problems);
    if (const Objection objection = object(*address))
      return ReportBadValue(where, objection->first, objection->second, problems);
    listen.push_back(*std::move(address));
  };
  if (ReadList(value, problems, read)) out = std::move(listen);
}

}  // namespace

void ReadListen(const json& value, std::vector<ListenAddress>& out, ValueProblems& problems) {
  ReadAddresses(value, out, problems, [](const ListenAddress&) { return Objection(); });
}

void ReadDnsListen(const json& value, std::vector<ListenAddress>& out, ValueProblems& problems) {
  ReadAddresses(value, out, problems, [](const ListenAddress& address) -> Objection {
    if (address.is_unix())
      return {{"DNS is not asked over a unix socket", "write IP:PORT, e.g. 127.0.0.1:5353"}};
    if (address.ip == "0.0.0.0" || address.ip == "::")
      return {{fmt::format("{} is every address of this host", address.Text()),
               "name the addresses one by one, e.g. that of a bridge, so that answers come from "
               "where they were asked for"}};
    return std::nullopt;
  });
}

void ReadDnsZone(const json& value, std::string& out, ValueProblems& problems) {
  constexpr std::string_view kHint = "write a domain, e.g. \"fairlead.\"";
  const std::string* text = TextOf(value);
  if (text == nullptr) return ReportWrongType(value, "", "a text", std::string(kHint), problems);
  // With the names of a service, a project and an address before it a name has at most 255 bytes.
  constexpr std::size_t kZoneBytesMax = 90;
  constexpr std::size_t kLabelBytesMax = 63;  // RFC 1035, 2.3.4
  std::string zone;
  std::size_t label_bytes = 0;
  bool is_good = !text->empty() && text->size() <= kZoneBytesMax;
  for (const char c : text->ends_with('.') ? *text : *text + ".") {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool is_of_label = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9') ||
                             lower == '-' || lower == '_';
    is_good = is_good && (is_of_label ? label_bytes < kLabelBytesMax : c == '.' && label_bytes > 0);
    label_bytes = c == '.' ? 0 : label_bytes + 1;
    zone += lower;
  }
  if (!is_good) {
    return ReportBadValue("", Quoted(*text) + " is not a domain of at most 90 bytes",
                          std::string(kHint), problems);
  }
  out = std::move(zone);
}

void ReadTrustDomain(const json& value, std::string& out, ValueProblems& problems) {
  const std::string hint = "write a domain of this organisation, e.g. \"prod.corp\"";
  const std::string* text = TextOf(value);
  if (text == nullptr) return ReportWrongType(value, "", "a text", hint, problems);
  // The SPIFFE standard's own letters and length; it knows no other case.
  constexpr std::size_t kBytesMax = 255;
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789.-_";
  std::string domain = *text;
  for (char& c : domain) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (domain.empty() || domain.size() > kBytesMax ||
      domain.find_first_not_of(kAllowed) != std::string::npos)
    return ReportBadValue("", Quoted(*text) + " is no trust domain: 1 to 255 of a-z, 0-9, . - _",
                          hint, problems);
  out = std::move(domain);
}

void ReadDirectory(const json& value, std::string& out, ValueProblems& problems) {
  const std::string* text = TextOf(value);
  if (text == nullptr) return ReportWrongType(value, "", "a text", "write a path", problems);
  constexpr std::size_t kPathBytesMax = 4095;  // PATH_MAX - 1 on Linux
  const bool is_printable = Printable(*text, kPathBytesMax) == *text;
  if (!text->starts_with('/') || !is_printable) {
    return ReportBadValue("", Quoted(*text) + " is not an absolute path",
                          "write a path that begins with a slash, e.g. /var/lib/fairlead",
                          problems);
  }
  out = *text;
}

void ReadUser(const json& value, std::string& out, ValueProblems& problems) {
  const std::string* text = TextOf(value);
  if (text == nullptr) return ReportWrongType(value, "", "a text", "write a name", problems);
  constexpr std::size_t kNameBytesMax = 32;  // useradd(8)
  const bool is_number = !text->empty() && text->size() < 10 &&
                         text->find_first_not_of("0123456789") == std::string::npos;
  const bool is_name =
      !text->empty() && text->size() <= kNameBytesMax &&
      std::string_view("abcdefghijklmnopqrstuvwxyz_").contains(text->front()) &&
      text->find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string::npos;
  if (!is_number && !is_name) {
    return ReportBadValue("", Quoted(*text) + " is no user",
                          "write a name, e.g. fairlead, or a number, e.g. 65530", problems);
  }
  out = *text;
}

void ReadBoolean(const json& value, bool& out, ValueProblems& problems) {
  if (value.is_boolean()) {
    out = value.get<bool>();
  } else {
    ReportWrongType(value, "", "a boolean", "write true or false, without quotation marks",
                    problems);
  }
}

void ReadInteger(const json& value, IntegerBounds bounds, int& out, ValueProblems& problems) {
  const std::string hint =
      fmt::format("write a whole number from {} to {}", bounds.minimum, bounds.maximum);
  if (!value.is_number_integer())
    return ReportWrongType(value, "", "a whole number", hint, problems);
  const bool is_huge = value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX;
  const std::int64_t number = is_huge ? INT64_MAX : value.get<std::int64_t>();
  if (number < bounds.minimum || number > bounds.maximum) {
    return ReportBadValue(
        "", fmt::format("{} is outside {} to {}", value.dump(), bounds.minimum, bounds.maximum),
        hint, problems);
  }
  out = static_cast<int>(number);
}

namespace {

void ReadDurationUnless(const json& value, DurationBounds bounds,
                        std::optional<Duration> also_allowed, Duration& out,
                        ValueProblems& problems) {
  std::string hint = fmt::format("write a duration from {} to {} in quotation marks, e.g. \"6h\"",
                                 FormatDuration(bounds.minimum), FormatDuration(bounds.maximum));
  if (also_allowed) hint += fmt::format(", or \"{}\" for none", FormatDuration(*also_allowed));
  const std::string* text = TextOf(value);
  if (text == nullptr) return ReportWrongType(value, "", "a duration", hint, problems);
  const std::optional<Duration> duration = ParseDuration(*text);
  if (!duration) return ReportBadValue("", Quoted(*text) + " is not a duration", hint, problems);
  const bool is_inside = *duration >= bounds.minimum && *duration <= bounds.maximum;
  if (!is_inside && duration != also_allowed) {
    return ReportBadValue(
        "",
        fmt::format("{} is outside {} to {}", Quoted(*text), FormatDuration(bounds.minimum),
                    FormatDuration(bounds.maximum)),
        hint, problems);
  }
  out = *duration;
}

}  // namespace

void ReadDuration(const json& value, DurationBounds bounds, Duration& out,
                  ValueProblems& problems) {
  ReadDurationUnless(value, bounds, std::nullopt, out, problems);
}

void ReadDurationOrNone(const json& value, DurationBounds bounds, Duration& out,
                        ValueProblems& problems) {
  ReadDurationUnless(value, bounds, Duration::zero(), out, problems);
}

void ReadPercent(const json& value, int& out, ValueProblems& problems) {
  const std::string hint = "write \"0%\" to \"100%\", with the sign, in quotation marks";
  const std::string* text = TextOf(value);
  if (text == nullptr) return ReportWrongType(value, "", "a percentage", hint, problems);
  const auto percent = ParsePercent(*text);
  if (!percent) return ReportBadValue("", Quoted(*text) + " is not a percentage", hint, problems);
  out = *percent;
}

void ReadWord(const json& value, std::string_view words, std::string& out,
              ValueProblems& problems) {
  const std::string* text = TextOf(value);
  if (text == nullptr) {
    return ReportWrongType(value, "", "a text", fmt::format("write {}", spec::OneOf(words)),
                           problems);
  }
  if (!IsWordOf(*text, words)) {
    return ReportBadValue("", fmt::format("{} is not {}", Quoted(*text), spec::OneOf(words)),
                          WordHint(*text, words), problems);
  }
  out = *text;
}

void ReadWords(const json& value, std::string_view words, Names& out, ValueProblems& problems) {
  Names read_words;
  const auto read = [&](const std::string& text, const std::string& where) {
    if (IsWordOf(text, words)) {
      read_words.insert(text);
    } else {
      ReportBadValue(where, fmt::format("{} is not {}", Quoted(text), spec::OneOf(words)),
                     WordHint(text, words), problems);
    }
  };
  if (ReadList(value, problems, read)) out = std::move(read_words);
}

void ReadNames(const json& value, Names& out, ValueProblems& problems) {
  Names names;
  const auto read = [&](const std::string& text, const std::string& where) {
    if (IsHostLike(text)) {
      names.insert(text);
    } else {
      ReportBadValue(where, Quoted(text) + " is not a name",
                     "write letters, digits, dots, dashes and underscores, without a port",
                     problems);
    }
  };
  if (ReadList(value, problems, read)) out = std::move(names);
}

void ReadAccessRules(const json& value, std::vector<access::Rule>& out, ValueProblems& problems) {
  std::vector<access::Rule> rules;
  const auto read = [&](const std::string& text, const std::string& where) {
    auto rule = access::ParseRule(text);
    if (!rule) return ReportBadValue(where, rule.error().message, rule.error().hint, problems);
    rules.push_back(*std::move(rule));
  };
  if (ReadList(value, problems, read)) out = std::move(rules);
}

void ReadProjects(const json& value, Names& out, ValueProblems& problems) {
  Names projects;
  const auto read = [&](const std::string& text, const std::string& where) {
    const auto project = spec::ParseLabelValue(*spec::FindLabel("project"), text);
    if (project) {
      projects.insert(text);
    } else {
      ReportBadValue(where, project.error().message, project.error().hint, problems);
    }
  };
  if (ReadList(value, problems, read)) out = std::move(projects);
}

}  // namespace fairlead::config
