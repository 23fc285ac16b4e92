#include "tlsfront/front.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <future>
#include <list>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "h2/listener.h"
#include "h2/tls_server_transport.h"
#include "runtime/clock.h"
#include "runtime/loop_thread.h"
#include "tlsfront/pump.h"

namespace fairlead::tlsfront {
namespace {

constexpr Duration kSweepInterval = std::chrono::milliseconds(250);

std::string TextOf(const h2::Peer& peer) {
  const bool is_six = peer.address.find(':') != std::string::npos;
  return (is_six ? "[" + peer.address + "]" : peer.address) + ":" + std::to_string(peer.port);
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace

class Front::Impl {
 public:
  Impl(Options options, Told told)
      : options_(std::move(options)), told_(std::move(told)), thread_(options_.thread) {
    thread_.RunAndWait([this] {
      profile_ = std::make_unique<h2::ServerProfile>(thread_.loop(), options_.profile,
                                                     options_.protocol, told_.profile);
      timer_ = std::make_unique<runtime::LoopTimer>(thread_.loop(), [this] { Sweep(); });
      Wait();
    });
  }

  ~Impl() {
    thread_.RunAndWait([this] {
      listeners_.clear();
      timer_.reset();
      open_.clear();
      profile_.reset();
    });
    thread_.Stop();
  }

  Result<std::uint16_t> Listen(const std::string& ip, std::uint16_t port) {
    Result<std::uint16_t> listening = 0;
    thread_.RunAndWait([&] {
      auto made = h2::Listener::Tcp(
          thread_.loop(), ip, port, h2::ArrivalLimits(),
          {.accepted = [this](int descriptor, const h2::Peer& peer) { Accept(descriptor, peer); },
           .refused =
               [this](const h2::Peer& peer) {
                 told_.refused({.address = TextOf(peer)},
                               "it has been cut off too often, and more of its connections wait "
                               "than may");
               }});
      if (!made) {
        listening = std::unexpected(made.error());
        return;
      }
      listening = (*made)->port();
      listeners_.push_back(*std::move(made));
    });
    return listening;
  }

  void StopListening() {
    thread_.RunAndWait([this] {
      listeners_.clear();
      for (Place place = open_.begin(); place != open_.end();) {
        const Place next = std::next(place);
        if (!place->pump->has_agreed()) Forget(place);
        place = next;
      }
    });
  }

  void Finish(Duration patience) {
    StopListening();
    std::promise<void> ended;
    thread_.RunAndWait([&] {
      on_empty_ = [&ended] { ended.set_value(); };
      TellIfEmpty();
    });
    ended.get_future().wait_for(patience);
    thread_.RunAndWait([this] {
      on_empty_ = {};
      open_.clear();
      of_address_.clear();
    });
  }

 private:
  struct Open {
    std::string address;  // without the port: whose place it takes
    std::unique_ptr<Pump> pump;
    bool is_over = false;
  };
  using Place = std::list<Open>::iterator;

  // There are ways to be rid of those who are late, so that they shut nobody out.
  bool MakeRoom() {
    if (open_.size() < options_.limits.connections_max) return true;
    const auto late = std::ranges::find_if(
        open_, [](const Open& one) { return one.is_over || !one.pump->has_agreed(); });
    if (late == open_.end()) return false;
    Forget(late);
    return true;
  }

  void Accept(int descriptor, const h2::Peer& from) {
    const Peer peer{.address = TextOf(from)};
    const bool is_one_of_many =
        of_address_[from.address] >= options_.limits.connections_per_peer_max;
    if (is_one_of_many || !MakeRoom()) {
      close(descriptor);
      if (of_address_[from.address] == 0) of_address_.erase(from.address);
      told_.refused(peer, is_one_of_many ? "it has as many connections as one address may have"
                                         : "there are as many connections as may be");
      return;
    }
    ++of_address_[from.address];
    open_.push_back({.address = from.address, .pump = nullptr});
    const Place place = std::prev(open_.end());
    place->pump = std::make_unique<Pump>(
        thread_.loop(), profile_->transports()(descriptor), scratch_,
        Pump::Told{.agreed = [this, peer, place] { return HandOver(peer, *place); },
                   .refused =
                       [this, from, peer, place](const std::string& why) {
                         if (place->pump->is_peers_fault()) Offended(from);
                         told_.refused(peer, why);
                       },
                   .over =
                       [this, place] {
                         place->is_over = true;
                         thread_.Post([this] { Reap(); });
                       }});
    place->pump->Start();
  }

  void Offended(const h2::Peer& peer) {
    for (const auto& listener : listeners_) listener->Offended(peer);
  }

  std::unique_ptr<h2::Transport> HandOver(Peer peer, const Open& one) {
    std::array<int, 2> ends = {-1, -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0)
      return nullptr;
    peer.names = Lines(one.pump->peer_names());
    told_.taken(ends[1], peer);
    return h2::MakePlainTransport(ends[0]);
  }

  void Forget(Place place) {
    const auto of_address = of_address_.find(place->address);
    if (--of_address->second == 0) of_address_.erase(of_address);
    open_.erase(place);
  }

  void Wait() { timer_->Set(runtime::Now() + kSweepInterval); }

  void Sweep() {
    const TimePoint now = runtime::Now();
    for (const auto& listener : listeners_) listener->Resume();
    for (const Open& one : open_)
      one.pump->Sweep(now, options_.limits.handshake_timeout, options_.limits.write_stall_timeout);
    Wait();
  }

  // After the turn in which they ended.
  void Reap() {
    for (Place place = open_.begin(); place != open_.end();) {
      const Place next = std::next(place);
      if (place->is_over) Forget(place);
      place = next;
    }
    TellIfEmpty();
  }

  void TellIfEmpty() {
    if (open_.empty() && on_empty_) std::exchange(on_empty_, {})();
  }

  const Options options_;
  const Told told_;
  std::vector<std::byte> scratch_ = std::vector<std::byte>(16 * 1024);
  std::list<Open> open_;
  std::map<std::string, std::size_t> of_address_;
  std::vector<std::unique_ptr<h2::Listener>> listeners_;
  std::unique_ptr<runtime::LoopTimer> timer_;
  std::unique_ptr<h2::ServerProfile> profile_;
  std::function<void()> on_empty_;
  runtime::LoopThread thread_;  // last: everything above is its own
};

Front::Front(Options options, Told told)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(told))) {}
Front::~Front() = default;

Result<std::uint16_t> Front::Listen(const std::string& ip, std::uint16_t port) {
  return impl_->Listen(ip, port);
}

void Front::StopListening() {
  impl_->StopListening();
}

void Front::Finish(Duration patience) {
  impl_->Finish(patience);
}

}  // namespace fairlead::tlsfront
