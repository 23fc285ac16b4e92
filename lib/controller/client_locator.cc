#include "controller/client_locator.h"

#include <ifaddrs.h>
#include <netdb.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <optional>
#include <utility>

#include "base/ip_text.h"
#include "controller/client_place.h"
#include "fleet/endpoint.h"
#include "runtime/clock.h"
#include "runtime/peer_process.h"

namespace fairlead::controller {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using xds::ClientOrigin;
using xds::ClientPlace;
using xds::ClientWatch;

std::set<std::string> HostAddresses() {
  std::set<std::string> addresses;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return addresses;
  for (const ifaddrs* one = list; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr) continue;
    const int family = one->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    const socklen_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    std::array<char, NI_MAXHOST> text{};
    if (getnameinfo(one->ifa_addr, size, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) == 0)
      addresses.insert(text.data());
  }
  freeifaddrs(list);
  return addresses;
}

ClientPlace Doubtful(std::string doubt) {
  ClientPlace place;
  place.doubt = std::move(doubt);
  return place;
}

// What can be said without the engine: a place, or else the container or the address to ask about.
struct Lead {
  std::optional<ClientPlace> place;
  ContainerId container;
  std::string address;
};

}  // namespace

class EngineClientLocator::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& loop, docker::Engine& engine, ClientLocatorOptions options)
      : loop_(loop), engine_(engine), options_(std::move(options)), timer_(loop) {
    if (!options_.read_cgroup) options_.read_cgroup = runtime::ReadCgroup;
    if (!options_.host_addresses) options_.host_addresses = HostAddresses;
  }

  asio::io_context& loop() { return loop_; }

  // From any thread: reads what does not change.
  Lead LeadOf(const ClientOrigin& origin) const {
    if (!origin.is_unix) {
      const std::string address = PlainAddress(origin.address);
      if (address.starts_with("127.") || options_.host_addresses().contains(address))
        return {.place = ClientPlace{}, .container = {}, .address = {}};
      return {.place = {}, .container = {}, .address = address};
    }
    if (origin.pid == 0)
      return {Doubtful("its process is in a PID namespace that fairlead cannot see into"), {}, {}};
    const Result<std::string> cgroup = options_.read_cgroup(origin.pid);
    if (!cgroup) return {Doubtful("its process has ended, or cannot be seen"), {}, {}};
    ContainerId container(runtime::ContainerIn(*cgroup));
    if (container.value.empty() || container == options_.self) return {ClientPlace{}, {}, {}};
    return {.place = {}, .container = std::move(container), .address = {}};
  }

  void Add(ClientWatch watch, Lead lead, Tell tell) {
    if (is_stopped_) return;
    if (clients_.empty()) next_sweep_ = runtime::Now() + options_.sweep_interval;
    Client& client = clients_[watch];
    client.tell = std::move(tell);
    client.address = std::move(lead.address);
    if (client.address.empty()) {
      Settle(watch, client, lead.container);
    } else {
      homeless_.insert(watch);
      wants_list_ = true;
    }
    Pump();
  }

  void Remove(ClientWatch watch) {
    const auto client = clients_.extract(watch);
    homeless_.erase(watch);
    if (client.empty()) return;
    if (const auto known = containers_.find(client.mapped().container);
        known != containers_.end()) {
      known->second.clients.erase(watch);
      Release(known->first);
    }
  }

  void OnEvents(const Digest& digest) {
    if (digest.names_everybody || digest.has_overflowed) MarkAll();
    for (const auto& [id, urgency] : digest.dirty) Mark(id);
    // A container that started or joined a network may have an address that nobody had.
    wants_list_ = wants_list_ || (!digest.is_empty() && !homeless_.empty());
    Pump();
  }

  void Stop() {
    is_stopped_ = true;
    clients_.clear();
    homeless_.clear();
    containers_.clear();
    due_.clear();
    timer_.cancel();
  }

 private:
  struct Client {
    Tell tell;
    std::string address;    // of a TCP peer
    ContainerId container;  // empty while not known, and for an address that no container has
    int lists_without = 0;  // that did not hold the address
    std::optional<ClientPlace> told;
  };
  struct Container {
    std::set<ClientWatch> clients;
    std::set<ContainerId> sharers;     // containers that share its network, with clients
    std::optional<ContainerId> owner;  // whose network it shares
    std::optional<ContainerFacts> facts;
    bool is_gone = false;  // the engine knows no such container
  };

  // The client is in this container.
  void Settle(ClientWatch watch, Client& client, const ContainerId& container) {
    homeless_.erase(watch);
    client.container = container;
    Need(container).clients.insert(watch);
    TellOne(client);
  }

  Container& Need(const ContainerId& id) {
    const auto [known, is_new] = containers_.try_emplace(id);
    if (is_new) due_.insert(id);
    return known->second;
  }

  // Drops the container when nobody is interested in it any more. Takes a copy: what names it may
  // be in what is dropped.
  void Release(ContainerId id) {
    const auto known = containers_.find(id);
    if (known == containers_.end()) return;
    if (!known->second.clients.empty() || !known->second.sharers.empty()) return;
    SetOwner(id, known->second, std::nullopt);
    containers_.erase(id);
    due_.erase(id);
    failed_.erase(id);
  }

  void SetOwner(const ContainerId& id, Container& container, std::optional<ContainerId> owner) {
    if (owner == id) owner.reset();
    if (container.owner == owner) return;
    const std::optional<ContainerId> before = std::exchange(container.owner, owner);
    if (owner) Need(*owner).sharers.insert(id);
    if (!before) return;
    if (const auto known = containers_.find(*before); known != containers_.end()) {
      known->second.sharers.erase(id);
      Release(*before);
    }
  }

  void Mark(const ContainerId& id) {
    if (containers_.contains(id)) due_.insert(id);
  }

  void MarkAll() {
    for (const auto& [id, container] : containers_) due_.insert(id);
  }

  void Pump() {
    for (auto next = due_.begin(); next != due_.end() && in_flight_.size() < kLocatesInFlightMax;) {
      if (!in_flight_.insert(*next).second) {
        ++next;  // one question about one container at a time
        continue;
      }
      const ContainerId id = *next;
      next = due_.erase(next);
      asio::co_spawn(loop_, Inspect(shared_from_this(), id), asio::detached);
    }
    if (wants_list_) List();
    Arm();
  }

  // Static, with the object held by argument, so that a late answer never meets a dead locator.
  static awaitable<void> Inspect(std::shared_ptr<Impl> self, ContainerId id) {
    // An engine whose socket is gone answers at once: within Pump(), which the answer calls again.
    co_await asio::post(self->loop_, asio::use_awaitable);
    const Result<ContainerFacts> facts = co_await self->engine_.Inspect(id);
    self->OnInspected(id, facts);
  }

  void OnInspected(const ContainerId& id, const Result<ContainerFacts>& facts) {
    in_flight_.erase(id);
    const auto known = containers_.find(id);
    if (known != containers_.end()) {
      Container& container = known->second;
      if (facts) {
        container.is_gone = false;
        container.facts = *facts;
        SetOwner(id, container, fleet::NamespaceOwner(*facts));
      } else if (facts.error().code == Code::kNotFound) {
        container.is_gone = true;
        container.facts.reset();
        SetOwner(id, container, std::nullopt);
      } else {
        failed_.insert(id);  // what was known stays
      }
      TellClients(container);
    }
    Pump();
  }

  void TellClients(const Container& container) {
    for (const ClientWatch watch : container.clients) TellOne(clients_.at(watch));
    for (const ContainerId& sharer : container.sharers) {
      for (const ClientWatch watch : containers_.at(sharer).clients) TellOne(clients_.at(watch));
    }
  }

  // Nothing while the engine has not said enough.
  std::optional<ClientPlace> PlaceIn(const ContainerId& id) const {
    const Container& container = containers_.at(id);
    if (container.is_gone) {
      ClientPlace place = Doubtful("the engine knows no such container");
      place.container = id.value;
      return place;
    }
    if (!container.facts) return std::nullopt;
    if (!container.owner) return PlaceOf(*container.facts, nullptr, options_.policy);
    const Container& owner = containers_.at(*container.owner);
    if (!owner.facts && !owner.is_gone) return std::nullopt;
    return PlaceOf(*container.facts, owner.facts ? &*owner.facts : nullptr, options_.policy);
  }

  static void TellIfNew(Client& client, ClientPlace place) {
    if (client.told == place) return;
    client.told = place;
    client.tell(std::move(place));
  }

  void TellOne(Client& client) {
    if (auto place = PlaceIn(client.container)) TellIfNew(client, *std::move(place));
  }

  // Asks who runs with which address, unless it was asked a moment ago.
  void List() {
    const TimePoint now = runtime::Now();
    if (is_listing_ || now < next_list_) return;
    is_listing_ = true;
    wants_list_ = false;
    next_list_ = now + options_.retry_interval;
    asio::co_spawn(loop_, ListOnce(shared_from_this()), asio::detached);
  }

  static awaitable<void> ListOnce(std::shared_ptr<Impl> self) {
    const auto running = co_await self->engine_.ListRunning();
    self->is_listing_ = false;
    if (running) {
      self->OnListed(*running);
    } else {
      self->wants_list_ = true;
    }
    self->Pump();
  }

  void OnListed(const std::vector<docker::RunningContainer>& running) {
    std::map<std::string, std::set<ContainerId>> by_address;
    for (const docker::RunningContainer& container : running) {
      for (const NetworkAddress& network : container.networks) {
        by_address[network.ipv4].insert(container.id);
        by_address[network.ipv6].insert(container.id);
      }
    }
    for (const ClientWatch watch : std::set<ClientWatch>(homeless_)) {
      Client& client = clients_.at(watch);
      const auto found = by_address.find(client.address);
      if (found != by_address.end() && found->second.size() == 1) {
        Settle(watch, client, *found->second.begin());
      } else if (++client.lists_without < kListsUntilHost) {
        wants_list_ = true;  // the first may be older than the container's start
      } else {
        ClientPlace place =
            Doubtful(found == by_address.end() ? "no running container has its address"
                                               : "several running containers have its address");
        place.is_off_host = true;
        TellIfNew(client, std::move(place));
      }
    }
  }

  // The next time something has to be done that no answer and no event will bring.
  void Arm() {
    if (is_stopped_ || clients_.empty()) return;
    const TimePoint now = runtime::Now();
    const bool is_pending = wants_list_ || !failed_.empty();
    const TimePoint due =
        is_pending ? std::min(next_sweep_, now + options_.retry_interval) : next_sweep_;
    if (armed_until_ && *armed_until_ <= due) return;
    armed_until_ = due;
    timer_.expires_after(due - now);
    timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (self && !error) self->OnTimer();
    });
  }

  void OnTimer() {
    armed_until_.reset();
    due_.merge(std::exchange(failed_, {}));
    if (const TimePoint now = runtime::Now(); now >= next_sweep_) {
      next_sweep_ = now + options_.sweep_interval;
      MarkAll();
      wants_list_ = wants_list_ || !homeless_.empty();
    }
    Pump();
  }

  static constexpr int kListsUntilHost = 2;

  asio::io_context& loop_;
  docker::Engine& engine_;
  ClientLocatorOptions options_;
  asio::steady_timer timer_;
  std::optional<TimePoint> armed_until_;
  std::map<ClientWatch, Client> clients_;
  std::set<ClientWatch> homeless_;  // by address, and in no container as far as is known
  std::map<ContainerId, Container> containers_;  // of clients, and whose network they share
  std::set<ContainerId> due_;                    // to be inspected
  std::set<ContainerId> in_flight_;
  std::set<ContainerId> failed_;  // to be inspected a little later
  bool wants_list_ = false;
  bool is_listing_ = false;
  TimePoint next_list_{};
  TimePoint next_sweep_{};
  bool is_stopped_ = false;
};

EngineClientLocator::EngineClientLocator(asio::io_context& loop, docker::Engine& engine,
                                         ClientLocatorOptions options)
    : impl_(std::make_shared<Impl>(loop, engine, std::move(options))) {}

EngineClientLocator::~EngineClientLocator() = default;

void EngineClientLocator::Watch(ClientWatch watch, ClientOrigin origin, Tell tell) {
  Lead lead = impl_->LeadOf(origin);
  if (lead.place) {
    tell(*std::move(lead.place));
    return;
  }
  asio::post(impl_->loop(),
             [impl = impl_, watch, lead = std::move(lead), tell = std::move(tell)]() mutable {
               impl->Add(watch, std::move(lead), std::move(tell));
             });
}

void EngineClientLocator::Unwatch(ClientWatch watch) {
  asio::post(impl_->loop(), [impl = impl_, watch] { impl->Remove(watch); });
}

void EngineClientLocator::OnEvents(const Digest& digest) {
  impl_->OnEvents(digest);
}

void EngineClientLocator::Stop() {
  impl_->Stop();
}

}  // namespace fairlead::controller
