// The probes in our own network namespace, against peers that say what a test lets them say.
// Entering another one is netdiag's, and tested there and by tests/e2e.
#include "diagnose/namespace_probes.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "support/certificates.h"

namespace fairlead::diagnose {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

Result<int> SocketHere(int family, int type) {
  return socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

Places Here() {
  return {.client_socket = SocketHere,
          .client_pid = getpid(),
          .server_pid = getpid(),
          .check_pids = [] { return Result<>(); }};
}

// Listens on a port of loopback. Serves one connection after the other with `serve`, on a thread of
// its own.
class Peer {
 public:
  explicit Peer(std::function<void(int)> serve) {
    listening_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(listening_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listening_, 8), 0);
    getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    if (!serve) return;
    thread_ = std::thread([this, serve = std::move(serve)] {
      for (int accepted = -1; (accepted = accept(listening_, nullptr, nullptr)) >= 0;) {
        serve(accepted);
        close(accepted);
      }
    });
  }
  ~Peer() {
    shutdown(listening_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    close(listening_);
  }
  std::uint16_t port() const { return port_; }

 private:
  int listening_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

// Reads something, says `text`, and waits for the end.
std::function<void(int)> Says(std::string text) {
  return [text = std::move(text)](int connection) {
    char buffer[256];
    if (read(connection, buffer, sizeof(buffer)) <= 0) return;
    if (send(connection, text.data(), text.size(), MSG_NOSIGNAL) < 0) return;
    while (!text.empty() && read(connection, buffer, sizeof(buffer)) > 0) {
    }
  };
}

Greeting GreetingOf(const std::string& said) {
  const Peer peer(Says(said));
  NamespaceProbes probes(Here());
  const Result<GreetingAnswer> answer = probes.Greet("127.0.0.1", peer.port());
  EXPECT_TRUE(answer) << answer.error().Text();
  return answer ? answer->greeting : Greeting::kOther;
}

TEST(NamespaceProbes, TellWhatAnswersAPlaintextPreface) {
  EXPECT_EQ(GreetingOf(std::string("\0\0\0\x04\0\0\0\0\0", 9)), Greeting::kHttp2);
  EXPECT_EQ(GreetingOf("HTTP/1.1 400 Bad Request\r\n\r\n"), Greeting::kHttp1);
  EXPECT_EQ(GreetingOf(std::string("\x15\x03\x01\0\x02\x02\x46", 7) + "and more"), Greeting::kTls);
  EXPECT_EQ(GreetingOf("SSH-2.0-OpenSSH_9.2\r\n"), Greeting::kOther);
  EXPECT_EQ(GreetingOf(""), Greeting::kClosed);
}

TEST(NamespaceProbes, AServerThatSaysNothingIsSilentWithinTheirPatience) {
  const Peer peer({});  // the kernel takes the connection, nobody else does
  NamespaceProbes probes(Here());
  EXPECT_EQ(probes.Connect("127.0.0.1", peer.port()).value(), std::nullopt);
  EXPECT_EQ(probes.Greet("127.0.0.1", peer.port())->greeting, Greeting::kSilent);
  EXPECT_EQ(probes.AskHealth({.ip = "127.0.0.1", .port = peer.port()}, "")->word,
            HealthWord::kSilent);
}

TEST(NamespaceProbes, SeeWhoListensAndWhoIsConnected) {
  const Peer peer({});
  NamespaceProbes probes(Here());
  const auto listeners = probes.Listeners();
  ASSERT_TRUE(listeners);
  EXPECT_THAT(*listeners, Contains(Listener{.ip = "127.0.0.1", .port = peer.port()}));
  EXPECT_EQ(probes.Connections({"127.0.0.1"}, peer.port()).value(), std::vector<int>{0});
  const int caller = SocketHere(AF_INET, SOCK_STREAM).value();
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(peer.port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connect(caller, reinterpret_cast<sockaddr*>(&address), sizeof(address));
  EXPECT_EQ(probes.Connections({"127.0.0.1", "127.0.0.2"}, peer.port()).value(),
            (std::vector<int>{1, 0}));
  close(caller);
}

TEST(NamespaceProbes, ARefusedConnectionIsTheAnswer) {
  std::uint16_t port = 0;
  {
    const Peer gone({});
    port = gone.port();
  }
  NamespaceProbes probes(Here());
  EXPECT_EQ(probes.Connect("127.0.0.1", port).value(), "Connection refused");
}

TEST(NamespaceProbes, WithoutAWayIntoTheNamespaceNobodyIsBlamed) {
  Places places = Here();
  places.client_socket = [](int, int) -> Result<int> {
    return Fail(Code::kPermissionDenied, "needs SYS_ADMIN");
  };
  places.check_pids = [] { return Result<>(Fail(Code::kNotFound, "gone")); };
  NamespaceProbes probes(std::move(places));
  EXPECT_THAT(probes.Connect("127.0.0.1", 1).error().message, HasSubstr("SYS_ADMIN"));
  EXPECT_FALSE(probes.Greet("127.0.0.1", 1));
  EXPECT_FALSE(probes.Listeners());
  EXPECT_FALSE(probes.Resolve("api"));
}

// Speaks TLS with a certificate as asked for, in versions from `oldest` to `newest`; `alpn` chosen
// if not empty.
TlsAnswer TlsOf(const test::CertificateRequest& request, const std::string& alpn,
                int oldest = TLS1_2_VERSION, int newest = TLS1_3_VERSION) {
  const test::KeyPair authority = test::MakeAuthority("corp");
  const test::KeyPair pair = test::Issue(authority, request);
  const Peer peer([&](int connection) {
    SSL_CTX* context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_security_level(context, 0);  // without which there is nothing below 1.2
    SSL_CTX_set_min_proto_version(context, oldest);
    SSL_CTX_set_max_proto_version(context, newest);
    BIO* cert = BIO_new_mem_buf(pair.cert.data(), static_cast<int>(pair.cert.size()));
    BIO* key = BIO_new_mem_buf(pair.key.data(), static_cast<int>(pair.key.size()));
    X509* certificate = PEM_read_bio_X509(cert, nullptr, nullptr, nullptr);
    EVP_PKEY* secret = PEM_read_bio_PrivateKey(key, nullptr, nullptr, nullptr);
    SSL_CTX_use_certificate(context, certificate);
    SSL_CTX_use_PrivateKey(context, secret);
    SSL_CTX_set_alpn_select_cb(
        context,
        [](SSL*, const unsigned char** out, unsigned char* size, const unsigned char*, unsigned,
           void* chosen) {
          const auto& word = *static_cast<const std::string*>(chosen);
          if (word.empty()) return SSL_TLSEXT_ERR_NOACK;
          *out = reinterpret_cast<const unsigned char*>(word.data());
          *size = static_cast<unsigned char>(word.size());
          return SSL_TLSEXT_ERR_OK;
        },
        const_cast<std::string*>(&alpn));
    SSL* ssl = SSL_new(context);
    SSL_set_fd(ssl, connection);
    SSL_accept(ssl);
    char byte = 0;
    SSL_read(ssl, &byte, 1);
    SSL_free(ssl);
    SSL_CTX_free(context);
    X509_free(certificate);
    EVP_PKEY_free(secret);
    BIO_free(cert);
    BIO_free(key);
  });
  NamespaceProbes probes(Here());
  return probes.Handshake("127.0.0.1", peer.port(), "api.shop").value_or(TlsAnswer{});
}

TEST(NamespaceProbes, ShowWhatATlsServerPresentsAndJudgeIt) {
  signal(SIGPIPE, SIG_IGN);
  const TlsAnswer good = TlsOf({.name = "api", .alternative = "DNS:api.shop"}, "h2");
  EXPECT_TRUE(good.is_tls && good.has_h2 && good.is_for_name);
  EXPECT_FALSE(good.is_expired || good.is_early || good.is_silent || good.is_self_signed);
  EXPECT_THAT(good.detail, HasSubstr("TLSv1.3, ALPN h2"));
  EXPECT_THAT(good.detail, HasSubstr("DNS:api.shop"));
  const TlsAnswer other = TlsOf({.name = "api", .alternative = "DNS:web.shop"}, "");
  EXPECT_TRUE(other.is_tls);
  EXPECT_FALSE(other.is_for_name || other.has_h2);
  EXPECT_TRUE(
      TlsOf({.alternative = "DNS:api.shop", .valid_from_hours = -3, .valid_to_hours = -1}, "h2")
          .is_expired);
  EXPECT_TRUE(
      TlsOf({.alternative = "DNS:api.shop", .valid_from_hours = 1, .valid_to_hours = 3}, "h2")
          .is_early);
}

TEST(NamespaceProbes, ShowWhichVersionsOfTlsAServerTakes) {
  signal(SIGPIPE, SIG_IGN);
  using Versions = std::vector<std::string>;
  const test::CertificateRequest request{.name = "api", .alternative = "DNS:api.shop"};
  EXPECT_EQ(TlsOf(request, "h2").versions, (Versions{"TLSv1.2", "TLSv1.3"}));
  EXPECT_EQ(TlsOf(request, "h2", TLS1_VERSION, TLS1_2_VERSION).versions,
            (Versions{"TLSv1", "TLSv1.1", "TLSv1.2"}));
  EXPECT_EQ(TlsOf(request, "h2", TLS1_1_VERSION, TLS1_1_VERSION).versions, Versions{"TLSv1.1"});
}

TEST(NamespaceProbes, WhoSpeaksNoTlsIsSeenToo) {
  signal(SIGPIPE, SIG_IGN);
  const Peer peer(Says("HTTP/1.1 400 Bad Request\r\n\r\n"));
  NamespaceProbes probes(Here());
  const auto answer = probes.Handshake("127.0.0.1", peer.port(), "api");
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->is_tls || answer->is_silent);
  EXPECT_TRUE(answer->versions.empty());
  EXPECT_THAT(answer->detail, HasSubstr("no TLS"));
}

}  // namespace
}  // namespace fairlead::diagnose
