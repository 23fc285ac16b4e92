// TlsStream: a Transport over OpenSSL 3; what the two sides of a connection differ in is theirs.
//
// Why a BIO of our own: OpenSSL's socket BIO raises SIGPIPE, does not say what the system call
// said, and asks the kernel again after a short read; here a short read ends the turn as on a plain
// socket, for the loops are edge-triggered. Buffers are given back while a connection is idle.
// Why records are filled: a push comes in small pieces, and a record of its own for each would cost
// 22 bytes and a system call.
// Limits: the bytes of a second that are read, whatever they are; OpenSSL's own on records and
// handshake messages. Threads: one, the loop of the connection.
#pragma once

#include <openssl/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "h2/tls_socket.h"
#include "h2/transport.h"

namespace fairlead::h2 {

class TlsStream : public Transport {
 public:
  struct Free {
    void operator()(SSL* connection) const;
  };
  using Connection = std::unique_ptr<SSL, Free>;

  // Says goodbye where there is somebody to say it to.
  ~TlsStream() override;

  IoOutcome Establish() final;
  IoOutcome Read(std::span<std::byte> buffer) final;
  bool has_unread() const final;
  IoOutcome Write(std::span<const iovec> pieces) final;
  void EndWriting() final;
  std::string trouble() const final { return trouble_; }
  bool is_peers_fault() const final { return is_peers_fault_; }
  int descriptor() const final { return socket_.descriptor(); }

 protected:
  // Owns `descriptor`. `connection` knows already which side it is, and is not null; `needs` lives
  // for as long as it does.
  TlsStream(int descriptor, Connection connection, std::uint32_t bytes_per_second_max,
            std::shared_ptr<const void> needs);

  SSL* connection() const { return connection_.get(); }
  bool has_heard() const { return has_heard_; }  // any byte inside

 private:
  // What the other side is called: "the server".
  virtual std::string_view Who() const = 0;
  // The handshake is over: why the connection is of no use all the same.
  virtual std::optional<std::string> Objection() const = 0;
  // What OpenSSL's `error` means, for people.
  virtual std::string Words(unsigned long error) const = 0;
  // The peer has ended an established connection without a word: whether that means something.
  virtual std::optional<std::string> WordsForSilence() const { return std::nullopt; }
  // The same of one that ends it in the midst of the handshake.
  virtual std::optional<std::string> WordsForHangingUp() const { return std::nullopt; }

  void BeginTurn();
  void SayGoodbye();
  IoOutcome Judge(int result);
  IoOutcome JudgeWrite(int result) const;
  IoOutcome Fail(std::string why);

  TlsSocket socket_;
  const std::shared_ptr<const void> needs_;
  const Connection connection_;
  bool is_established_ = false;
  bool has_heard_ = false;
  std::optional<IoOutcome> end_;  // what every read says from now on
  std::string trouble_;
  bool is_peers_fault_ = false;
  // A record that OpenSSL has made and the socket has not taken: it must be offered again as it is.
  std::string unsent_;
  // Bytes at the front of the next offer that have left already, with such a record.
  std::size_t ahead_ = 0;
};

// Transports that only say `trouble`.
TransportMaker MakeTroubledTransports(std::string trouble);
std::unique_ptr<Transport> MakeTroubledTransport(int descriptor, std::string trouble);

}  // namespace fairlead::h2
