#include "front/front.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <future>
#include <list>
#include <map>
#include <sstream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "front/pump.h"
#include "h2/listener.h"
#include "h2/room.h"
#include "h2/tls_server_transport.h"
#include "runtime/clock.h"
#include "runtime/file_descriptor.h"
#include "runtime/loop_thread.h"
#include "runtime/peer_groups.h"

namespace fairlead::front {
namespace {

constexpr Duration kSweepInterval = std::chrono::milliseconds(250);
constexpr Breach kIdleGoes = {.limit = "connections",
                              .why = "it has no call, and its place is another's",
                              .error = h2::Http2Error::kNone};
constexpr Breach kHoldsMost = {.limit = "requests",
                               .why =
                                   "its unfinished requests are the largest, and all together "
                                   "are larger than they may be"};
constexpr Breach kLeavesMostUnread = {.limit = "unread",
                                      .why =
                                          "it leaves most answers unread, and all together "
                                          "are more than may be"};

std::string TextOf(const h2::Peer& peer) {
  const bool is_six = peer.address.find(':') != std::string::npos;
  return (is_six ? "[" + peer.address + "]" : peer.address) + ":" + std::to_string(peer.port);
}

// Whose places a connection takes: those of an address, or of a user of this host.
std::string AccountOf(const h2::Peer& peer) {
  return peer.is_unix ? "uid " + std::to_string(peer.uid) : peer.address;
}

Peer NamedPeer(const h2::Peer& from) {
  if (!from.is_unix) return {.address = TextOf(from)};
  return {.address = "pid " + std::to_string(from.pid) + " of uid " + std::to_string(from.uid),
          .process = Peer::Process{.pid = from.pid, .uid = from.uid}};
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
      if (options_.profile) {
        profile_ = std::make_unique<h2::ServerProfile>(thread_.loop(), *options_.profile,
                                                       options_.protocol, told_.profile);
        tcp_transports_ = profile_->transports();
      }
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
      auto made = h2::Listener::Tcp(thread_.loop(), ip, port, options_.limits.arrivals, Arriving());
      if (made) {
        listening = (*made)->port();
        listeners_.push_back({.listener = *std::move(made)});
      } else {
        listening = std::unexpected(made.error());
      }
    });
    return listening;
  }

  Result<> ListenUnix(const std::string& path, unsigned mode) {
    Result<> listening;
    thread_.RunAndWait([&] {
      auto made =
          h2::Listener::Unix(thread_.loop(), path, mode, options_.limits.arrivals, Arriving());
      if (made)
        listeners_.push_back({.listener = *std::move(made)});
      else
        listening = std::unexpected(made.error());
    });
    return listening;
  }

  void StopListening() {
    thread_.RunAndWait([this] {
      listeners_.clear();
      for (Place place = open_.begin(); place != open_.end();) {
        const Place next = std::next(place);
        if (IsLate(*place)) Forget(place);
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
      of_account_.clear();
    });
  }

 private:
  struct Open {
    h2::Peer from;
    std::string account;
    Peer peer;
    TimePoint begun_at;
    runtime::FileDescriptor waiting;  // for the verdict; then
    std::unique_ptr<Pump> pump = nullptr;
    bool is_over = false;
  };
  using Place = std::list<Open>::iterator;
  struct Listening {
    std::unique_ptr<h2::Listener> listener;
    std::uint64_t told_paced = 0;
  };

  h2::Listener::Told Arriving() {
    return {.accepted =
                [this](int descriptor, h2::Peer peer) {
                  Accept(runtime::FileDescriptor(descriptor), std::move(peer));
                },
            .refused =
                [this](const h2::Peer& peer) {
                  Refuse(
                      NamedPeer(peer), "waiting",
                      "it has been cut off too often, and more of its connections wait than may");
                }};
  }

  void Refuse(const Peer& peer, std::string_view limit, const std::string& why) {
    if (told_.news.refused) told_.news.refused(peer, why);
    if (!limit.empty()) LimitHit(limit, 1);
  }
  void LimitHit(std::string_view limit, std::uint64_t times) {
    if (told_.news.limit_hit && times > 0) told_.news.limit_hit(limit, times);
  }

  // It is not inside yet, or not any more: nobody waits for it.
  static bool IsLate(const Open& one) {
    return one.is_over || one.pump == nullptr || !one.pump->is_relaying();
  }

  std::size_t CountOf(const std::string& account) const {
    const auto counted = of_account_.find(account);
    return counted == of_account_.end() ? 0 : counted->second;
  }

  // It can be done without, for one that comes to `account`.
  bool MayGo(const Open& one, const std::string& account) const {
    const std::size_t others = CountOf(account) - (one.account == account ? 1 : 0);
    Duration idle = options_.limits.idle_enough;  // of one that is late
    if (!IsLate(one)) {
      const std::optional<TimePoint> since = one.pump->idle_since();
      if (!since) return false;
      idle = runtime::Now() - *since;
    }
    return h2::MakesRoom(CountOf(one.account), others, idle, options_.limits.idle_enough);
  }

  // Ends one of those that `among` says, if one may go for another of `account`.
  template <class Among>
  bool MakeRoom(Among among, const std::string& account) {
    Place goes = open_.end();
    std::tuple<std::size_t, bool> most;
    for (Place place = open_.begin(); place != open_.end(); ++place) {
      if (!among(*place) || !MayGo(*place, account)) continue;
      const std::tuple rank(CountOf(place->account), IsLate(*place));
      if (goes != open_.end() && rank <= most) continue;  // the oldest of the same rank
      goes = place;
      most = rank;
    }
    if (goes == open_.end()) return false;
    if (!IsLate(*goes)) goes->pump->Dismiss(kIdleGoes);
    Forget(goes);
    return true;
  }

  // There is a place, or there is one now. Nothing; or why not.
  std::optional<std::string> FindPlace(const h2::Peer& from, const std::string& account) {
    const auto is_of_it = [&](const Open& one) { return one.account == account; };
    if (CountOf(account) >= options_.limits.connections_per_peer_max &&
        !MakeRoom(is_of_it, account))
      return "it has as many connections as one peer may have";
    const auto is_alike = [&](const Open& one) { return one.from.is_unix == from.is_unix; };
    const auto alike = static_cast<std::size_t>(std::ranges::count_if(open_, is_alike));
    if (alike >= options_.limits.connections_max && !MakeRoom(is_alike, account))
      return "there are as many connections as may be";
    return std::nullopt;
  }

  void Accept(runtime::FileDescriptor socket, h2::Peer from) {
    Peer peer = NamedPeer(from);
    if (from.is_unix) peer.process->gids = runtime::PeerGroupsOf(socket.get());
    const std::string account = AccountOf(from);
    if (const std::optional<std::string> why = FindPlace(from, account)) {
      Offended(from);
      return Refuse(peer, "connections", *why);
    }
    ++of_account_[account];
    open_.push_back({.from = std::move(from),
                     .account = account,
                     .peer = std::move(peer),
                     .begun_at = runtime::Now(),
                     .waiting = std::move(socket)});
    const Place place = std::prev(open_.end());
    if (!place->from.is_unix || !told_.asks) return Begin(*place);
    place->from.connection = ++last_connection_;
    told_.asks(place->peer, [this, connection = last_connection_](Result<> admitted) {
      thread_.Post([this, connection, admitted = std::move(admitted)] {
        const auto asked = std::ranges::find(open_, connection,
                                             [](const Open& one) { return one.from.connection; });
        if (asked == open_.end() || asked->pump != nullptr) return;
        if (admitted) return Begin(*asked);
        Refuse(asked->peer, {}, admitted.error().message);
        Forget(asked);
      });
    });
  }

  void Begin(Open& one) {
    const int descriptor = one.waiting.Release();
    auto transport = one.from.is_unix || !tcp_transports_ ? h2::MakePlainTransport(descriptor)
                                                          : tcp_transports_(descriptor);
    one.pump = std::make_unique<Pump>(
        thread_.loop(), std::move(transport), scratch_, options_.guard,
        Pump::Told{.agreed = [this, &one] { return HandOver(one); },
                   .refused = [this, &one](const Refusal& why) { return Refused(one, why); },
                   .holds = [this](std::ptrdiff_t bytes) { Held(bytes); },
                   .over =
                       [this, &one] {
                         one.is_over = true;
                         thread_.Post([this] { Reap(); });
                       }});
    one.pump->Start();
  }

  // False: it is an offender.
  bool Refused(const Open& one, const Refusal& refusal) {
    const bool is_offender = refusal.is_peers_fault && Offended(one.from);
    Refuse(one.peer, refusal.limit, refusal.why);
    return !is_offender;
  }

  bool Offended(const h2::Peer& from) {
    bool is_offender = false;
    for (const Listening& each : listeners_)
      is_offender = each.listener->Offended(from) || is_offender;
    return is_offender;
  }

  std::unique_ptr<h2::Transport> HandOver(const Open& one) {
    std::array<int, 2> ends = {-1, -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0)
      return nullptr;
    Peer peer = one.peer;
    peer.names = Lines(one.pump->peer_names());
    told_.taken(ends[1], peer);
    return h2::MakePlainTransport(ends[0]);
  }

  void Held(std::ptrdiff_t bytes) {
    unfinished_bytes_ =
        static_cast<std::size_t>(static_cast<std::ptrdiff_t>(unfinished_bytes_) + bytes);
    if (unfinished_bytes_ <= options_.limits.unfinished_bytes_max) return;
    thread_.Post([this] { CutWhoHoldsMost(); });
  }

  void CutWhoHoldsMost() {
    if (unfinished_bytes_ > options_.limits.unfinished_bytes_max)
      CutMost(&Pump::held_bytes, kHoldsMost);
  }

  void CutWhoLeavesMostUnread() {
    std::size_t unread = 0;
    for (const Open& one : open_) unread += one.pump ? one.pump->unread_calls() : 0;
    while (unread > options_.limits.unread_calls_max)
      unread -= CutMost(&Pump::unread_calls, kLeavesMostUnread);
  }

  // Returns how much it had. REQUIRES: somebody has some.
  std::size_t CutMost(std::size_t (Pump::*measure)() const, const Breach& breach) {
    const auto its = [&](const Open& one) { return one.pump ? (*one.pump.*measure)() : 0; };
    const auto most = std::ranges::max_element(open_, {}, its);
    const std::size_t had = its(*most);
    most->pump->Cut(breach);
    return had;
  }

  void Forget(Place place) {
    const auto of_account = of_account_.find(place->account);
    if (--of_account->second == 0) of_account_.erase(of_account);
    open_.erase(place);
  }

  void Wait() { timer_->Set(runtime::Now() + kSweepInterval); }

  void Sweep() {
    const TimePoint now = runtime::Now();
    for (Listening& each : listeners_) {
      each.listener->Resume();
      const std::uint64_t paced = each.listener->paced();
      LimitHit("pace", paced - std::exchange(each.told_paced, paced));
    }
    for (Open& one : open_) {
      if (one.pump)
        one.pump->Sweep(now, options_.limits.handshake_timeout,
                        options_.limits.write_stall_timeout);
      else if (now - one.begun_at >= options_.limits.handshake_timeout)
        GiveUpAsking(one);
    }
    CutWhoLeavesMostUnread();
    Wait();
  }

  void GiveUpAsking(Open& one) {
    if (std::exchange(one.is_over, true)) return;
    Refuse(one.peer, "handshake", "it was not known in time whether it may come in");
    thread_.Post([this] { Reap(); });
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
  std::size_t unfinished_bytes_ = 0;
  std::uint64_t last_connection_ = 0;
  std::list<Open> open_;
  std::map<std::string, std::size_t> of_account_;
  std::vector<Listening> listeners_;
  std::unique_ptr<runtime::LoopTimer> timer_;
  std::unique_ptr<h2::ServerProfile> profile_;
  h2::TransportMaker tcp_transports_;  // empty: plaintext
  std::function<void()> on_empty_;
  runtime::LoopThread thread_;  // last: everything above is its own
};

Front::Front(Options options, Told told)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(told))) {}
Front::~Front() = default;

Result<std::uint16_t> Front::Listen(const std::string& ip, std::uint16_t port) {
  return impl_->Listen(ip, port);
}

Result<> Front::ListenUnix(const std::string& path, unsigned mode) {
  return impl_->ListenUnix(path, mode);
}

void Front::StopListening() {
  impl_->StopListening();
}

void Front::Finish(Duration patience) {
  impl_->Finish(patience);
}

}  // namespace fairlead::front
