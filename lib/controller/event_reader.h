// EventReader: reads the engine's event stream and never waits for anybody.
//
// Why: an engine gives a reader that falls behind 1,024 events of room, and then holds up every
// call on the host while it waits for it. So reading has a thread of its own: it parses, folds each
// event into a digest, and wakes whoever inspects; parsing a long list or an inspect elsewhere
// cannot stop it.
// Threads: made, opened, closed and taken from on the owner's loop; the stream itself and `wake`
// run on the reader's. Both loops may be the same one.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "base/result.h"
#include "controller/event_digest.h"
#include "docker/engine.h"

namespace fairlead::controller {

class EventReader {
 public:
  // `wake` is called when there is something to take that was not there before, and not again until
  // it was taken. It must only post. `engine` outlives both loops.
  EventReader(boost::asio::io_context& loop, docker::Engine& engine, std::function<void()> wake);
  // Ends the stream; nothing is called any more once the reader's loop has turned.
  ~EventReader();
  EventReader(const EventReader&) = delete;
  EventReader& operator=(const EventReader&) = delete;

  // Asks for a new stream, in place of the one before.
  void Open(const StreamBegin& begin);
  void Close();
  // The engine behind the stream has shown its whole picture.
  void StreamIsWhole();

  struct News {
    bool is_open = false;        // the engine has accepted the stream that was asked for last
    std::optional<Error> ended;  // why that stream ended
    Digest digest;
  };
  News Take();

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace fairlead::controller
