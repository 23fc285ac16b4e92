#include "diagnose/namespace_probes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "base/text.h"
#include "diagnose/dns_message.h"
#include "diagnose/proc_net.h"
#include "diagnose/reflection_message.h"
#include "diagnose/tls_look.h"
#include "h2/answer.h"
#include "h2/grpc_message.h"
#include "h2/tls_transport.h"
#include "health/grpc_health.h"
#include "probe/connection.h"
#include "runtime/clock.h"
#include "runtime/file_descriptor.h"
#include "tls/client_context.h"
#include "tls/live_profile.h"

namespace fairlead::diagnose {
namespace {

constexpr std::size_t kTableBytesMax = 8 * 1024 * 1024;
constexpr std::size_t kDnsBytesMax = 4096;
constexpr std::uint16_t kDnsPort = 53;
constexpr std::uint16_t kDnsId = 0x6661;  // on a connected socket: only the server can answer
constexpr std::size_t kFrameHeadBytes = 9;
constexpr int kSettingsFrame = 4;

Error Failure(const std::string& doing) {
  return {errno == EACCES || errno == EPERM ? Code::kPermissionDenied : Code::kUnavailable,
          doing + ": " + std::generic_category().message(errno)};
}

Result<std::string> ReadDescriptor(int descriptor, std::size_t bytes_max, const std::string& what) {
  std::string text;
  std::array<char, 16 * 1024> buffer{};
  for (;;) {
    const ssize_t got = read(descriptor, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(Failure("read " + what));
    if (got == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > bytes_max) return Fail(Code::kResourceExhausted, what + " is too large");
  }
}

// Both tables of a process's network namespace; one without IPv6 has only the first.
Result<std::vector<TcpSocket>> SocketsOf(std::int64_t pid) {
  std::vector<TcpSocket> sockets;
  for (const char* table : {"tcp", "tcp6"}) {
    const std::string path = fmt::format("/proc/{}/net/{}", pid, table);
    const runtime::FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid()) {
      if (errno == ENOENT && std::string_view(table) == "tcp6") continue;
      return std::unexpected(Failure("open " + path));
    }
    const Result<std::string> text = ReadDescriptor(file.get(), kTableBytesMax, path);
    if (!text) return std::unexpected(text.error());
    for (TcpSocket& socket : ReadTcpTable(*text)) sockets.push_back(std::move(socket));
  }
  return sockets;
}

std::string Shown(std::span<const std::byte> bytes) {
  return Printable(
      {reinterpret_cast<const char*>(bytes.data()), std::min<std::size_t>(bytes.size(), 60)});
}

GreetingAnswer Judge(std::span<const std::byte> first) {
  if (first.size() >= kFrameHeadBytes && static_cast<int>(first[3]) == kSettingsFrame &&
      first[0] == std::byte{0}) {
    return {.greeting = Greeting::kHttp2, .detail = "SETTINGS came"};
  }
  GreetingAnswer answer{.greeting = Greeting::kOther, .detail = "it says: " + Shown(first)};
  if (const auto other = h2::SpeaksOtherwise(first)) {
    const bool is_tls = other->end == h2::CallEnd::kTls;
    answer.greeting = is_tls ? Greeting::kTls : Greeting::kHttp1;
    if (is_tls) answer.detail = "it answers with a TLS alert";
  }
  return answer;
}

HealthAnswer AnswerOf(const h2::CallResult& result) {
  HealthAnswer answer{.word = HealthWord::kFailed, .detail = result.detail};
  if (result.end == h2::CallEnd::kTimeout) answer.word = HealthWord::kSilent;
  if (result.end != h2::CallEnd::kAnswered) return answer;
  if (answer.detail.empty()) answer.detail = CodeName(result.status);
  if (result.status == Code::kNotFound) answer.word = HealthWord::kUnknownName;
  if (result.status == Code::kUnimplemented) answer.word = HealthWord::kUnimplemented;
  if (result.status != Code::kOk) return answer;
  const auto status = health::DecodeHealthStatus(result.message);
  if (!status) return answer;
  answer.word = *status == 1   ? HealthWord::kServing
                : *status == 3 ? HealthWord::kUnknownName
                               : HealthWord::kNotServing;
  answer.detail = *status == 1 ? "SERVING" : *status == 3 ? "SERVICE_UNKNOWN" : "NOT_SERVING";
  return answer;
}

// One unary call, or one question of a stream that is then over.
probe::Request RequestOf(const Way& way, std::string_view path,
                         const std::vector<std::byte>& message) {
  probe::Request request;
  const bool is_v6 = way.ip.find(':') != std::string::npos;
  const std::string host = way.is_tls ? way.name : is_v6 ? "[" + way.ip + "]" : way.ip;
  request.fields = {{":method", "POST"},
                    {":scheme", way.is_tls ? "https" : "http"},
                    {":path", std::string(path)},
                    {":authority", fmt::format("{}:{}", host, way.port)},
                    {"content-type", "application/grpc"},
                    {"te", "trailers"},
                    {"user-agent", "fairlead-diagnose"}};
  const auto prefix = h2::MessagePrefix(message.size());
  request.body.assign(prefix.begin(), prefix.end());
  request.body.insert(request.body.end(), message.begin(), message.end());
  return request;
}

ReflectionAnswer ReflectionOf(const h2::CallResult& result) {
  ReflectionAnswer answer{.detail = result.detail};
  if (result.end != h2::CallEnd::kAnswered) return answer;
  if (answer.detail.empty()) answer.detail = CodeName(result.status);
  answer.is_unimplemented = result.status == Code::kUnimplemented;
  if (result.status != Code::kOk) return answer;
  auto names = DecodeServiceNames(result.message);
  answer.is_told = names.has_value();
  if (names) answer.services = *std::move(names);
  return answer;
}

}  // namespace

Result<WaitingSocket> NamespaceProbes::Connected(const std::string& ip, std::uint16_t port,
                                                 int type, TimePoint deadline) {
  const Result<h2::SocketAddress> address = h2::SocketAddress::Ip(ip, port);
  if (!address) return std::unexpected(address.error());
  const Result<int> made = places_.client_socket(address->family(), type);
  if (!made) return Fail(Code::kInternal, made.error().message);  // not the peer's doing
  WaitingSocket socket(*made);
  if (const Result<> connected = socket.Connect(*address, deadline); !connected)
    return std::unexpected(connected.error());
  return socket;
}

Result<std::vector<Listener>> NamespaceProbes::Listeners() {
  if (const Result<> same = places_.check_pids(); !same) return std::unexpected(same.error());
  const Result<std::vector<TcpSocket>> sockets = SocketsOf(places_.server_pid);
  if (!sockets) return std::unexpected(sockets.error());
  std::vector<Listener> listeners;
  for (const TcpSocket& socket : *sockets) {
    if (socket.state == kTcpListening)
      listeners.push_back({.ip = socket.local_ip, .port = socket.local_port});
  }
  return listeners;
}

Result<NameAnswer> NamespaceProbes::Resolve(const std::string& name) {
  if (const Result<> same = places_.check_pids(); !same) return std::unexpected(same.error());
  const Result<std::string> conf = places_.client_resolv_conf();
  if (!conf) return std::unexpected(conf.error());
  const std::vector<std::string> servers = NameServers(*conf);
  if (servers.empty()) return Fail(Code::kNotFound, "its resolv.conf names no server");
  NameAnswer answer{.server = servers.front(), .ips = {}};
  for (const bool is_ipv6 : {false, true}) {
    Result<std::vector<std::string>> ips = Ask(answer.server, name, is_ipv6);
    if (!ips) return std::unexpected(ips.error());
    answer.ips = std::move(*ips);
    if (!answer.ips.empty()) break;
  }
  return answer;
}

Result<std::vector<std::string>> NamespaceProbes::Ask(const std::string& server,
                                                      const std::string& name, bool is_ipv6) {
  const AddressFamily family = is_ipv6 ? AddressFamily::kIpv6 : AddressFamily::kIpv4;
  const auto question = DnsQuestion(name, family, kDnsId);
  if (!question) return Fail(Code::kInvalidArgument, Printable(name, 80) + " can be no name");
  const TimePoint deadline = runtime::Now() + kPatience;
  Result<WaitingSocket> socket = Connected(server, kDnsPort, SOCK_DGRAM, deadline);
  if (!socket) return std::unexpected(socket.error());
  if (const Result<> sent = socket->Send(*question, deadline); !sent)
    return std::unexpected(sent.error());
  const auto bytes = socket->Receive(kDnsBytesMax, deadline);
  if (!bytes)
    return Fail(bytes.error().code, "name server " + server + ": " + bytes.error().message);
  auto ips = DnsAnswer(*bytes, family, kDnsId);
  if (!ips) return Fail(Code::kUnavailable, "name server " + server + " gives no answer of use");
  return std::move(*ips);
}

Result<std::optional<std::string>> NamespaceProbes::Connect(const std::string& ip,
                                                            std::uint16_t port) {
  const Result<WaitingSocket> socket = Connected(ip, port, SOCK_STREAM, runtime::Now() + kPatience);
  if (socket) return std::nullopt;
  if (socket.error().code == Code::kInternal) return std::unexpected(socket.error());
  return socket.error().message;
}

Result<GreetingAnswer> NamespaceProbes::Greet(const std::string& ip, std::uint16_t port) {
  constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  const TimePoint deadline = runtime::Now() + kPatience;
  Result<WaitingSocket> socket = Connected(ip, port, SOCK_STREAM, deadline);
  if (!socket) return std::unexpected(socket.error());
  std::vector<std::byte> hello;
  for (const char c : kPreface) hello.push_back(static_cast<std::byte>(c));
  for (const int byte : {0, 0, 0, kSettingsFrame, 0, 0, 0, 0, 0})
    hello.push_back(static_cast<std::byte>(byte));
  const Result<> sent = socket->Send(hello, deadline);
  std::vector<std::byte> first;
  while (sent && first.size() < kFrameHeadBytes) {
    const auto more = socket->Receive(1024, deadline);
    if (!more && more.error().code == Code::kDeadlineExceeded && first.empty()) {
      return GreetingAnswer{
          .greeting = Greeting::kSilent,
          .detail = "connected, and no byte came in " + FormatDuration(kPatience)};
    }
    if (!more || more->empty()) break;
    first.insert(first.end(), more->begin(), more->end());
  }
  if (first.empty())
    return GreetingAnswer{.greeting = Greeting::kClosed, .detail = "it ended the connection"};
  return Judge(first);
}

Result<TlsAnswer> NamespaceProbes::Handshake(const std::string& ip, std::uint16_t port,
                                             const std::string& name) {
  const TimePoint deadline = runtime::Now() + kPatience;
  TlsAnswer answer;
  {
    Result<WaitingSocket> socket = Connected(ip, port, SOCK_STREAM, deadline);
    if (!socket) return std::unexpected(socket.error());
    answer = LookAtTls(*socket, name, deadline);
  }  // closed: some servers speak with one at a time
  if (!answer.is_silent) {
    answer.versions = TlsVersionsTaken([&] { return Connected(ip, port, SOCK_STREAM, deadline); },
                                       name, deadline);
  }
  return answer;
}

h2::TransportMaker NamespaceProbes::TransportsOf(const Way& way) const {
  if (!way.is_tls) return {};
  const auto profile =
      std::make_shared<tls::LiveProfile>(places_.tls.value_or(tls::Profile{.name = "(none)"}),
                                         tls::LiveProfile::Tell(), tls::MakeKeptClientContext);
  const Result<tls::LiveProfile::InUse> in_use = profile->Current();
  if (!in_use) return h2::MakeTroubledTransports(in_use.error().message);
  // Who has no profile cannot know whom to believe, and asks nothing that is secret.
  if (!places_.tls) SSL_CTX_set_verify(in_use->context.get(), SSL_VERIFY_NONE, nullptr);
  return h2::MakeTlsTransports(profile, {.host = way.name});
}

Result<std::unique_ptr<probe::Connection>> NamespaceProbes::Open(const Way& way,
                                                                 TimePoint deadline) const {
  const Result<h2::SocketAddress> address = h2::SocketAddress::Ip(way.ip, way.port);
  if (!address) return std::unexpected(address.error());
  const h2::SocketMaker make = [this](int family) {
    const Result<int> made = places_.client_socket(family, SOCK_STREAM);
    return made ? h2::Connecting{.descriptor = *made}
                : h2::Connecting{.error = EPERM, .why = made.error().message};
  };
  return probe::Connection::Open(*address, TransportsOf(way), deadline, make);
}

Result<HealthAnswer> NamespaceProbes::AskHealth(const Way& way, const std::string& service) {
  const TimePoint deadline = runtime::Now() + kPatience;
  const auto connection = Open(way, deadline);
  if (!connection) {
    const Error& error = connection.error();
    const bool is_silent = error.code == Code::kDeadlineExceeded;
    const bool is_refused = way.is_tls && error.code == Code::kUnauthenticated;
    return HealthAnswer{.word = is_silent    ? HealthWord::kSilent
                                : is_refused ? HealthWord::kNoTls
                                             : HealthWord::kFailed,
                        .detail = error.message};
  }
  return AnswerOf(
      (*connection)
          ->Ask(RequestOf(way, health::kHealthCheckPath, health::EncodeHealthRequest(service)),
                deadline));
}

Result<ReflectionAnswer> NamespaceProbes::AskReflection(const Way& way) {
  ReflectionAnswer answer;
  for (const std::string_view path : kReflectionPaths) {
    const TimePoint deadline = runtime::Now() + kPatience;
    const auto connection = Open(way, deadline);
    if (!connection) return ReflectionAnswer{.detail = connection.error().message};
    answer = ReflectionOf((*connection)->Ask(RequestOf(way, path, EncodeListServices()), deadline));
    if (!answer.is_unimplemented) break;
  }
  return answer;
}

Result<std::vector<std::string>> NamespaceProbes::LogTail() {
  if (!places_.log_tail) return Fail(Code::kUnimplemented, "nobody reads logs here");
  return places_.log_tail();
}

Result<std::vector<int>> NamespaceProbes::Connections(const std::vector<std::string>& ips,
                                                      std::uint16_t port) {
  if (const Result<> same = places_.check_pids(); !same) return std::unexpected(same.error());
  const Result<std::vector<TcpSocket>> sockets = SocketsOf(places_.client_pid);
  if (!sockets) return std::unexpected(sockets.error());
  std::vector<int> counts;
  for (const std::string& ip : ips) {
    counts.push_back(static_cast<int>(std::ranges::count_if(*sockets, [&](const TcpSocket& one) {
      return one.state == kTcpEstablished && one.remote_port == port && one.remote_ip == ip;
    })));
  }
  return counts;
}

}  // namespace fairlead::diagnose
