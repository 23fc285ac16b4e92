#include "controller/event_reader.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "runtime/mutex.h"

namespace fairlead::controller {

namespace asio = boost::asio;

// Held by the owner and by each stream, so that neither outlives what it needs.
struct EventReader::Shared {
  // What the newest stream has told since it was last asked.
  struct Heard {
    EventDigest digest;
    bool is_open = false;
    std::optional<Error> ended;
  };

  Shared(asio::io_context& reader_loop, docker::Engine& asked, std::function<void()> wakes)
      : loop(reader_loop), engine(asked), wake(std::move(wakes)) {}

  asio::io_context& loop;
  docker::Engine& engine;
  const std::function<void()> wake;

  runtime::Mutex mutex;
  Heard heard FAIRLEAD_GUARDED_BY(mutex);
  std::uint64_t stream FAIRLEAD_GUARDED_BY(mutex) = 0;  // what others still say is of the past
  bool is_woken FAIRLEAD_GUARDED_BY(mutex) = false;

  // The reader's loop only.
  std::shared_ptr<asio::cancellation_signal> cancel;

  // Changes what is heard, for as long as `of_stream` is the newest, and wakes the owner.
  template <class Change>
  void Tell(std::uint64_t of_stream, Change change) {
    {
      runtime::MutexLock lock(mutex);
      if (of_stream != stream) return;
      if (!change(heard)) return;
      if (std::exchange(is_woken, true)) return;
    }
    wake();
  }

  static void Run(std::shared_ptr<Shared> self, std::uint64_t of_stream, std::int64_t since_ns) {
    self->Cancel();
    self->cancel = std::make_shared<asio::cancellation_signal>();
    auto on_open = [self, of_stream] {
      self->Tell(of_stream, [](Heard& heard) { return heard.is_open = true; });
    };
    auto on_event = [self, of_stream](docker::EngineEvent event) {
      self->Tell(of_stream, [&](Heard& heard) {
        heard.digest.Add(event);
        return !heard.digest.is_empty();
      });
    };
    auto on_end = [self, of_stream, cancel = self->cancel](std::exception_ptr, Result<> result) {
      Error why = result ? Error{Code::kUnavailable, "read engine events: stream ended"}
                         : std::move(result.error());
      self->Tell(of_stream, [&](Heard& heard) {
        heard.ended = std::move(why);
        return true;
      });
    };
    asio::co_spawn(self->loop,
                   self->engine.Events(since_ns, std::move(on_open), std::move(on_event)),
                   asio::bind_cancellation_slot(self->cancel->slot(), std::move(on_end)));
  }

  void Cancel() {
    if (const auto last = std::exchange(cancel, nullptr))
      last->emit(asio::cancellation_type::terminal);
  }
};

EventReader::EventReader(asio::io_context& loop, docker::Engine& engine, std::function<void()> wake)
    : shared_(std::make_shared<Shared>(loop, engine, std::move(wake))) {}

EventReader::~EventReader() {
  Close();
}

void EventReader::Open(const StreamBegin& begin) {
  std::uint64_t stream = 0;
  {
    runtime::MutexLock lock(shared_->mutex);
    stream = ++shared_->stream;
    shared_->heard.is_open = false;
    shared_->heard.ended.reset();
    shared_->heard.digest.BeginStream(begin);
  }
  asio::post(shared_->loop, [shared = shared_, stream, since_ns = begin.since_ns] {
    Shared::Run(shared, stream, since_ns);
  });
}

void EventReader::Close() {
  {
    runtime::MutexLock lock(shared_->mutex);
    ++shared_->stream;
    shared_->heard.is_open = false;
  }
  asio::post(shared_->loop, [shared = shared_] { shared->Cancel(); });
}

void EventReader::StreamIsWhole() {
  runtime::MutexLock lock(shared_->mutex);
  shared_->heard.digest.StreamIsWhole();
}

EventReader::News EventReader::Take() {
  runtime::MutexLock lock(shared_->mutex);
  shared_->is_woken = false;
  return {.is_open = shared_->heard.is_open,
          .ended = shared_->heard.ended,
          .digest = shared_->heard.digest.Take()};
}

}  // namespace fairlead::controller
