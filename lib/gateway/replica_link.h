// ReplicaLink: one connection to a replica, and the calls on it.
//
// How: what calls have to say is gathered in the turn of the loop and leaves in one write at its
// end; the session (h2/call_session.h) says what may be sent and what has come. In plaintext or
// over TLS: below it all is bytes (replica_socket.h).
// Threads: the gateway's loop. Lifetime: of a shared pointer; whoever lets the last one go ends the
// connection. From within it nobody is told after the last stream has left.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/replica_socket.h"
#include "gateway/service_now.h"
#include "h2/call_session.h"

namespace fairlead::gateway {

// A call's stream, on one connection at a time: from Open() until OnEnd, OnFailure or Leave().
class ReplicaStream : public h2::CallStream {
 public:
  virtual ~ReplicaStream() = default;
  virtual void OnHead(const h2::FieldList& fields) = 0;
  virtual void OnData(std::span<const std::byte> data) = 0;
  // As h2::CallEvents say.
  virtual void OnEnd(const h2::FieldList* trailers) = 0;
  virtual void OnFailure(const h2::StreamFailure& failure) = 0;
  // What is still to be sent, and whether that is the last of it.
  virtual std::string_view Unsent() const = 0;
  virtual bool ends_there() const = 0;
  // So much of it was taken. Calls nothing of the link.
  virtual void OnSent(std::size_t bytes) = 0;

 private:
  friend class ReplicaLink;
  bool is_sending_ = false;  // waits to send
};

class ReplicaLink final : public std::enable_shared_from_this<ReplicaLink>, private h2::CallEvents {
 public:
  struct Told {
    std::function<void()> ready;  // the replica speaks HTTP/2: calls may be opened
    // A call has ended, where there was no room for another one.
    std::function<void()> room;
    // No call may be opened any more; those that are open may go on.
    std::function<void()> over;
  };
  ReplicaLink(boost::asio::io_context& context, Told told);

  // Begins to connect. Once. `make`: as the address asks for; empty: plaintext.
  void Connect(const Address& address, const h2::TransportMaker& make);
  bool is_tls() const { return is_tls_; }
  // Why it came to nothing, where that was TLS; else empty. Set before `over`.
  const std::string& tls_trouble() const { return socket_.trouble(); }
  bool CanOpen() const { return session_.CanOpen(); }
  // How long a header list the replica takes.
  std::size_t header_list_bytes_max() const { return session_.header_list_bytes_max(); }

  // REQUIRES: CanOpen().
  void Open(ReplicaStream& stream, std::string_view block);
  // There is something to send, or an end of it.
  void SendMore(ReplicaStream& stream);
  // As h2::CallSession says.
  void Release(ReplicaStream& stream, std::size_t taken_bytes, std::size_t ahead_bytes);
  // Gives the call up.
  void Leave(ReplicaStream& stream);

 private:
  void OnHead(h2::CallStream& stream, const h2::FieldList& fields) override;
  void OnData(h2::CallStream& stream, std::span<const std::byte> data) override;
  void OnEnd(h2::CallStream& stream, const h2::FieldList* trailers) override;
  void OnFailure(h2::CallStream& stream, const h2::StreamFailure& failure) override;

  void OnConnected();
  void WaitToRead();
  void OnReadable();
  void OnRead(std::span<const std::byte> data);
  // What has to be told once the session has been fed.
  void Tell();
  void End(const std::string& why);
  void ScheduleFlush();
  void Flush();
  // Puts into the output what the windows grant of what streams have to send.
  void Gather();
  bool Gather(ReplicaStream& stream);
  void Write();
  void Drop(ReplicaStream& stream);

  boost::asio::io_context& context_;
  ReplicaSocket socket_;
  const Told told_;
  bool is_tls_ = false;
  h2::CallSession session_;
  std::vector<ReplicaStream*> sending_;
  std::vector<std::byte> read_buffer_;
  bool is_flush_due_ = false;
  bool is_waiting_to_write_ = false;
  bool is_write_broken_ = false;
  bool was_full_ = false;
  bool is_ready_told_ = false;
  bool is_over_told_ = false;
};

}  // namespace fairlead::gateway
