#include "xds/discovery_stream.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/prefetch.h"
#include "runtime/clock.h"
#include "xds/adopted_services.h"
#include "xds/discovery_hub.h"
#include "xds/resource_name.h"

namespace fairlead::xds {
DiscoveryStream::DiscoveryStream(DiscoveryHub& hub, StreamId id, const h2::Peer& peer,
                                 h2::ServerStream& stream, const Dialect& dialect,
                                 SessionLimits limits, TimePoint opened_at)
    : hub_(hub),
      id_(id),
      stream_(stream),
      session_(std::in_place_type<SotwSession>, limits, dialect.only),
      peer_(peer),
      dialect_(dialect),
      opened_at_(opened_at),
      process_(peer.is_unix ? FindProcess(peer.pid) : std::nullopt) {
  if (dialect.is_delta) {
    session_.emplace<DeltaSession>(limits, dialect.only);
  }
}

void DiscoveryStream::OnMessage(std::span<const std::byte> message) {
  if (is_finished_) {
    return;
  }
  const TimePoint now = runtime::Now();
  const Result<> taken =
      Visit([&](auto& session) { return session.OnRequest(message, now, *this); });
  hub_.TellAdopted();
  if (!taken) {
    Finish(taken.error());
    return;
  }
  Pump(now);
}

void DiscoveryStream::OnWritten() {
  Pump(runtime::Now());
}

// What it has asked for is still answered, also where that must wait for the gate or its place: a
// client that asks once and closes its side is no client that has gone.
void DiscoveryStream::OnHalfClose() {
  is_half_closed_ = true;
  EndIfSaidAll();
}

void DiscoveryStream::EndIfSaidAll() {
  if (is_half_closed_ && !session().owes()) {
    Finish({Code::kOk, ""});
  }
}

// Clients that were answered take the end of a stream for no error and keep their lists; OK is the
// end of which they say least. One that was never answered must not take silence for an answer.
void DiscoveryStream::OnAged() {
  Finish({session().has_sent() ? Code::kOk : Code::kUnavailable,
          "this connection has reached its age (discovery.max_connection_age): connect again"});
}

void DiscoveryStream::OnClosed() {
  hub_.Leave(*this);
}

void DiscoveryStream::FetchAhead() const {
  Prefetch(this, 1);
  std::visit([](const auto& session) { session.FetchAhead(); }, session_);
}

void DiscoveryStream::FetchForPush(std::size_t step) const {
  constexpr std::size_t kCallBytes = 128;
  if (step == 0) {
    FetchAhead();
  } else if (step == 1) {
    Prefetch(&stream_, kCallBytes);
  } else {
    stream_.FetchAhead(step - 2);
  }
}

void DiscoveryStream::Pump(TimePoint now) {
  is_touched_ = false;
  Visit([&](auto& session) {
    while (session.owes() && !is_finished_ && hub_.is_open() && is_placed() &&
           !stream_.write_pending()) {
      std::optional<Outgoing> next = session.Next(hub_.catalog(), hub_.responses(), now);
      if (!next) {
        return;
      }
      const NonceTail tail(next->nonce);
      stream_.Write(std::move(next->shared), tail.bytes());
    }
  });
  EndIfSaidAll();
}

void DiscoveryStream::Finish(const Error& error) {
  if (!is_finished_) {
    is_finished_ = true;
    stream_.Finish(error.code, error.message);
  }
}

SubscriberIndex::Shelf DiscoveryStream::ShelfOf(ResourceType type) const {
  return {
      .flavour = session().flavour(), .type = type, .table = TableOf(type, session().viewers())};
}

void DiscoveryStream::LeaveIndex(ResourceType type) {
  const Subscription& subscription = session().subscription(type);
  for (const std::string& name : subscription.names) {
    hub_.index().Remove(ShelfOf(type), name, id_);
  }
  if (subscription.is_wildcard) {
    hub_.index().RemoveWildcard(ShelfOf(type), id_);
  }
}

void DiscoveryStream::MoveTo(const ViewerClass& viewers, const ClientPlace& place) {
  place_ = place;
  is_placed_ = true;
  if (viewers == session().viewers()) {
    return;
  }
  std::vector<ResourceType> moved;
  for (const ResourceType type : kResourceTypes) {
    if (TableOf(type, viewers) != TableOf(type, session().viewers())) {
      LeaveIndex(type);
      moved.push_back(type);
    }
  }
  const ViewerClass before = session().viewers();
  hub_.adoption().Moved(id_, viewers.networks);
  Visit([&](auto& session) { session.MoveTo(viewers, hub_.catalog(), *this); });
  CountUses(before);
  for (const ResourceType type : moved) {
    const Subscription& subscription = session().subscription(type);
    for (const std::string& name : subscription.names) {
      hub_.index().Add(ShelfOf(type), name, id_, this);
    }
    if (subscription.is_wildcard) {
      hub_.index().AddWildcard(ShelfOf(type), id_, this);
    }
  }
}

// A service that it cannot see is not drained for it.
void DiscoveryStream::CountUses(const ViewerClass& before) {
  for (const std::string& name : session().subscription(ResourceType::kEndpoints).names) {
    const auto service = ServiceOf(name);
    if (!service) {
      continue;
    }
    const bool did_see = hub_.catalog().Sees(before, service->name.project);
    const bool sees = hub_.catalog().Sees(session().viewers(), service->name.project);
    if (sees && !did_see) {
      hub_.adoption().Subscribed(id_, client_, AdoptionKey(*service));
    } else if (did_see && !sees) {
      hub_.adoption().Unsubscribed(id_, AdoptionKey(*service));
    }
  }
}

void DiscoveryStream::Identify() {
  if (!client_.value.empty()) {
    return;
  }
  if (process_) {
    client_ = ClientId(fmt::format("process {} {}", process_->pid, process_->started));
  } else if (peer_.is_unix) {
    client_ = ClientId("node " + session().node().id);
  } else {
    client_ = ClientId(fmt::format("node {} at {}", session().node().id, peer_.address));
  }
}

void DiscoveryStream::OnSubscribed(ResourceType type, const std::string& name) {
  Identify();
  hub_.index().Add(ShelfOf(type), name, id_, this);
  const bool is_limited = session().viewers().is_limited;
  if (is_limited && !denial_ &&
      std::ranges::find(DiscoveryHub::kAskedFirst, type) != DiscoveryHub::kAskedFirst.end()) {
    hub_.TellHidden(*this, name);
  }
  if (type == ResourceType::kEndpoints) {
    const auto service = ServiceOf(name);
    if (service && hub_.catalog().Sees(session().viewers(), service->name.project)) {
      hub_.adoption().Subscribed(id_, client_, AdoptionKey(*service));
    }
  }
}

void DiscoveryStream::OnUnsubscribed(ResourceType type, const std::string& name) {
  hub_.index().Remove(ShelfOf(type), name, id_);
  if (type == ResourceType::kEndpoints) {
    if (const auto service = ServiceOf(name)) {
      hub_.adoption().Unsubscribed(id_, AdoptionKey(*service));
    }
  }
}

void DiscoveryStream::OnWildcard(ResourceType type, bool is_wildcard) {
  if (is_wildcard) {
    hub_.index().AddWildcard(ShelfOf(type), id_, this);
  } else {
    hub_.index().RemoveWildcard(ShelfOf(type), id_);
  }
}

void DiscoveryStream::OnEndpointsAcknowledged(const std::string& name, std::uint64_t revision) {
  if (const auto service = ServiceOf(name)) {
    hub_.adoption().Acknowledged(id_, session().viewers().networks, AdoptionKey(*service),
                                 revision);
  }
}

void DiscoveryStream::OnRefused(const Refusal& refusal) {
  Identify();
  hub_.TellRefused(*this, refusal);
}

}  // namespace fairlead::xds
