#include "probe/options.h"

#include <map>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "probe/go_duration.h"
#include "probe/go_flags.h"

namespace fairlead::probe {
namespace {

// Everything that the flags set, also what no Options has room for.
struct Flags {
  Options options;
  bool is_alts = false;
  bool is_spiffe = false;
  bool is_version = false;
};

auto ToText(std::string& text) {
  return [&text](std::string_view value) -> Result<> {
    text = value;
    return {};
  };
}

auto ToBool(bool& flag) {
  return [&flag](std::string_view value) -> Result<> {
    flag = value == "true";
    return {};
  };
}

auto ToDuration(Duration& duration) {
  return [&duration](std::string_view value) -> Result<> {
    const std::optional<Duration> parsed = ParseGoDuration(value);
    if (!parsed) return Fail(Code::kInvalidArgument, "parse error");
    duration = *parsed;
    return {};
  };
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

Result<> TakeHeader(Options& options, std::string_view value) {
  const std::size_t colon = value.find(':');
  if (colon == value.npos) {
    return Fail(Code::kInvalidArgument,
                "invalid RPC header, expected 'key: value', got " + Quoted(value));
  }
  std::string_view rest = value.substr(colon + 1);
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t\n\v\f\r"), rest.size()));
  options.headers.emplace_back(LowerCase(value.substr(0, colon)), rest);
  return {};
}

std::vector<GoFlag> Table(Flags& flags) {
  Options& o = flags.options;
  const auto header = [&o](std::string_view value) { return TakeHeader(o, value); };
  return {
      {"addr", "string", "(required) host:port, unix:PATH, unix-abstract:NAME or dns:///host:port",
       ToText(o.address)},
      {"alts", "", "refused: ALTS works within Google's cloud alone", ToBool(flags.is_alts)},
      {"connect-timeout", "duration", "limit of connecting, tried again until then (default 1s)",
       ToDuration(o.connect_timeout)},
      {"gzip", "", "compress the request, and take a compressed answer", ToBool(o.is_gzip)},
      {"rpc-header", "name: value", "a header of the request; may be given again", header},
      {"rpc-timeout", "duration", "limit of the health RPC once connected (default 1s)",
       ToDuration(o.rpc_timeout)},
      {"service", "string", "health service name to ask for (default: empty, the whole server)",
       ToText(o.service)},
      {"spiffe", "", "refused: mount the certificates and name them with -tls-client-cert",
       ToBool(flags.is_spiffe)},
      {"tls", "", "use TLS (default: plaintext)", ToBool(o.is_tls)},
      {"tls-ca-cert", "file", "(with -tls) authorities to believe (default: the system's)",
       ToText(o.ca_cert)},
      {"tls-client-cert", "file", "(with -tls) certificate to show; needs -tls-client-key",
       ToText(o.client_cert)},
      {"tls-client-key", "file", "(with -tls) its key", ToText(o.client_key)},
      {"tls-no-verify", "", "(with -tls) believe any certificate (INSECURE)",
       ToBool(o.is_unverified)},
      {"tls-server-name", "name", "(with -tls) whom the certificate is for (default: the host)",
       ToText(o.server_name)},
      {"user-agent", "string", "first word of the user-agent header (default grpc_health_probe)",
       ToText(o.user_agent)},
      {"v", "", "tell each step", ToBool(o.is_verbose)},
      {"version", "", "print the version and exit", ToBool(flags.is_version)},
      {"watch", "", "wait: ask by Watch until it says SERVING or -rpc-timeout has passed",
       ToBool(o.is_watch)},
  };
}

std::string UsageText(std::span<const GoFlag> table) {
  std::string text =
      "Usage of fairlead-probe: asks a server by grpc.health.v1 how it is.\n"
      "Takes the flags of grpc_health_probe, and -watch.\n";
  for (const GoFlag& flag : table) {
    text += "  -" + std::string(flag.name);
    if (!flag.value_name.empty()) text += " " + std::string(flag.value_name);
    text += "\n    \t" + std::string(flag.help) + "\n";
  }
  return text +
         "Exit: 0 SERVING; 1 wrong arguments, and after this text; 2 not connected; 3 the RPC "
         "failed;\n"
         "4 an answer that is not SERVING; 20 -spiffe.\n";
}

std::string FlagError(const std::string& what) {
  return "error: " + what + "\n";
}

// What is wrong with flags that are each well formed, in grpc_health_probe's order.
std::optional<std::string> Contradiction(const Flags& flags) {
  const Options& o = flags.options;
  if (o.address.empty()) return "-addr not specified";
  const auto not_positive = [](std::string_view name, Duration value) {
    return "-" + std::string(name) +
           " must be greater than zero (specified: " + FormatGoDuration(value) + ")";
  };
  if (o.connect_timeout <= Duration(0)) return not_positive("connect-timeout", o.connect_timeout);
  if (o.rpc_timeout <= Duration(0)) return not_positive("rpc-timeout", o.rpc_timeout);
  if (flags.is_alts && flags.is_spiffe) return "-alts and -spiffe are mutually incompatible";
  if (o.is_tls && flags.is_alts) return "cannot specify -tls with -alts";
  const auto alone = [](std::string_view one, std::string_view other) {
    return "specified -" + std::string(one) + " without specifying -" + std::string(other);
  };
  if (!o.is_tls) {
    if (o.is_unverified) return alone("tls-no-verify", "tls");
    if (!o.ca_cert.empty()) return alone("tls-ca-cert", "tls");
    if (!o.client_cert.empty()) return alone("tls-client-cert", "tls");
    if (!o.server_name.empty()) return alone("tls-server-name", "tls");
  }
  if (!o.client_cert.empty() && o.client_key.empty())
    return alone("tls-client-cert", "tls-client-key");
  if (o.client_cert.empty() && !o.client_key.empty())
    return alone("tls-client-key", "tls-client-cert");
  if (o.is_unverified && !o.ca_cert.empty())
    return "cannot specify -tls-ca-cert with -tls-no-verify (CA cert would not be used)";
  if (o.is_unverified && !o.server_name.empty())
    return "cannot specify -tls-server-name with -tls-no-verify (server name would not be used)";
  return {};
}

}  // namespace

std::variant<Options, EarlyEnd> ParseOptions(std::span<const std::string> arguments,
                                             const std::string& version) {
  Flags flags;
  const std::vector<GoFlag> table = Table(flags);
  if (const Result<> parsed = ParseGoFlags(table, arguments); !parsed) {
    // Who asks for help in a HEALTHCHECK by mistake must not be taken for healthy: no 0, as there.
    if (parsed.error().code == Code::kCancelled)
      return EarlyEnd{.out = UsageText(table), .err = {}};
    return EarlyEnd{.out = {}, .err = parsed.error().message + "\n" + UsageText(table)};
  }
  if (flags.is_version)
    return EarlyEnd{.exit_code = ExitCode::kServing, .out = version + "\n", .err = {}};
  if (const auto wrong = Contradiction(flags)) return EarlyEnd{.out = {}, .err = FlagError(*wrong)};
  if (flags.is_alts) {
    return EarlyEnd{.out = {},
                    .err = FlagError("-alts is not supported: it works within Google's cloud alone;"
                                     " use -tls, or plaintext")};
  }
  if (flags.is_spiffe && flags.options.is_tls)
    return EarlyEnd{.out = {}, .err = "-tls and -spiffe are mutually incompatible\n"};
  if (flags.is_spiffe) {
    return EarlyEnd{
        .exit_code = ExitCode::kSpiffeFailed,
        .out = {},
        .err = FlagError("-spiffe is not supported: have the agent write certificates to"
                         " files and name them with -tls -tls-ca-cert -tls-client-cert"
                         " -tls-client-key")};
  }
  return std::move(flags.options);
}

std::string ParsedText(const Options& options) {
  const auto word = [](bool value) { return std::string(value ? "true" : "false"); };
  std::string text = "parsed options:\n> addr=" + options.address +
                     " conn_timeout=" + FormatGoDuration(options.connect_timeout) +
                     " rpc_timeout=" + FormatGoDuration(options.rpc_timeout) + "\n";
  if (!options.headers.empty()) {
    std::map<std::string, std::string> values;
    for (const auto& [name, value] : options.headers) {
      std::string& all = values[name];
      all += (all.empty() ? "" : " ") + value;
    }
    std::string shown;
    for (const auto& [name, all] : values)
      shown += (shown.empty() ? "" : " ") + name + ":[" + all + "]";
    text += "> headers: {map[" + shown + "]}\n";
  }
  text += "> tls=" + word(options.is_tls) + "\n";
  if (options.is_tls) {
    text += "  > no-verify=" + word(options.is_unverified) + " \n";
    text += "  > ca-cert=" + options.ca_cert + "\n";
    text += "  > client-cert=" + options.client_cert + "\n";
    text += "  > client-key=" + options.client_key + "\n";
    text += "  > server-name=" + options.server_name + "\n";
  }
  return text + "> alts=false\n> spiffe=false\n";
}

}  // namespace fairlead::probe
