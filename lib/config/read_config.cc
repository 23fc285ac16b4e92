#include "config/read_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "config/key_table.h"
#include "config/key_values.h"
#include "config/layers.h"
#include "config/shown_value.h"
#include "config/text_value.h"
#include "spec/diagnostic_codes.h"
#include "spec/did_you_mean.h"
#include "spec/host_default.h"
#include "spec/words.h"

namespace fairlead::config {
namespace {

namespace codes = spec::codes;
using nlohmann::json;
using spec::Severity;

constexpr std::string_view kDefaultConfigPath = "/etc/fairlead/config.json";
constexpr std::string_view kDefaultsPrefix = "defaults.";

Config DefaultConfig() {
  Config config;
  Diagnostics diagnostics;
  std::vector<ValueProblem> problems;
  for (const KeyRule& rule : KeyTable()) {
    const json value = ValueFromText(rule, std::string(rule.fallback), "", diagnostics);
    rule.read(value, config, problems);
    config.settings[std::string(rule.path)] = {.value = ShownValue(value),
                                               .exact = ExactValue(value)};
  }
  CHECK(diagnostics.empty() && problems.empty());
  return config;
}

bool IsYetToCome(std::string_view path) {
  const auto keys = NotYetInForce();
  return std::find(keys.begin(), keys.end(), path) != keys.end();
}

void Keep(const Setting& setting, Config& config) {
  config.settings[setting.path] = {.origin = setting.origin,
                                   .place = setting.place,
                                   .value = ShownValue(setting.value),
                                   .exact = ExactValue(setting.value)};
}

void ApplyKey(const KeyRule& rule, const Setting& setting, Config& config,
              Diagnostics& diagnostics) {
  std::vector<ValueProblem> problems;
  rule.read(setting.value, config, problems);
  for (ValueProblem& problem : problems) {
    diagnostics.push_back({Severity::kError, std::string(problem.code),
                           setting.subject + problem.where, std::move(problem.message),
                           std::move(problem.hint)});
  }
  if (!problems.empty()) return;
  Keep(setting, config);
  if (!IsYetToCome(rule.path)) return;
  diagnostics.push_back({Severity::kWarning, std::string(codes::kConfigNotInForce), setting.subject,
                         "the key is understood, but has no effect in this version",
                         "remove it until a version that says so in its changelog"});
}

// A label's default may be written as JSON's own boolean or number.
std::optional<std::string> LabelText(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_number_integer()) return value.dump();
  return std::nullopt;
}

void ApplyDefault(const Setting& setting, Config& config, Diagnostics& diagnostics) {
  const std::string label = setting.path.substr(kDefaultsPrefix.size());
  const auto text = LabelText(setting.value);
  if (!text) {
    diagnostics.push_back({Severity::kError, std::string(codes::kConfigWrongType), setting.subject,
                           fmt::format("it is {}, not a label's value", TypeName(setting.value)),
                           "write it as on a container, in quotation marks"});
    return;
  }
  if (const auto problem = spec::CheckHostDefault(label, *text)) {
    const bool is_idle = problem->code == codes::kConfigNotInForce;
    diagnostics.push_back({is_idle ? Severity::kWarning : Severity::kError,
                           std::string(problem->code), setting.subject, problem->message,
                           problem->hint});
    if (!is_idle) return;
  }
  config.defaults[label] = *text;
  Keep(setting, config);
}

void Apply(const std::vector<Setting>& settings, Config& config, Diagnostics& diagnostics) {
  for (const Setting& setting : settings) {
    if (const KeyRule* rule = FindKey(setting.path)) {
      ApplyKey(*rule, setting, config, diagnostics);
    } else {
      ApplyDefault(setting, config, diagnostics);
    }
  }
}

bool Clash(const ListenAddress& a, const ListenAddress& b) {
  if (a.is_unix() || b.is_unix()) return a == b;
  if (a.port != b.port || a.port == 0) return false;
  const auto is_any = [](const ListenAddress& x) { return x.ip == "0.0.0.0" || x.ip == "::"; };
  return a.ip == b.ip || is_any(a) || is_any(b);
}

struct Place {
  std::string subject;
  ListenAddress address;
};

void ReportClashes(const std::vector<Place>& places, Diagnostics& diagnostics) {
  for (std::size_t i = 0; i < places.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (!Clash(places[i].address, places[j].address)) continue;
      diagnostics.push_back(
          {Severity::kError, std::string(codes::kConfigListenerClash), places[i].subject,
           fmt::format("{} is taken by {}", places[i].address.Text(), places[j].subject),
           "give each listener an address of its own"});
      break;
    }
  }
}

void CheckListeners(const Config& config, Diagnostics& diagnostics) {
  std::vector<Place> ours;
  const auto add = [&](std::string_view key, const std::vector<ListenAddress>& addresses) {
    for (std::size_t i = 0; i < addresses.size(); ++i) {
      ours.push_back({fmt::format("{}[{}]", key, i), addresses[i]});
    }
  };
  add("discovery.listen", config.discovery.listen);
  add("admin.listen", config.admin.listen);
  add("http.listen", config.http.listen);
  add("dns.listen", config.dns.listen);
  add("gateway.listen", config.gateway.listen);
  ReportClashes(ours, diagnostics);
  std::vector<Place> envoys;  // on Envoy's host, which need not be ours
  for (std::size_t i = 0; i < config.envoy_listeners.size(); ++i) {
    envoys.push_back({fmt::format("envoy.listeners[{}]", i), config.envoy_listeners[i].address});
  }
  ReportClashes(envoys, diagnostics);
}

std::string ProfileHint(const Config& config, std::string_view meant) {
  std::vector<std::string_view> known;
  for (const auto& [name, profile] : config.tls_profiles) known.push_back(name);
  const auto guess = spec::DidYouMean(meant, known);
  return guess ? fmt::format("did you mean {}?", *guess) : "add it to tls_profiles";
}

// Whoever speaks to the engine is root on its host, so the way there is encrypted or local.
void CheckEngine(const Config& config, Diagnostics& diagnostics) {
  const auto report = [&](std::string_view code, std::string_view key, std::string message,
                          std::string hint) {
    diagnostics.push_back({Severity::kError, std::string(code), std::string(key),
                           std::move(message), std::move(hint)});
  };
  const bool has_tls = !config.engine_tls.empty();
  if (has_tls && !config.tls_profiles.contains(config.engine_tls)) {
    report(codes::kTlsProfileUnknown, "engine.tls",
           "there is no TLS profile " + spec::Quoted(config.engine_tls),
           ProfileHint(config, config.engine_tls));
  }
  if (has_tls && config.engine_endpoint.is_unix()) {
    report(codes::kConfigBadValue, "engine.tls", "a unix socket has no TLS",
           "remove it, or set engine.endpoint to tcp://HOST:2376");
  }
  if (!has_tls && !config.engine_endpoint.is_loopback()) {
    report(
        codes::kConfigPlaintextRefused, "engine.endpoint",
        fmt::format("{} would be spoken to in plaintext over a network, and whoever speaks to an "
                    "engine is root on its host",
                    config.engine_endpoint.Text()),
        "name a TLS profile in engine.tls, or use the engine's unix socket");
  }
}

// An intermediate of the operator's: all of it, for callers believe the root and not what the
// daemon has.
void CheckIssuer(const Config& config, Diagnostics& diagnostics) {
  const std::string& name = config.service_tls.issuer;
  if (name.empty()) return;
  const auto found = config.tls_profiles.find(name);
  if (found == config.tls_profiles.end()) {
    diagnostics.push_back({Severity::kError, std::string(codes::kTlsProfileUnknown),
                           "service_tls.issuer", "there is no TLS profile " + spec::Quoted(name),
                           ProfileHint(config, name)});
    return;
  }
  if (!found->second.cert.empty() && !found->second.ca.empty()) return;
  diagnostics.push_back(
      {Severity::kError, std::string(codes::kConfigBadValue), "service_tls.issuer",
       fmt::format("TLS profile {} does not say with what to sign, and whom callers believe", name),
       "give the profile cert and key, of the intermediate authority, and ca, its root"});
}

// One plane that others connect to, and what its TCP addresses serve.
struct Plane {
  std::string key;  // "discovery"
  const std::vector<ListenAddress>& listen;
  const std::string& tls;
  // Off this host, for those whose certificate is believed.
  bool may_leave_host = false;
};

// What a profile lacks to serve a plane; empty code: nothing.
ValueProblem LackOf(const Config& config, const Plane& plane) {
  const auto found = config.tls_profiles.find(plane.tls);
  if (found == config.tls_profiles.end())
    return {codes::kTlsProfileUnknown, "", "there is no TLS profile " + spec::Quoted(plane.tls),
            ProfileHint(config, plane.tls)};
  const TlsProfile& profile = found->second;
  if (profile.cert.empty())
    return {codes::kConfigBadValue, "",
            fmt::format("TLS profile {} has no certificate to serve with", plane.tls),
            "add cert and key to the profile"};
  if (profile.client_auth != ClientAuth::kNone && profile.ca.empty())
    return {codes::kConfigBadValue, "",
            fmt::format("TLS profile {} asks clients for certificates, and nothing says whose are "
                        "believed",
                        plane.tls),
            "add ca to the profile"};
  if (std::ranges::all_of(plane.listen, &ListenAddress::is_unix))
    return {codes::kConfigBadValue, "", "a unix socket has no TLS, and no other address is there",
            fmt::format("remove it, or add IP:PORT to {}.listen", plane.key)};
  return {};
}

// True when what its profile lacks was told.
bool TellLack(const Config& config, const Plane& plane, Diagnostics& diagnostics) {
  const ValueProblem lack = plane.tls.empty() ? ValueProblem{} : LackOf(config, plane);
  if (lack.code.empty()) return false;
  diagnostics.push_back(
      {Severity::kError, std::string(lack.code), plane.key + ".tls", lack.message, lack.hint});
  return true;
}

// Off loopback whoever connects has to show who it is, before the first byte of a request.
void CheckPlane(const Config& config, const Plane& plane, Diagnostics& diagnostics) {
  if (TellLack(config, plane, diagnostics)) return;
  const bool has_tls = !plane.tls.empty();
  const bool knows_who =
      has_tls && config.tls_profiles.at(plane.tls).client_auth == ClientAuth::kRequire;
  for (std::size_t i = 0; i < plane.listen.size(); ++i) {
    const ListenAddress& address = plane.listen[i];
    if (address.is_loopback() || (knows_who && plane.may_leave_host)) continue;
    const std::string why =
        has_tls ? fmt::format("{} would be open to more than those who may", address.Text())
                : fmt::format(
                      "{} would be readable and writable by the network, for it is not "
                      "encrypted",
                      address.Text());
    std::string hint = fmt::format("write 127.0.0.1:{} or a unix socket", address.port);
    if (plane.may_leave_host)
      hint +=
          fmt::format(", or name a TLS profile whose client_auth is require in {}.tls", plane.key);
    diagnostics.push_back({Severity::kError, std::string(codes::kConfigPlaintextRefused),
                           fmt::format("{}.listen[{}]", plane.key, i), why, std::move(hint)});
  }
}

// Services that callers reach through the gateway look after themselves who may call them; that
// they hear it in plaintext is for the host to say.
void CheckGateway(const Config& config, Diagnostics& diagnostics) {
  const Plane plane{"gateway", config.gateway.listen, config.gateway.tls};
  if (TellLack(config, plane, diagnostics)) return;
  if (config.gateway.allow_plaintext || !config.gateway.tls.empty()) return;
  for (std::size_t i = 0; i < config.gateway.listen.size(); ++i) {
    const ListenAddress& address = config.gateway.listen[i];
    if (address.is_loopback()) continue;
    diagnostics.push_back(
        {Severity::kError, std::string(codes::kConfigPlaintextRefused),
         fmt::format("gateway.listen[{}]", i),
         fmt::format("{} would be readable by the network, for it is not encrypted, and let all of "
                     "it call the services that have fairlead.gateway=true",
                     address.Text()),
         fmt::format("name a TLS profile in gateway.tls, or write 127.0.0.1:{} or a unix socket, "
                     "for a proxy that speaks TLS, or set gateway.allow_plaintext to true",
                     address.port)});
  }
}

// A password in a URL is a secret: not where every user of the host may read it.
void CheckSecrets(const Config& config, bool is_file_open, Diagnostics& diagnostics) {
  const Origin origin = config.settings.at("webhooks").origin;
  const bool is_argument = origin == Origin::kFlag;
  if (!is_argument && !(origin == Origin::kFile && is_file_open)) return;
  for (std::size_t i = 0; i < config.webhooks.size(); ++i) {
    if (config.webhooks[i].url.userinfo.empty()) continue;
    diagnostics.push_back(
        {Severity::kError, std::string(codes::kConfigBadValue), fmt::format("webhooks[{}]", i),
         is_argument ? "its URL has a user or a password, and every user of this host may read a "
                       "program's arguments"
                     : "its URL has a user or a password, and every user of this host may read the "
                       "config file",
         is_argument ? "write it into the config file, and chmod 0600 that"
                     : "chmod 0600 the config file"});
  }
}

void CheckPlanes(const Config& config, Diagnostics& diagnostics) {
  CheckPlane(config, {"discovery", config.discovery.listen, config.discovery.tls, true},
             diagnostics);
  CheckPlane(config, {"admin", config.admin.listen, config.admin.tls, true}, diagnostics);
  CheckPlane(config, {"http", config.http.listen, config.http.tls}, diagnostics);
  CheckGateway(config, diagnostics);
  CheckIssuer(config, diagnostics);
}

}  // namespace

bool ConfigReading::ok() const {
  return std::none_of(
      diagnostics.begin(), diagnostics.end(),
      [](const spec::Diagnostic& diagnostic) { return diagnostic.severity == Severity::kError; });
}

ConfigReading ReadConfig(const ConfigSources& sources) {
  ConfigReading reading;
  reading.config = DefaultConfig();
  Diagnostics& diagnostics = reading.diagnostics;
  if (sources.file_text) {
    Apply(ReadFileLayer(*sources.file_text, sources.file_path, diagnostics), reading.config,
          diagnostics);
  }
  Apply(ReadEnvironmentLayer(sources.environment, diagnostics), reading.config, diagnostics);
  const Arguments arguments = ReadArguments(sources.arguments, diagnostics);
  Apply(arguments.settings, reading.config, diagnostics);
  CheckListeners(reading.config, diagnostics);
  CheckEngine(reading.config, diagnostics);
  CheckPlanes(reading.config, diagnostics);
  CheckSecrets(reading.config, sources.is_file_open, diagnostics);
  reading.check_only = arguments.check_only;
  reading.show_help = arguments.show_help;
  reading.show_version = arguments.show_version;
  reading.positional = arguments.positional;
  return reading;
}

ConfigPath FindConfigPath(const std::vector<std::string>& arguments,
                          const std::map<std::string, std::string>& environment) {
  Diagnostics ignored;  // ReadConfig tells them
  const Arguments read = ReadArguments(arguments, ignored);
  if (!read.config_path.empty()) return {read.config_path, true};
  const auto variable = environment.find("FAIRLEAD_CONFIG");
  if (variable != environment.end() && !variable->second.empty()) return {variable->second, true};
  return {std::string(kDefaultConfigPath), false};
}

}  // namespace fairlead::config
