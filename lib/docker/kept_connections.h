// KeptConnections: connections to an engine that have answered a question and may answer another.
//
// Why: a start asks about every container of the host, and to connect and close costs both sides a
// fifth of such a question. What is kept is a copy of the past: the engine may have ended, or
// another one may listen at its socket. An engine that shuts down closes its socket first and still
// answers on what is open, and then what it stops looks like a person's doing. So they are kept
// through the rush of questions that follows a greeting of the engine, and no longer: the first one
// that is idle ends it, until the next greeting, which drops them all. Whoever takes one asks again
// on a new one if it was dead.
// Threads: the context's loop alone; the destructor any, once that loop has stopped.
// Invariants: never more than `most`, and none that has something to read: its next answer would
// not be the answer to the next question. The context owns them, so they may be left behind in it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/time.h"
#include "docker/connection.h"

namespace fairlead::docker {

class KeptConnections {
 public:
  // One that nobody has asked for `idle_max` is closed, and none is kept after that.
  KeptConnections(asio::io_context& context, std::size_t most, Duration idle_max);
  ~KeptConnections();
  KeptConnections(const KeptConnections&) = delete;
  KeptConnections& operator=(const KeptConnections&) = delete;

  // The one that was asked last; null when there is none whose other side still holds it.
  std::unique_ptr<Connection> Take();

  // Grows with each Drop(). Ask for it before you take or open a connection.
  std::uint64_t age() const { return age_; }
  // Keeps a connection whose last answer was read to its end, unless there was a Drop() since
  // `age`, or the rush is over.
  void Put(std::unique_ptr<Connection> connection, std::uint64_t age);

  // The engine is greeted: closes all that wait here, and those that are out when they come back.
  void Drop();

  std::size_t idle() const;

 private:
  struct Idle;

  asio::io_context& context_;
  const std::size_t most_;
  const Duration idle_max_;
  std::uint64_t age_ = 0;
  std::shared_ptr<bool> is_over_ = std::make_shared<bool>(false);  // the rush since the last Drop()
  // Held by its timer's handler, and gone with it. None: nothing was kept lately.
  std::weak_ptr<Idle> idle_;
};

}  // namespace fairlead::docker
