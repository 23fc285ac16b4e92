// The readers of keys whose values are objects or lists of objects.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <span>

#include "base/http_url.h"
#include "base/text.h"
#include "config/key_values.h"
#include "spec/diagnostic_codes.h"
#include "spec/did_you_mean.h"
#include "spec/event_words.h"
#include "spec/label_value.h"
#include "spec/words.h"

namespace fairlead::config {
namespace {

namespace codes = spec::codes;
using nlohmann::json;
using spec::Quoted;

// A word; true and false are what "require" and "none" were before there were three.
ClientAuth ReadClientAuth(const json& value, const std::string& where, ValueProblems& problems) {
  if (value.is_boolean()) return value.get<bool>() ? ClientAuth::kRequire : ClientAuth::kNone;
  if (value == "request") return ClientAuth::kRequest;
  if (value == "require") return ClientAuth::kRequire;
  if (!value.is_string()) {
    ReportWrongType(value, where, "a word", "write none, request or require", problems);
  } else if (value != "none") {
    ReportBadValue(where, Quoted(value.get<std::string>()) + " is none of none, request, require",
                   "write one of them", problems);
  }
  return ClientAuth::kNone;
}

TlsProfile ReadTlsProfile(const json& value, const std::string& where, ValueProblems& problems) {
  constexpr std::string_view kFields[] = {"cert", "key", "ca", "server_name", "client_auth"};
  TlsProfile profile;
  if (!value.is_object()) {
    ReportWrongType(value, where, "an object", "write {\"cert\": \"/PATH\", \"key\": \"/PATH\"}",
                    problems);
    return profile;
  }
  RefuseUnknownFields(value, kFields, where, problems);
  profile.cert = TextField(value, "cert", where, problems);
  profile.key = TextField(value, "key", where, problems);
  profile.ca = TextField(value, "ca", where, problems);
  profile.server_name = TextField(value, "server_name", where, problems);
  if (const auto client_auth = value.find("client_auth"); client_auth != value.end())
    profile.client_auth = ReadClientAuth(*client_auth, where + ".client_auth", problems);
  for (const auto& [name, path] :
       {std::pair("cert", profile.cert), {"key", profile.key}, {"ca", profile.ca}}) {
    if (path.empty() || path.starts_with('/')) continue;
    ReportBadValue(where + "." + name, Quoted(path) + " is not an absolute path",
                   "begin the path with a slash", problems);
  }
  if (profile.cert.empty() != profile.key.empty()) {
    ReportBadValue(where, "a certificate and its key need each other", "write both cert and key",
                   problems);
  }
  return profile;
}

// The one origin that `text` is, in lower case: as in a list of fairlead.gateway.cors.
std::optional<std::string> OriginOf(const std::string& text) {
  const auto read = spec::ParseLabelValue(*spec::FindLabel("gateway.cors"), text);
  const auto* origins = read ? std::get_if<std::vector<std::string>>(&*read) : nullptr;
  return origins != nullptr && origins->size() == 1 ? std::optional(origins->front())
                                                    : std::nullopt;
}

std::vector<std::string> ReadOrigins(const json& value, const std::string& where,
                                     ValueProblems& problems) {
  std::vector<std::string> origins;
  if (!value.is_array()) {
    ReportWrongType(value, where, "a list", "write [\"https://www.example.com\"]", problems);
    return origins;
  }
  if (value.size() > kListElementsMax) {
    ReportBadValue(where,
                   fmt::format("{} elements are more than {}", value.size(), kListElementsMax),
                   "write a shorter list", problems);
    return origins;
  }
  for (std::size_t i = 0; i < value.size(); ++i) {
    const std::string place = fmt::format("{}[{}]", where, i);
    const auto* text = value[i].get_ptr<const std::string*>();
    if (text == nullptr) {
      ReportWrongType(value[i], place, "a text", "put it in quotation marks", problems);
    } else if (auto origin = OriginOf(*text); !origin) {
      ReportBadValue(place, Quoted(*text) + " is not the origin of a page",
                     "write it as browsers do, scheme, name and a port that is not the usual one, "
                     "e.g. https://www.example.com, or *",
                     problems);
    } else if (std::ranges::find(origins, *origin) == origins.end()) {
      origins.push_back(*std::move(origin));
    }
  }
  return origins;
}

EnvoyListener ReadEnvoyListener(const json& value, const std::string& where,
                                ValueProblems& problems) {
  constexpr std::string_view kFields[] = {"name", "address", "grpc_web", "cors"};
  EnvoyListener listener;
  std::string text;
  if (const auto* address = value.get_ptr<const std::string*>()) {
    text = *address;
  } else if (value.is_object()) {
    RefuseUnknownFields(value, kFields, where, problems);
    listener.name = TextField(value, "name", where, problems);
    text = TextField(value, "address", where, problems);
    if (const auto field = value.find("grpc_web"); field != value.end()) {
      if (field->is_boolean()) {
        listener.grpc_web = field->get<bool>();
      } else {
        ReportWrongType(*field, where + ".grpc_web", "a boolean", "write true or false", problems);
      }
    }
    if (const auto cors = value.find("cors"); cors != value.end())
      listener.cors = ReadOrigins(*cors, where + ".cors", problems);
  } else {
    ReportWrongType(value, where, "an address", "write \"0.0.0.0:10000\"", problems);
    return listener;
  }
  auto address = ParseListenAddress(text);
  if (!address || address->is_unix() || address->port == 0) {
    ReportBadValue(where, Quoted(text) + " is not an address with a port that Envoy could open",
                   "write IP:PORT, e.g. 0.0.0.0:10000", problems);
    return listener;
  }
  listener.address = *std::move(address);
  if (listener.name.empty()) listener.name = fmt::format("listener-{}", listener.address.port);
  if (!spec::ParseLabelValue(*spec::FindLabel("service"), listener.name)) {
    ReportBadValue(where + ".name", Quoted(listener.name) + " is not a listener's name",
                   "write 1 to 63 of a-z, 0-9, - and _", problems);
  }
  return listener;
}

// A list of elements, each read by `read`; nothing is stored unless all are good.
template <class Element, class Read>
void ReadElements(const json& value, std::vector<Element>& out, ValueProblems& problems,
                  Read read) {
  const std::size_t problems_before = problems.size();
  if (!value.is_array()) {
    return ReportWrongType(value, "", "a list", "write [ ... ], or [] for none", problems);
  }
  if (value.size() > kListElementsMax) {
    return ReportBadValue(
        "", fmt::format("{} elements are more than {}", value.size(), kListElementsMax),
        "write a shorter list", problems);
  }
  std::vector<Element> elements;
  for (std::size_t i = 0; i < value.size(); ++i) {
    elements.push_back(read(value[i], fmt::format("[{}]", i), problems));
  }
  if (problems.size() == problems_before) out = std::move(elements);
}

// The kinds of events that a webhook takes.
std::set<std::string> ReadEventWords(const json& value, const std::string& where,
                                     ValueProblems& problems) {
  std::set<std::string> words;
  if (!value.is_array()) {
    ReportWrongType(value, where, "a list", "write [\"act-finished\"], or leave it out for all",
                    problems);
    return words;
  }
  if (value.empty())
    ReportBadValue(where, "no event is named", "leave it out for transitions and acts", problems);
  for (std::size_t i = 0; i < value.size() && i < kListElementsMax; ++i) {
    const std::string place = fmt::format("{}[{}]", where, i);
    const auto* word = value[i].get_ptr<const std::string*>();
    if (word == nullptr) {
      ReportWrongType(value[i], place, "a text", "put it in quotation marks", problems);
      continue;
    }
    const auto* const end = spec::kEventWords.end();
    if (std::find(spec::kEventWords.begin(), end, *word) != end) {
      words.insert(*word);
      continue;
    }
    const auto guess = spec::DidYouMean(*word, spec::kEventWords);
    ReportBadValue(place, Quoted(*word) + " is no kind of event",
                   guess ? fmt::format("did you mean {}?", *guess)
                         : "`fairlead events --output json` shows kinds; act-finished is one",
                   problems);
  }
  return words;
}

// A URL may hold a password, so nothing of it is quoted.
Webhook ReadWebhook(const json& value, const std::string& where, ValueProblems& problems) {
  constexpr std::string_view kFields[] = {"url", "events", "secret_file"};
  Webhook webhook;
  std::string text;
  if (const auto* url = value.get_ptr<const std::string*>()) {
    text = *url;
  } else if (value.is_object()) {
    RefuseUnknownFields(value, kFields, where, problems);
    text = TextField(value, "url", where, problems);
    webhook.secret_file = TextField(value, "secret_file", where, problems);
    if (const auto events = value.find("events"); events != value.end())
      webhook.events = ReadEventWords(*events, where + ".events", problems);
  } else {
    ReportWrongType(value, where, "a webhook", "write {\"url\": \"https://HOST/PATH\"}", problems);
    return webhook;
  }
  if (auto url = ParseHttpUrl(text)) {
    webhook.url = *std::move(url);
  } else {
    ReportBadValue(where, "it has no URL that can be posted to",
                   "write https://HOST[:PORT]/PATH, without blanks", problems);
  }
  if (!webhook.secret_file.empty() && !webhook.secret_file.starts_with('/')) {
    ReportBadValue(where + ".secret_file", Quoted(webhook.secret_file) + " is not an absolute path",
                   "begin the path with a slash", problems);
  }
  return webhook;
}

// Projects of a list of names; "*" is every one.
access::Projects ReadSeenProjects(const json& value, const std::string& where,
                                  ValueProblems& problems) {
  access::Projects projects = std::set<std::string>();
  bool sees_all = false;
  if (!value.is_array() || value.empty() || value.size() > kListElementsMax) {
    ReportBadValue(where, fmt::format("it is no list of 1 to {} projects", kListElementsMax),
                   "write [\"shop\"], or [\"*\"] for every project", problems);
    return projects;
  }
  for (std::size_t i = 0; i < value.size(); ++i) {
    const std::string place = fmt::format("{}[{}]", where, i);
    const auto* text = value[i].get_ptr<const std::string*>();
    if (text == nullptr) {
      ReportWrongType(value[i], place, "a text", "put it in quotation marks", problems);
      continue;
    }
    if (*text == "*") {
      sees_all = true;
      continue;
    }
    const auto valid = spec::ParseLabelValue(*spec::FindLabel("project"), *text);
    if (!valid) ReportBadValue(place, valid.error().message, valid.error().hint, problems);
    projects->insert(*text);
  }
  return sees_all ? std::nullopt : projects;
}

access::DiscoveryRule ReadDiscoveryRule(const json& value, const std::string& where,
                                        ValueProblems& problems) {
  constexpr std::string_view kFields[] = {"identity", "projects"};
  constexpr std::string_view kHint =
      "write {\"identity\": \"URI:spiffe://DOMAIN/PATH\", \"projects\": [\"PROJECT\"]}";
  access::DiscoveryRule rule;
  if (!value.is_object()) {
    ReportWrongType(value, where, "an object", std::string(kHint), problems);
    return rule;
  }
  RefuseUnknownFields(value, kFields, where, problems);
  const std::string identity = TextField(value, "identity", where, problems);
  auto who = access::ParseRule(identity);
  using Kind = access::Rule::Kind;
  if (!who) {
    ReportBadValue(where + ".identity", who.error().message, std::string(kHint), problems);
  } else if (who->kind != Kind::kDns && who->kind != Kind::kUri) {
    ReportBadValue(where + ".identity",
                   Quoted(identity) +
                       " is of no certificate, and who is on this host or in one of "
                       "its containers sees every project anyway",
                   "write DNS:NAME or URI:spiffe://DOMAIN/PATH of a certificate", problems);
  } else {
    rule.who = *std::move(who);
  }
  const auto projects = value.find("projects");
  rule.projects =
      ReadSeenProjects(projects == value.end() ? json() : *projects, where + ".projects", problems);
  return rule;
}

}  // namespace

void RefuseUnknownFields(const json& object, std::span<const std::string_view> known,
                         const std::string& where, ValueProblems& problems) {
  for (const auto& [key, value] : object.items()) {
    bool is_known = false;
    for (const std::string_view name : known) is_known = is_known || name == key;
    if (is_known) continue;
    const auto guess = spec::DidYouMean(key, known);
    std::string all;
    for (const std::string_view name : known) {
      all += all.empty() ? "" : ",";
      all += name;
    }
    problems.push_back({codes::kConfigUnknownKey, where + "." + Printable(key, 64), "no such key",
                        guess ? fmt::format("did you mean {}?", *guess)
                              : fmt::format("write {}", spec::OneOf(all))});
  }
}

std::string TextField(const json& object, const char* key, const std::string& where,
                      ValueProblems& problems) {
  const auto field = object.find(key);
  if (field == object.end()) return {};
  if (const auto* text = field->get_ptr<const std::string*>()) return *text;
  ReportWrongType(*field, where + "." + key, "a text", "put it in quotation marks", problems);
  return {};
}

void ReadTlsProfiles(const json& value, std::map<std::string, TlsProfile>& out,
                     ValueProblems& problems) {
  const std::size_t problems_before = problems.size();
  if (!value.is_object()) {
    return ReportWrongType(value, "", "an object",
                           "write {\"NAME\": {\"cert\": ..., \"key\": ...}}", problems);
  }
  if (value.size() > kListElementsMax) {
    return ReportBadValue(
        "", fmt::format("{} profiles are more than {}", value.size(), kListElementsMax),
        "write fewer", problems);
  }
  std::map<std::string, TlsProfile> profiles;
  for (const auto& [name, profile] : value.items()) {
    const std::string where = "." + Printable(name, 64);
    const auto valid = spec::ParseLabelValue(*spec::FindLabel("health.tls"), name);
    if (!valid) ReportBadValue(where, valid.error().message, valid.error().hint, problems);
    profiles[name] = ReadTlsProfile(profile, where, problems);
  }
  if (problems.size() == problems_before) out = std::move(profiles);
}

void ReadDescriptors(const json& value, std::map<std::string, std::string>& out,
                     ValueProblems& problems) {
  const std::size_t problems_before = problems.size();
  if (!value.is_object() || value.size() > kListElementsMax) {
    return ReportWrongType(value, "", fmt::format("an object of at most {}", kListElementsMax),
                           "write {\"NAME\": \"/PATH\"}", problems);
  }
  std::map<std::string, std::string> paths;
  for (const auto& [name, path] : value.items()) {
    const std::string where = "." + Printable(name, 64);
    const auto valid = spec::ParseLabelValue(*spec::FindLabel("gateway.descriptor"), name);
    if (!valid) ReportBadValue(where, valid.error().message, valid.error().hint, problems);
    const auto* text = path.get_ptr<const std::string*>();
    if (text == nullptr) {
      ReportWrongType(path, where, "a text", "put it in quotation marks", problems);
    } else if (!text->starts_with('/')) {
      ReportBadValue(where, Quoted(*text) + " is not an absolute path",
                     "begin the path with a slash", problems);
    } else {
      paths[name] = *text;
    }
  }
  if (problems.size() == problems_before) out = std::move(paths);
}

void ReadEnvoyListeners(const json& value, std::vector<EnvoyListener>& out,
                        ValueProblems& problems) {
  std::vector<EnvoyListener> listeners;
  const std::size_t problems_before = problems.size();
  ReadElements(value, listeners, problems, ReadEnvoyListener);
  std::set<std::string> names;
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    if (names.insert(listeners[i].name).second) continue;
    ReportBadValue(fmt::format("[{}].name", i),
                   Quoted(listeners[i].name) + " is another listener's name",
                   "give each listener a name of its own", problems);
  }
  if (problems.size() == problems_before) out = std::move(listeners);
}

void ReadDiscoveryRules(const json& value, std::vector<access::DiscoveryRule>& out,
                        ValueProblems& problems) {
  ReadElements(value, out, problems, ReadDiscoveryRule);
}

void ReadWebhooks(const json& value, std::vector<Webhook>& out, ValueProblems& problems) {
  ReadElements(value, out, problems, ReadWebhook);
}

}  // namespace fairlead::config
