// Pump: one peer's bytes, between its TLS connection and the socket that the server has the other
// end of.
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

#include "base/time.h"
#include "h2/parting.h"
#include "h2/transport.h"
#include "runtime/event_loop.h"

namespace fairlead::tlsfront {

class Pump {
 public:
  struct Told {
    // The handshake is done: who serves gets the other end of a pair. Nothing: there is none.
    std::function<std::unique_ptr<h2::Transport>()> agreed;
    // TLS has something to say of the peer: why it comes to nothing.
    std::function<void(const std::string& why)> refused;
    // It will do nothing more.
    std::function<void()> over;
  };

  // `outer` is the peer's. `scratch` is the loop's, for one turn at a time.
  Pump(runtime::EventLoop& loop, std::unique_ptr<h2::Transport> outer, std::span<std::byte> scratch,
       Told told);
  ~Pump();

  void Start();
  bool has_agreed() const { return inner_ != nullptr; }
  std::string peer_names() const { return outer_->peer_names(); }
  // Of one that was refused: by what it did, or how slowly.
  bool is_peers_fault() const { return is_too_slow_ || outer_->is_peers_fault(); }
  // Ends it when the peer is too slow with its handshake, or takes nothing for too long.
  void Sweep(TimePoint now, Duration handshake_timeout, Duration stall_timeout);

 private:
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
  enum class Turn { kMoved, kStill, kBroken };

  void Run();
  bool Agree();
  void Part(const std::string& why);
  void HearParting();
  Turn Move(h2::Transport& from, h2::Transport& to, Way& way);
  void End(const std::string& why);

  runtime::EventLoop& loop_;
  const std::unique_ptr<h2::Transport> outer_;
  const std::span<std::byte> scratch_;
  const Told told_;
  const TimePoint begun_at_;
  std::unique_ptr<h2::Transport> inner_;  // ours of the pair, once agreed
  Way in_;                                // from the peer
  Way out_;                               // to the peer
  TimePoint taken_at_;                    // the peer last took something
  bool is_told_of_end_ = false;           // the server, of the peer's
  bool is_over_ = false;
  bool is_too_slow_ = false;
  std::optional<h2::Parting> parting_;  // it was refused, and may read why
  Wake wake_{*this};
  runtime::EventLoop::Watch outer_watch_;
  runtime::EventLoop::Watch inner_watch_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace fairlead::tlsfront
