// Pump: one peer's bytes, between its connection and the socket that the server has the other end
// of.
//
// Nothing is kept but what one side has said and the other does not take yet, one buffer each way;
// until it does, that side is not read.
// Threads: the front's loop. Its owner destroys it after `over` was told, never from inside.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/time.h"
#include "front/frame_guard.h"
#include "h2/parting.h"
#include "h2/transport.h"
#include "runtime/event_loop.h"

namespace fairlead::front {

// Why a peer came to nothing, or was cut off.
struct Refusal {
  std::string_view limit;  // which one it hit, a word for metrics; empty: TLS has the reason
  std::string why;         // for people, of "it"
  // By what it did, or how slowly.
  bool is_peers_fault = false;
};

class Pump {
 public:
  struct Told {
    // The handshake is done: who serves gets the other end of a pair. Nothing: there is none.
    std::function<std::unique_ptr<h2::Transport>()> agreed;
    // There is something to say of the peer. False: it need not hear why itself.
    std::function<bool(const Refusal& refusal)> refused;
    // The server waits for the rest of so many bytes more (or less) than before.
    std::function<void(std::ptrdiff_t bytes)> holds;
    // It will do nothing more.
    std::function<void()> over;
  };

  // `outer` is the peer's. `scratch` is the loop's, for one turn at a time. With `guard` it has to
  // speak HTTP/2.
  Pump(runtime::EventLoop& loop, std::unique_ptr<h2::Transport> outer, std::span<std::byte> scratch,
       const std::optional<GuardLimits>& guard, Told told);
  ~Pump();

  void Start();
  // The server has its connection, and neither side has said why it ends.
  bool is_relaying() const { return state_ == State::kRelaying; }
  std::string peer_names() const { return outer_->peer_names(); }
  // Since when the peer has had no call open; nothing: it has one, or nobody knows.
  std::optional<TimePoint> idle_since() const {
    return is_relaying() && guard_ ? guard_->idle_since() : std::nullopt;
  }
  std::size_t unread_calls() const { return is_relaying() && guard_ ? guard_->unread_calls() : 0; }
  // As `holds` told.
  std::size_t held_bytes() const { return held_bytes_; }
  // Ends it when the peer is too slow with its handshake, or takes nothing for too long.
  void Sweep(TimePoint now, Duration handshake_timeout, Duration stall_timeout);
  // Cuts the peer off, for what it did.
  void Cut(const Breach& breach);
  // Sends it away through no fault of its own. REQUIRES: idle_since().
  void Dismiss(const Breach& breach);

 private:
  enum class State { kHandshake, kGreeting, kRelaying, kParting, kOver };
  // Both ends ask for the same: to go on.
  class Wake final : public runtime::Watcher {
   public:
    explicit Wake(Pump& pump) : pump_(pump) {}
    void OnReady(std::uint32_t) override { pump_.Run(); }

   private:
    Pump& pump_;
  };
  struct Way {
    std::string kept = {};   // said and not taken
    bool has_ended = false;  // no more will be said
    TimePoint taken_at{};    // something was last taken, or there was nothing to take
  };
  enum class Turn { kMoved, kStill, kBroken, kBreach };

  void Run();
  // One step towards the server each. False: not yet, or never.
  bool Agree();
  bool Greet();
  bool HandOver();
  void Relay();
  Turn Move(h2::Transport& from, h2::Transport& to, Way& way);
  // What one side says passes the guard.
  bool Judge(const Way& way, std::span<const std::byte> said);
  void TellHeld(std::size_t bytes);
  Refusal Trouble() const;  // of TLS, if it has any
  // It is refused; `word` is what it hears of us last.
  void Part(const Refusal& refusal, std::span<const std::byte> word);
  void HearParting();
  void End(const Refusal& refusal);
  void End();

  runtime::EventLoop& loop_;
  const std::unique_ptr<h2::Transport> outer_;
  const std::span<std::byte> scratch_;
  const Told told_;
  const TimePoint begun_at_;
  std::unique_ptr<h2::Transport> inner_;  // ours of the pair, once agreed
  std::optional<FrameGuard> guard_;
  std::optional<Breach> breach_;
  std::size_t held_bytes_ = 0;
  Way in_;                       // from the peer
  Way out_;                      // to the peer
  bool is_told_of_end_ = false;  // the server, of the peer's
  State state_ = State::kHandshake;
  std::optional<h2::Parting> parting_;  // it was refused, and may read why
  Wake wake_{*this};
  runtime::EventLoop::Watch outer_watch_;
  runtime::EventLoop::Watch inner_watch_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace fairlead::front
