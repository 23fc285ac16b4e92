#include "spec/label_table.h"

#include <array>

namespace fairlead::spec {
namespace {

// Where a range is not part of the product's promise, its bounds are those beyond which a value can
// only be a slip: checks faster than 100 ms cost more than they tell, waits over a day never end.
constexpr auto kTable = std::to_array<LabelRule>({
    {.key = "enable",
     .kind = LabelKind::kBoolean,
     .fallback = "false",
     .is_vital = true,
     .host_default = false,
     .meaning = "manage this container"},
    {.key = "service",
     .kind = LabelKind::kName,
     .fallback_words = "the Compose service",
     .is_vital = true,
     .host_default = false,
     .meaning = "name of the service; required outside Compose"},
    {.key = "project",
     .kind = LabelKind::kName,
     .fallback_words = "the Compose project, else `default`",
     .is_vital = true,
     .meaning = "namespace of the name; a Compose container may claim another project's only if "
                "policy.projects allows it"},
    {.key = "port",
     .kind = LabelKind::kPort,
     .fallback_words = "the single exposed TCP port",
     .is_vital = true,
     .meaning = "where it serves; required when no port or several are exposed"},
    {.key = "network",
     .kind = LabelKind::kNetwork,
     .fallback_words = "any the client shares",
     .is_vital = true,
     .meaning =
         "only this network's address is handed out; a Compose network's short name will do"},
    {.key = "weight",
     .kind = LabelKind::kInteger,
     .fallback = "100",
     .minimum = 0,
     .maximum = 1000,
     .meaning = "its share beside the others, for policies that weigh; 0 = no new calls"},
    {.key = "priority",
     .kind = LabelKind::kInteger,
     .fallback = "0",
     .minimum = 0,
     .maximum = 9,
     .meaning = "takes calls only while no replica with a smaller number is in rotation: 0 serves, "
                "1 stands by"},
    {.key = "tls",
     .kind = LabelKind::kTlsSource,
     .fallback = "off",
     .is_vital = true,
     .meaning = "its server speaks TLS; files:NAME = with a certificate of the host's "
                "tls_profiles, auto = with one that fairlead writes for it"},
    {.key = "tls.mode",
     .kind = LabelKind::kChoice,
     .fallback = "strict",
     .choices = "strict,permissive",
     .is_vital = true,
     .meaning = "permissive = fairlead.port answers without TLS as well, for callers that do not "
                "know it yet"},
    {.key = "tls.port",
     .kind = LabelKind::kPort,
     .fallback_words = "`fairlead.port`",
     .is_vital = true,
     .meaning = "where it speaks TLS, when that is another port"},

    {.key = "health.protocol",
     .kind = LabelKind::kChoice,
     .fallback = "grpc",
     .choices = "grpc,http,tcp,docker,none",
     .is_vital = true,
     .meaning = "how to check; docker = the verdict of the container's HEALTHCHECK"},
    {.key = "health.mode",
     .kind = LabelKind::kChoice,
     .fallback = "auto",
     .choices = "auto,watch,check",
     .not_in_force = "watch",
     .protocols = kGrpcOnly,
     .meaning = "gRPC: how to ask; auto = a Watch beside a Check each interval, check = without "
                "the Watch"},
    {.key = "health.service",
     .kind = LabelKind::kText,
     .fallback_words = "empty: the whole server",
     .may_be_empty = true,
     .protocols = kGrpcOnly,
     .meaning = "health service name asked for readiness"},
    {.key = "health.port",
     .kind = LabelKind::kPort,
     .fallback_words = "`fairlead.port`",
     .is_vital = true,
     .protocols = kChecksByUs,
     .meaning = "port that answers checks"},
    {.key = "health.path",
     .kind = LabelKind::kPath,
     .fallback = "/healthz",
     .protocols = kHttpOnly,
     .meaning = "path of an HTTP check"},
    {.key = "health.interval",
     .kind = LabelKind::kDuration,
     .fallback = "1s",
     .minimum = 100 * kMillisecond,
     .maximum = kHour,
     .protocols = kChecksByUs,
     .meaning = "time from one check to the next"},
    {.key = "health.timeout",
     .kind = LabelKind::kDuration,
     .fallback = "1s",
     .fallback_words = "1s, or the interval if that is shorter",
     .minimum = 10 * kMillisecond,
     .maximum = kHour,
     .protocols = kChecksByUs,
     .meaning = "longest wait for one check; not longer than the interval"},
    {.key = "health.rise",
     .kind = LabelKind::kInteger,
     .fallback = "2",
     .minimum = 1,
     .maximum = 100,
     .protocols = kAnyCheck,
     .meaning = "passes in a row that bring it into rotation; a fresh process needs one"},
    {.key = "health.fall",
     .kind = LabelKind::kInteger,
     .fallback = "3",
     .minimum = 1,
     .maximum = 100,
     .protocols = kAnyCheck,
     .meaning = "failures in a row to go out"},
    {.key = "health.start-period",
     .kind = LabelKind::kDuration,
     .fallback = "30s",
     .minimum = 0,
     .maximum = 24 * kHour,
     .protocols = kAnyCheck,
     .meaning = "time after a start in which failures ask for no repair; the first pass ends it"},
    {.key = "health.tls",
     .kind = LabelKind::kName,
     .fallback_words = "none: plaintext",
     .is_vital = true,
     .protocols = kGrpcOnly | kHttpOnly,
     .meaning = "which of the host's tls_profiles the checks use"},
    {.key = "health.ping",
     .kind = LabelKind::kDuration,
     .fallback = "200ms",
     .minimum = 10 * kMillisecond,
     .maximum = kHour,
     .zero_is_off = true,
     .protocols = kGrpcOnly,
     .meaning = "transport liveness on the kept connection of the checks, every 100ms at most; 0 = "
                "off"},

    {.key = "suspicion",
     .kind = LabelKind::kBoolean,
     .fallback = "true",
     .meaning = "leave rotation early while others serve"},
    {.key = "cut",
     .kind = LabelKind::kAutoOrBoolean,
     .fallback = "auto",
     .meaning = "break the connections of calls that a silent replica keeps waiting; auto = only "
                "for services with retries"},
    {.key = "liveness.service",
     .kind = LabelKind::kText,
     .fallback_words = "unset",
     .protocols = kGrpcOnly,
     .meaning = "another health name to ask: NOT_SERVING under it asks for repair; unset = only "
                "silence and death do"},
    {.key = "liveness.fall",
     .kind = LabelKind::kInteger,
     .fallback = "5",
     .fallback_words = "5, or health.fall if that is more",
     .minimum = 1,
     .maximum = 1000,
     .protocols = kAnyCheck,
     .meaning = "refused, reset or unanswered checks in a row, or NOT_SERVING of liveness.service, "
                "that ask "
                "for repair"},

    {.key = "repair",
     .kind = LabelKind::kChoice,
     .fallback = "restart",
     .choices = "restart,evict,observe",
     .is_vital = true,
     .meaning = "what becomes of a failed replica; evict = stopped after a drain, and left so; "
                "observe = only told about"},
    {.key = "repair.min-available",
     .kind = LabelKind::kCountOrPercent,
     .fallback = "50%",
     .maximum = 10'000,
     .meaning = "never go below this many available replicas by our own act: a count, or a "
                "percentage rounded down"},
    {.key = "repair.max-restarts",
     .kind = LabelKind::kInteger,
     .fallback = "3",
     .minimum = 1,
     .maximum = 1000,
     .meaning = "restarts within the window, then give up"},
    {.key = "repair.window",
     .kind = LabelKind::kDuration,
     .fallback = "10m",
     .minimum = kSecond,
     .maximum = 24 * kHour,
     .meaning = "the window of repair.max-restarts"},
    {.key = "repair.backoff",
     .kind = LabelKind::kDuration,
     .fallback = "10s",
     .minimum = 100 * kMillisecond,
     .maximum = 24 * kHour,
     .meaning = "wait between restarts of one replica, doubling"},
    {.key = "repair.backoff-max",
     .kind = LabelKind::kDuration,
     .fallback = "5m",
     .fallback_words = "5m, or repair.backoff if that is more",
     .minimum = 100 * kMillisecond,
     .maximum = 24 * kHour,
     .meaning = "longest such wait; forgiven after 10m healthy"},
    {.key = "repair.cascade",
     .kind = LabelKind::kBoolean,
     .fallback = "false",
     .meaning = "after a restart of it, restart what lives in its network namespace or has "
                "`restart: true` in its depends_on, once it is ready; each within its own budget"},

    {.key = "drain.timeout",
     .kind = LabelKind::kDuration,
     .fallback = "10s",
     .minimum = 0,
     .maximum = kHour,
     .meaning = "most time that callers get to take the new list and to finish their calls"},
    {.key = "stop.timeout",
     .kind = LabelKind::kDuration,
     .fallback_words = "the container's own",
     .minimum = 0,
     .maximum = kHour,
     .meaning = "grace from TERM to KILL"},
    {.key = "lb.policy",
     .kind = LabelKind::kChoice,
     .fallback = "round_robin",
     .choices = "round_robin,ring_hash,least_request",
     .meaning = "how callers choose; ring_hash by lb.hash-header; least_request for Envoy, "
                "round_robin for others"},
    {.key = "lb.hash-header",
     .kind = LabelKind::kHeader,
     .fallback_words = "unset",
     .meaning = "the request header that ring_hash hashes"},
    {.key = "timeout",
     .kind = LabelKind::kDuration,
     .fallback_words = "unset",
     .minimum = kMillisecond,
     .maximum = 24 * kHour,
     .meaning = "longest time of one call; callers get it with the route"},
    {.key = "retry.attempts",
     .kind = LabelKind::kInteger,
     .fallback_words = "unset: no retries",
     .minimum = 1,
     .maximum = 5,
     .meaning = "tries of one call, the first included; 1 = no retries"},
    {.key = "retry.on",
     .kind = LabelKind::kStatusList,
     .fallback = "unavailable",
     .choices = "cancelled,deadline-exceeded,internal,resource-exhausted,unavailable",
     .meaning = "statuses that are tried again, comma-separated"},
    {.key = "retry.backoff",
     .kind = LabelKind::kDurationRange,
     .fallback = "50ms..1s",
     .minimum = kMillisecond,
     .maximum = 600 * kSecond,
     .meaning = "first and longest wait between tries"},

    {.key = "gateway",
     .kind = LabelKind::kBoolean,
     .fallback = "false",
     .meaning = "answer gRPC, gRPC-web and HTTP with JSON for it on gateway.listen, by its own "
                ".proto, which server reflection tells"},
    {.key = "gateway.prefix",
     .kind = LabelKind::kPathPrefix,
     .fallback_words = "none",
     .host_default = false,
     .meaning = "what its paths on the gateway begin with"},
    {.key = "gateway.hosts",
     .kind = LabelKind::kHostList,
     .fallback_words = "IP addresses and localhost",
     .host_default = false,
     .meaning = "the names in Host under which the gateway answers for it, comma-separated, and "
                "no others"},
    {.key = "gateway.descriptor",
     .kind = LabelKind::kName,
     .fallback_words = "none: server reflection",
     .host_default = false,
     .meaning = "which of gateway.descriptors in the host's config describes it, where its server "
                "has no reflection"},
    {.key = "gateway.auth",
     .kind = LabelKind::kChoice,
     .fallback = "forward",
     .choices = "forward,none",
     .meaning = "whether callers' Authorization and Cookie reach the service"},
    {.key = "gateway.cors",
     .kind = LabelKind::kOriginList,
     .fallback_words = "none",
     .host_default = false,
     .meaning =
         "the origins of web pages whose scripts may ask it through the gateway and read its "
         "answers, comma-separated; * is all of them, without cookies"},
});

constexpr auto kKeys = [] {
  std::array<std::string_view, kTable.size()> keys{};
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = kTable[i].key;
  return keys;
}();

}  // namespace

std::string_view LabelKindName(LabelKind kind) {
  switch (kind) {
    case LabelKind::kBoolean:
      return "boolean";
    case LabelKind::kAutoOrBoolean:
      return "auto or boolean";
    case LabelKind::kInteger:
      return "integer";
    case LabelKind::kDuration:
      return "duration";
    case LabelKind::kChoice:
      return "choice";
    case LabelKind::kPort:
      return "port";
    case LabelKind::kName:
      return "name";
    case LabelKind::kNetwork:
      return "network";
    case LabelKind::kText:
      return "text";
    case LabelKind::kPath:
      return "path";
    case LabelKind::kPathPrefix:
      return "path prefix";
    case LabelKind::kHeader:
      return "header";
    case LabelKind::kCountOrPercent:
      return "count or percentage";
    case LabelKind::kHostList:
      return "list of host names";
    case LabelKind::kOriginList:
      return "list of origins";
    case LabelKind::kTlsSource:
      return "off, auto or files:NAME";
    case LabelKind::kStatusList:
      return "list of statuses";
    case LabelKind::kDurationRange:
      return "duration range";
  }
  return "unknown";
}

std::span<const LabelRule> LabelTable() {
  return kTable;
}

std::span<const std::string_view> LabelKeys() {
  return kKeys;
}

const LabelRule* FindLabel(std::string_view key) {
  for (const LabelRule& rule : kTable) {
    if (rule.key == key) return &rule;
  }
  return nullptr;
}

}  // namespace fairlead::spec
