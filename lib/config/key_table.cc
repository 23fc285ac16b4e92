#include "config/key_table.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "config/key_values.h"
#include "spec/label_table.h"

namespace fairlead::config {
namespace {

using nlohmann::json;
using Problems = std::vector<ValueProblem>;

constexpr auto kTable = std::to_array<KeyRule>({
    {"engine.endpoint", KeyKind::kText, "unix:///var/run/docker.sock", "",
     "where the Docker Engine answers: unix:///PATH, or tcp://HOST:PORT; off loopback with "
     "engine.tls only",
     [](const json& value, Config& config, Problems& problems) {
       ReadEngineEndpoint(value, config.engine_endpoint, problems);
     }},
    {"engine.tls", KeyKind::kText, "", "\"corp\"",
     "which of the tls_profiles a TCP engine is asked with; its files are read at each connect",
     [](const json& value, Config& config, Problems& problems) {
       ReadTlsName(value, config.engine_tls, problems);
     }},
    {"discovery.listen", KeyKind::kList, "unix:/run/fairlead/xds/xds.sock,127.0.0.1:18000", "",
     "where clients and Envoys ask for their services (xDS)",
     [](const json& value, Config& config, Problems& problems) {
       ReadListen(value, config.discovery.listen, problems);
     }},
    {"discovery.tls", KeyKind::kText, "", "\"mesh\"",
     "which of the tls_profiles the TCP addresses of discovery.listen serve; off loopback it has "
     "to "
     "require client certificates",
     [](const json& value, Config& config, Problems& problems) {
       ReadTlsName(value, config.discovery.tls, problems);
     }},
    {"discovery.allow_plaintext", KeyKind::kList, "", "[\"bridge\"]",
     "\"bridge\" also listens on the gateway of each managed network, for that network's "
     "containers",
     [](const json& value, Config& config, Problems& problems) {
       ReadWords(value, "bridge", config.discovery.allow_plaintext, problems);
     }},
    {"discovery.max_connection_age", KeyKind::kText, "6h", "",
     "clients are told to connect anew after this, up to a tenth sooner or later each; 1s to 24h, "
     "0s for never",
     [](const json& value, Config& config, Problems& problems) {
       ReadDurationOrNone(value,
                          {.minimum = std::chrono::seconds(1), .maximum = std::chrono::hours(24)},
                          config.discovery.max_connection_age, problems);
     }},
    {"admin.listen", KeyKind::kList, "unix:/run/fairlead/admin/admin.sock", "",
     "where the fairlead command asks",
     [](const json& value, Config& config, Problems& problems) {
       ReadListen(value, config.admin.listen, problems);
     }},
    {"admin.tls", KeyKind::kText, "", "\"ops\"",
     "which of the tls_profiles the TCP addresses of admin.listen serve",
     [](const json& value, Config& config, Problems& problems) {
       ReadTlsName(value, config.admin.tls, problems);
     }},
    {"admin.allow_containers", KeyKind::kList, "", "[\"ops-console\"]",
     "containers that may use the admin socket, by name or by 12 or more digits of the id; all "
     "others are refused",
     [](const json& value, Config& config, Problems& problems) {
       ReadNames(value, config.admin.allow_containers, problems);
     }},
    {"access.viewers", KeyKind::kList, "loopback", "[\"URI:spiffe://corp/staff/*\"]",
     "who may read over the operators' API: unix (whoever may open its socket), loopback (over TCP "
     "from this host, without a certificate), self (the daemon's user), uid:N, gid:N, DNS:NAME, "
     "URI:NAME of a certificate",
     [](const json& value, Config& config, Problems& problems) {
       ReadAccessRules(value, config.access.viewers, problems);
     }},
    {"access.operators", KeyKind::kList, "unix", "[\"unix\", \"DNS:*.ops.corp\"]",
     "who may also restart, drain, evict, pause and diagnose within the limits, likewise",
     [](const json& value, Config& config, Problems& problems) {
       ReadAccessRules(value, config.access.operators, problems);
     }},
    {"access.admins", KeyKind::kList, "uid:0,self", "[\"uid:0\", \"self\", \"gid:998\"]",
     "who may also use force, and change the daemon itself, likewise",
     [](const json& value, Config& config, Problems& problems) {
       ReadAccessRules(value, config.access.admins, problems);
     }},
    {"access.discovery", KeyKind::kStructure, "[]",
     "[{\"identity\": \"URI:spiffe://corp/web/*\", \"projects\": [\"shop\"]}]",
     "which projects a client of discovery sees that is neither on this host nor in a container of "
     "it, by its certificate: identity (DNS:NAME or URI:NAME), projects (\"*\" for every one); a "
     "certificate that fairlead wrote sees its service's project, any other nothing",
     [](const json& value, Config& config, Problems& problems) {
       ReadDiscoveryRules(value, config.access.discovery, problems);
     }},
    {"http.listen", KeyKind::kList, "127.0.0.1:18080", "",
     "where REST, metrics and health are, over HTTP",
     [](const json& value, Config& config, Problems& problems) {
       ReadListen(value, config.http.listen, problems);
     }},
    {"http.tls", KeyKind::kText, "", "\"ops\"",
     "which of the tls_profiles the TCP addresses of http.listen serve: HTTPS",
     [](const json& value, Config& config, Problems& problems) {
       ReadTlsName(value, config.http.tls, problems);
     }},
    {"http.allowed_hosts", KeyKind::kList, "", "[\"fairlead.example\"]",
     "Host header values accepted besides localhost and IP addresses",
     [](const json& value, Config& config, Problems& problems) {
       ReadNames(value, config.http.allowed_hosts, problems);
     }},
    {"http.gzip", KeyKind::kBoolean, "false", "",
     "pack answers of 1 KiB to 1 MiB for readers that take gzip; streams never are",
     [](const json& value, Config& config, Problems& problems) {
       ReadBoolean(value, config.http.gzip, problems);
     }},
    {"dns.listen", KeyKind::kList, "", "[\"127.0.0.1:5353\", \"172.17.0.1:53\"]",
     "where those who cannot speak xDS ask for their services, over DNS; the host and its "
     "containers "
     "are answered, nobody else",
     [](const json& value, Config& config, Problems& problems) {
       ReadDnsListen(value, config.dns.listen, problems);
     }},
    {"dns.zone", KeyKind::kText, "fairlead.", "\"services.internal.\"",
     "what names end in there: <service>.<project>.<zone>",
     [](const json& value, Config& config, Problems& problems) {
       ReadDnsZone(value, config.dns.zone, problems);
     }},
    {"gateway.listen", KeyKind::kList, "", "[\"127.0.0.1:18081\"]",
     "where services with fairlead.gateway=true are answered for over gRPC, gRPC-web and HTTP with "
     "JSON",
     [](const json& value, Config& config, Problems& problems) {
       ReadListen(value, config.gateway.listen, problems);
     }},
    {"gateway.tls", KeyKind::kText, "", "\"public\"",
     "which of the tls_profiles the TCP addresses of gateway.listen serve; they may then be off "
     "loopback, for whoever the services themselves let in",
     [](const json& value, Config& config, Problems& problems) {
       ReadTlsName(value, config.gateway.tls, problems);
     }},
    {"gateway.allow_plaintext", KeyKind::kBoolean, "false", "",
     "gateway.listen may have addresses off loopback: whoever reaches them may call each service "
     "that has fairlead.gateway=true, unencrypted",
     [](const json& value, Config& config, Problems& problems) {
       ReadBoolean(value, config.gateway.allow_plaintext, problems);
     }},
    {"gateway.descriptors", KeyKind::kStructure, "{}", "{\"shop\": \"/etc/fairlead/shop.binpb\"}",
     "descriptor sets (protoc --include_imports --descriptor_set_out) by the names that "
     "fairlead.gateway.descriptor gives them; each file is looked at again every second",
     [](const json& value, Config& config, Problems& problems) {
       ReadDescriptors(value, config.gateway.descriptors, problems);
     }},
    {"state_dir", KeyKind::kText, "/var/lib/fairlead", "",
     "what outlives the daemon: what people asked for, what repairs have cost, and the journal of "
     "events",
     [](const json& value, Config& config, Problems& problems) {
       ReadDirectory(value, config.state_dir, problems);
     }},
    {"user", KeyKind::kText, kDefaultUser, "",
     "who the part of the daemon that talks to the network is when it was started by root: a name, "
     "or a number; root: as it was started. Where this host has no user fairlead it is 65530",
     [](const json& value, Config& config, Problems& problems) {
       ReadUser(value, config.user, problems);
     }},
    {"policy.observe_only", KeyKind::kBoolean, "false", "",
     "decide and record repairs, but touch no container",
     [](const json& value, Config& config, Problems& problems) {
       ReadBoolean(value, config.policy.observe_only, problems);
     }},
    {"policy.max_concurrent_repairs", KeyKind::kInteger, "2", "",
     "repairs at the same time on this host, 1 to 100; projects take turns, and a repair older "
     "than 2m holds back its own alone",
     [](const json& value, Config& config, Problems& problems) {
       ReadInteger(value, {.minimum = 1, .maximum = 100}, config.policy.max_concurrent_repairs,
                   problems);
     }},
    {"policy.panic_threshold", KeyKind::kText, "50%", "",
     "with fewer replicas of a service than this in rotation, failing ones come back",
     [](const json& value, Config& config, Problems& problems) {
       ReadPercent(value, config.policy.panic_threshold_percent, problems);
     }},
    {"policy.projects", KeyKind::kList, "", "[\"billing\"]",
     "projects that containers of other Compose projects may join by fairlead.project",
     [](const json& value, Config& config, Problems& problems) {
       ReadProjects(value, config.policy.projects, problems);
     }},
    {"tls_profiles", KeyKind::kStructure, "{}",
     "{\"corp\": {\"cert\": \"/certs/tls.crt\", \"key\": \"/certs/tls.key\", \"ca\": "
     "\"/certs/ca.crt\"}}",
     "named certificates: cert, key, ca, server_name, client_auth; used by engine.tls, "
     "discovery.tls, admin.tls, http.tls, gateway.tls and the label health.tls",
     [](const json& value, Config& config, Problems& problems) {
       ReadTlsProfiles(value, config.tls_profiles, problems);
     }},
    {"service_tls.trust_domain", KeyKind::kText, "fairlead.internal", "\"prod.corp\"",
     "what the SPIFFE ids in certificates of services with fairlead.tls=auto begin with: "
     "spiffe://DOMAIN/PROJECT/SERVICE",
     [](const json& value, Config& config, Problems& problems) {
       ReadTrustDomain(value, config.service_tls.trust_domain, problems);
     }},
    {"service_tls.dir", KeyKind::kText, "/run/fairlead/certs", "",
     "where they are written: DIR/PROJECT/SERVICE, for that service's containers to mount",
     [](const json& value, Config& config, Problems& problems) {
       ReadDirectory(value, config.service_tls.dir, problems);
       while (config.service_tls.dir.size() > 1 && config.service_tls.dir.ends_with('/'))
         config.service_tls.dir.pop_back();
     }},
    {"service_tls.lifetime", KeyKind::kText, "24h", "",
     "how long they are good for, 30s to 720h; renewed at two thirds of it",
     [](const json& value, Config& config, Problems& problems) {
       ReadDuration(value,
                    {.minimum = std::chrono::seconds(30), .maximum = std::chrono::hours(720)},
                    config.service_tls.lifetime, problems);
     }},
    {"service_tls.issuer", KeyKind::kText, "", "\"host-7\"",
     "which of the tls_profiles signs them: an intermediate authority (cert with its chain, key) "
     "whose root (ca) is kept elsewhere; without it the daemon makes a root of its own in "
     "state_dir",
     [](const json& value, Config& config, Problems& problems) {
       ReadTlsName(value, config.service_tls.issuer, problems);
     }},
    {"envoy.listeners", KeyKind::kStructure, "[]",
     "[{\"name\": \"edge\", \"address\": \"0.0.0.0:10000\", \"grpc_web\": true, \"cors\": "
     "[\"https://www.example.com\"]}]",
     "listeners that Envoys are told to open: address, name (listener-PORT), grpc_web (false), "
     "cors (none: origins of web pages that may call and read the answers)",
     [](const json& value, Config& config, Problems& problems) {
       ReadEnvoyListeners(value, config.envoy_listeners, problems);
     }},
    {"webhooks", KeyKind::kStructure, "[]",
     "[{\"url\": \"https://alerts.example/fairlead\", \"events\": [\"act-finished\"], "
     "\"secret_file\": \"/certs/hook.secret\"}]",
     "where transitions and acts are posted as JSON: url, events (all), secret_file (unsigned)",
     [](const json& value, Config& config, Problems& problems) {
       ReadWebhooks(value, config.webhooks, problems);
     }},
    {"file_sinks", KeyKind::kStructure, "[]",
     "[{\"output\": \"/run/fairlead/nginx/upstreams.conf\", \"container\": \"edge\"}]",
     "files of lists for NGINX: output, template, services (all), container or pid_file that gets "
     "SIGHUP, validate (a program and its arguments)",
     [](const json& value, Config& config, Problems& problems) {
       ReadFileSinks(value, config.file_sinks, problems);
     }},
    {"log.level", KeyKind::kText, "info", "", "debug, info, warn or error",
     [](const json& value, Config& config, Problems& problems) {
       ReadWord(value, "debug,info,warn,error", config.log.level, problems);
     }},
    {"log.format", KeyKind::kText, "text", "", "text or json",
     [](const json& value, Config& config, Problems& problems) {
       ReadWord(value, "text,json", config.log.format, problems);
     }},
    {"debug.core_dumps", KeyKind::kBoolean, "false", "",
     "leave core dumps to the host's settings; without it the daemon, which holds keys, is kept "
     "out "
     "of them, and only root may attach to it",
     [](const json& value, Config& config, Problems& problems) {
       ReadBoolean(value, config.debug.core_dumps, problems);
     }},
});

constexpr auto kNotYetInForce = std::to_array<std::string_view>({
    "discovery.allow_plaintext",
});

constexpr auto kSections = std::to_array<std::string_view>(
    {"engine", "discovery", "admin", "access", "http", "dns", "gateway", "policy", "service_tls",
     "envoy", "log", "debug", "defaults"});

// "defaults." + each label, built once; the strings live as long as the program.
const std::vector<std::string>& DefaultPaths() {
  static const std::vector<std::string> kPaths = [] {
    std::vector<std::string> paths;
    for (const std::string_view label : spec::LabelKeys()) {
      paths.push_back("defaults." + std::string(label));
    }
    return paths;
  }();
  return kPaths;
}

}  // namespace

std::span<const KeyRule> KeyTable() {
  return kTable;
}

const KeyRule* FindKey(std::string_view path) {
  const auto found = std::find_if(kTable.begin(), kTable.end(),
                                  [&](const KeyRule& rule) { return rule.path == path; });
  return found == kTable.end() ? nullptr : &*found;
}

bool IsSection(std::string_view path) {
  return std::find(kSections.begin(), kSections.end(), path) != kSections.end();
}

std::span<const std::string_view> Sections() {
  return kSections;
}

std::span<const std::string_view> NotYetInForce() {
  return kNotYetInForce;
}

std::string EnvironmentName(std::string_view path) {
  std::string name = "FAIRLEAD_";
  for (const char c : path) {
    name += c >= 'a' && c <= 'z'   ? static_cast<char>(c - 'a' + 'A')
            : c == '.' || c == '-' ? '_'
                                   : c;
  }
  return name;
}

std::span<const std::string_view> AllPaths() {
  static const std::vector<std::string_view> kPaths = [] {
    std::vector<std::string_view> paths;
    for (const KeyRule& rule : kTable) paths.push_back(rule.path);
    for (const std::string& path : DefaultPaths()) paths.push_back(path);
    return paths;
  }();
  return kPaths;
}

}  // namespace fairlead::config
