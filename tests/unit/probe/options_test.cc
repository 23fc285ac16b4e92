#include "probe/options.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace fairlead::probe {
namespace {

using namespace std::chrono_literals;

std::variant<Options, EarlyEnd> Parse(std::vector<std::string> arguments) {
  return ParseOptions(arguments, "the version");
}

// The first line of what ends the process early; "" when nothing does.
std::string WhyNot(std::vector<std::string> arguments,
                   ExitCode code = ExitCode::kInvalidArguments) {
  const auto parsed = Parse(std::move(arguments));
  const auto* end = std::get_if<EarlyEnd>(&parsed);
  if (end == nullptr) return "";
  EXPECT_EQ(end->exit_code, code);
  EXPECT_TRUE(end->out.empty());
  return end->err.substr(0, end->err.find('\n'));
}

TEST(ProbeOptions, DefaultsAreThoseOfTheToolInWhosePlaceItStands) {
  const auto parsed = Parse({"-addr=a:1"});
  const auto& options = std::get<Options>(parsed);
  EXPECT_EQ(options.address, "a:1");
  EXPECT_EQ(options.service, "");
  EXPECT_EQ(options.user_agent, "grpc_health_probe");
  EXPECT_EQ(options.connect_timeout, 1s);
  EXPECT_EQ(options.rpc_timeout, 1s);
  EXPECT_FALSE(options.is_tls || options.is_unverified || options.is_gzip || options.is_watch);
}

TEST(ProbeOptions, HeadersMayRepeatAndAreTrimmedInFrontAlone) {
  const auto parsed =
      Parse({"-addr=a:1", "-rpc-header", "Key:  a b ", "-rpc-header=x:", "-rpc-header=Key: c: d"});
  using Headers = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(std::get<Options>(parsed).headers,
            (Headers{{"key", "a b "}, {"x", ""}, {"key", "c: d"}}));
  EXPECT_EQ(WhyNot({"-addr=a:1", "-rpc-header=none"}),
            "invalid value \"none\" for flag -rpc-header: invalid RPC header, expected "
            "'key: value', got \"none\"");
}

TEST(ProbeOptions, ContradictionsAreToldInOneOrder) {
  const std::pair<std::vector<std::string>, std::string_view> kCases[] = {
      {{}, "error: -addr not specified"},
      {{"-tls", "-alts"}, "error: -addr not specified"},
      {{"-addr=a:1", "-connect-timeout=0"},
       "error: -connect-timeout must be greater than zero (specified: 0s)"},
      {{"-addr=a:1", "-rpc-timeout=-1s"},
       "error: -rpc-timeout must be greater than zero (specified: -1s)"},
      {{"-addr=a:1", "-rpc-timeout=1"}, "invalid value \"1\" for flag -rpc-timeout: parse error"},
      {{"-addr=a:1", "-alts", "-spiffe"}, "error: -alts and -spiffe are mutually incompatible"},
      {{"-addr=a:1", "-alts", "-tls"}, "error: cannot specify -tls with -alts"},
      {{"-addr=a:1", "-tls-no-verify"}, "error: specified -tls-no-verify without specifying -tls"},
      {{"-addr=a:1", "-tls-ca-cert=x"}, "error: specified -tls-ca-cert without specifying -tls"},
      {{"-addr=a:1", "-tls-client-cert=x"},
       "error: specified -tls-client-cert without specifying -tls"},
      {{"-addr=a:1", "-tls-server-name=x"},
       "error: specified -tls-server-name without specifying -tls"},
      {{"-addr=a:1", "-tls-client-key=x"},
       "error: specified -tls-client-key without specifying -tls-client-cert"},
      {{"-addr=a:1", "-tls", "-tls-client-cert=x"},
       "error: specified -tls-client-cert without specifying -tls-client-key"},
      {{"-addr=a:1", "-tls", "-tls-no-verify", "-tls-ca-cert=x"},
       "error: cannot specify -tls-ca-cert with -tls-no-verify (CA cert would not be used)"},
      {{"-addr=a:1", "-tls", "-tls-no-verify", "-tls-server-name=x"},
       "error: cannot specify -tls-server-name with -tls-no-verify (server name would not be "
       "used)"},
      {{"-addr=a:1", "-tls", "-spiffe"}, "-tls and -spiffe are mutually incompatible"},
      {{"-addr=a:1", "-tls", "-tls-no-verify"}, ""},
  };
  for (const auto& [arguments, why] : kCases) EXPECT_EQ(WhyNot(arguments), why);
}

TEST(ProbeOptions, AltsAndSpiffeAreRefusedWithWhatToDo) {
  EXPECT_NE(WhyNot({"-addr=a:1", "-alts"}).find("use -tls"), std::string::npos);
  EXPECT_NE(WhyNot({"-addr=a:1", "-spiffe"}, ExitCode::kSpiffeFailed).find("-tls-client-cert"),
            std::string::npos);
}

TEST(ProbeOptions, TheVersionNeedsNoAddressAndHelpIsNeverHealthy) {
  const auto version = Parse({"-version"});
  EXPECT_EQ(std::get<EarlyEnd>(version).exit_code, ExitCode::kServing);
  EXPECT_EQ(std::get<EarlyEnd>(version).out, "the version\n");
  const auto help = Parse({"-addr=a:1", "--help"});
  EXPECT_EQ(std::get<EarlyEnd>(help).exit_code, ExitCode::kInvalidArguments);
  EXPECT_TRUE(std::get<EarlyEnd>(help).err.empty());
  for (const char* flag : {"-addr ", "-rpc-header ", "-tls-server-name ", "-watch\n"})
    EXPECT_NE(std::get<EarlyEnd>(help).out.find(flag), std::string::npos) << flag;
}

TEST(ProbeOptions, VerboseTellsWhatWasUnderstood) {
  const auto parsed = Parse({"-addr=a:1", "-v", "-tls", "-rpc-header=b: 1", "-rpc-header=a: 2",
                             "-rpc-header=b: 3", "-connect-timeout=90s"});
  EXPECT_EQ(ParsedText(std::get<Options>(parsed)),
            "parsed options:\n> addr=a:1 conn_timeout=1m30s rpc_timeout=1s\n"
            "> headers: {map[a:[2] b:[1 3]]}\n> tls=true\n  > no-verify=false \n  > ca-cert=\n"
            "  > client-cert=\n  > client-key=\n  > server-name=\n> alts=false\n> spiffe=false\n");
}

}  // namespace
}  // namespace fairlead::probe
