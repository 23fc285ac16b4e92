#include "probe/run.h"

#include <openssl/ssl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "h2/tls_transport.h"
#include "health/grpc_health.h"
#include "probe/connection.h"
#include "probe/ending.h"
#include "probe/go_duration.h"
#include "probe/name_lookup.h"
#include "probe/target.h"
#include "runtime/clock.h"
#include "tls/live_profile.h"

namespace fairlead::probe {
namespace {

using namespace std::chrono_literals;

// Between two attempts to connect, doubled up to the second: what just begins to listen is found
// soon, and a name server that knows no such name is not asked for ever. grpc-go waits a second at
// first, and so tries once within its default limit.
constexpr Duration kConnectPause = 100ms;
constexpr Duration kConnectPauseMost = 1s;
// Between two Checks that stand for a Watch that the server does not know.
constexpr Duration kCheckPause = 250ms;

// Where Linux distributions keep the authorities that they believe, Debian first; Go looks there,
// too. OpenSSL knows the place of the one it was built for alone.
constexpr std::array<const char*, 6> kAuthorities = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
};

std::string SystemAuthorities(const Surroundings& surroundings) {
  if (!surroundings.cert_file.empty()) return surroundings.cert_file;
  if (!surroundings.cert_dir.empty()) return {};  // OpenSSL's own variable
  const auto found =
      std::ranges::find_if(kAuthorities, [](const char* path) { return access(path, R_OK) == 0; });
  return found == kAuthorities.end() ? std::string() : *found;
}

void Pause(Duration length, TimePoint deadline) {
  const Duration left = std::min(length, deadline - runtime::Now());
  if (left > Duration(0))
    poll(nullptr, 0, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count()));
}

// Codes that blame the question: asking again changes nothing.
bool IsFinal(const h2::CallResult& result) {
  if (result.end != h2::CallEnd::kAnswered) return false;
  return result.status == Code::kInvalidArgument || result.status == Code::kPermissionDenied ||
         result.status == Code::kUnauthenticated || result.status == Code::kUnimplemented;
}

class Probe {
 public:
  Probe(const Options& options, Target target, const Surroundings& surroundings)
      : options_(options), target_(std::move(target)), surroundings_(surroundings) {}

  Ending Run() {
    if (options_.is_tls) {
      if (const Result<> made = MakeTransports(); !made) return NoCredentials(made.error());
    }
    Tell("establishing connection");
    const TimePoint begun = runtime::Now();
    const Result<> connected = Connect(begun + options_.connect_timeout);
    if (!connected) {
      return connected.error().code == Code::kInvalidArgument
                 ? NoSuchAddress(options_, connected.error())
                 : NotConnected(options_, connected.error());
    }
    const TimePoint asked = runtime::Now();
    Tell("connection established (took " + FormatGoDuration(asked - begun) + ")");
    Ending ending = options_.is_watch ? Wait(asked + options_.rpc_timeout)
                                      : Check(asked + options_.rpc_timeout);
    if (ending.exit_code == ExitCode::kServing) {
      Tell("time elapsed: connect=" + FormatGoDuration(asked - begun) +
           " rpc=" + FormatGoDuration(runtime::Now() - asked));
    }
    return ending;
  }

 private:
  void Tell(const std::string& text) const {
    if (options_.is_verbose) surroundings_.err(text + "\n");
  }

  Result<> MakeTransports() {
    // A container's openssl.cnf is for its own programs, and may name modules that a static program
    // cannot load.
    OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
    std::string authorities = options_.ca_cert;
    if (authorities.empty() && !options_.is_unverified)
      authorities = SystemAuthorities(surroundings_);
    const auto profile =
        std::make_shared<tls::LiveProfile>(tls::Profile{.name = "(the -tls flags)",
                                                        .cert = options_.client_cert,
                                                        .key = options_.client_key,
                                                        .ca = std::move(authorities),
                                                        .server_name = options_.server_name},
                                           tls::LiveProfile::Tell());
    const Result<tls::LiveProfile::InUse> in_use = profile->Current();
    if (!in_use) return std::unexpected(in_use.error());
    // lib/tls has no switch for this on purpose: the daemon must not have one. Files that change
    // while we ask make a new context, which verifies.
    if (options_.is_unverified) SSL_CTX_set_verify(in_use->context.get(), SSL_VERIFY_NONE, nullptr);
    make_transport_ = h2::MakeTlsTransports(profile, {.host = target_.tls_host});
    return {};
  }

  // kInvalidArgument: no use in trying again.
  Result<std::vector<h2::SocketAddress>> Addresses(TimePoint deadline) const {
    if (target_.kind == Target::Kind::kHost)
      return LookUpName(target_.name, target_.port, deadline);
    const bool is_path = target_.kind == Target::Kind::kUnixPath;
    Result<h2::SocketAddress> address = is_path ? h2::SocketAddress::Unix(target_.name)
                                                : h2::SocketAddress::UnixAbstract(target_.name);
    if (!address) return std::unexpected(address.error());
    return std::vector{*std::move(address)};
  }

  // Fails with what was in the way at last, when `deadline` has come.
  Result<> Connect(TimePoint deadline) {
    connection_.reset();
    for (Duration pause = kConnectPause;; pause = std::min(2 * pause, kConnectPauseMost)) {
      const auto addresses = Addresses(deadline);
      Error last = addresses ? Error{} : addresses.error();
      if (last.code == Code::kInvalidArgument) return std::unexpected(last);
      const std::size_t count = addresses ? addresses->size() : 0;
      for (std::size_t i = 0; i < count; ++i) {
        // An address that does not answer leaves the others their share of the time.
        const TimePoint now = runtime::Now();
        const Duration share = (deadline - now) / static_cast<int>(count - i);
        auto opened = Connection::Open((*addresses)[i], make_transport_, now + share);
        if (opened) {
          connection_ = *std::move(opened);
          return {};
        }
        last = opened.error();
      }
      Tell("trying again: " + last.message);
      Pause(pause, deadline);
      if (runtime::Now() >= deadline) return std::unexpected(last);
    }
  }

  Ending Check(TimePoint deadline) {
    const Result<Request> request =
        MakeRequest(options_, target_, health::kHealthCheckPath, options_.rpc_timeout);
    if (!request) return NoCall(request.error());
    return OfCall(options_, connection_->Ask(*request, deadline));
  }

  // -watch. Whatever fails and is not for good is tried again until `deadline`.
  Ending Wait(TimePoint deadline) {
    std::optional<Ending> last;
    bool has_watch = true;
    for (;;) {
      if (connection_ == nullptr || !connection_->CanCall()) {
        if (const Result<> connected = Connect(deadline); !connected) {
          return WaitedInVain(options_,
                              Ending{ExitCode::kConnectionFailure,
                                     "last failure: " + connected.error().message + "\n"});
        }
      }
      // A second more than there is: time must be up for us before the server says so in place of a
      // status.
      const Duration left = std::max<Duration>(deadline - runtime::Now(), 0s) + 1s;
      const std::string_view path = has_watch ? health::kHealthWatchPath : health::kHealthCheckPath;
      const Result<Request> request = MakeRequest(options_, target_, path, left);
      if (!request) return NoCall(request.error());
      const h2::CallResult result =
          has_watch ? WatchOnce(*request, last, deadline) : connection_->Ask(*request, deadline);
      if (has_watch && last && last->exit_code == ExitCode::kServing) return *last;
      if (has_watch && result.status == Code::kUnimplemented) {
        has_watch = false;
        continue;
      }
      const Ending ending = OfCall(options_, result);
      if (IsFinal(result) || ending.exit_code == ExitCode::kServing) return ending;
      if (runtime::Now() >= deadline) return WaitedInVain(options_, last);
      last = ending;
      Pause(has_watch ? kConnectPause : kCheckPause, deadline);
    }
  }

  h2::CallResult WatchOnce(const Request& request, std::optional<Ending>& last,
                           TimePoint deadline) {
    return connection_->Watch(
        request,
        [&](std::span<const std::byte> message) {
          last = OfMessage(message);
          if (last->exit_code != ExitCode::kServing)
            Tell("waiting: " + last->text.substr(0, last->text.size() - 1));
          return last->exit_code == ExitCode::kServing;
        },
        deadline);
  }

  const Options& options_;
  const Target target_;
  const Surroundings& surroundings_;
  h2::TransportMaker make_transport_;  // empty: plaintext
  std::unique_ptr<Connection> connection_;
};

}  // namespace

ExitCode Run(std::span<const std::string> arguments, const Surroundings& surroundings) {
  const std::variant<Options, EarlyEnd> parsed = ParseOptions(arguments, surroundings.version);
  if (const auto* early = std::get_if<EarlyEnd>(&parsed)) {
    surroundings.out(early->out);
    surroundings.err(early->err);
    return early->exit_code;
  }
  const Options& options = std::get<Options>(parsed);
  if (options.is_verbose) surroundings.err(ParsedText(options));
  Result<Target> target = ParseTarget(options.address, options.server_name);
  const Ending ending = target ? Probe(options, *std::move(target), surroundings).Run()
                               : NoSuchAddress(options, target.error());
  surroundings.err(ending.text);
  return ending.exit_code;
}

}  // namespace fairlead::probe
