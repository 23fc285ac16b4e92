#include "xds/discovery_stream.h"

#include <fmt/format.h>

#include "runtime/clock.h"
#include "xds/discovery_hub.h"

namespace fairlead::xds {
namespace {

// The service that an endpoints resource is about: service names hold no dot, projects may.
std::optional<ServiceName> ServiceOf(const std::string& resource) {
  const std::size_t dot = resource.find('.');
  if (dot == std::string::npos) {
    return std::nullopt;
  }
  return ServiceName{.project = resource.substr(dot + 1), .service = resource.substr(0, dot)};
}

}  // namespace

DiscoveryStream::DiscoveryStream(DiscoveryHub& hub, StreamId id, const h2::Peer& peer,
                                 h2::ServerStream& stream, SessionLimits limits,
                                 TimePoint opened_at)
    : hub_(hub),
      id_(id),
      peer_(peer),
      stream_(stream),
      opened_at_(opened_at),
      session_(limits),
      process_(peer.is_unix ? FindProcess(peer.pid) : std::nullopt) {}

void DiscoveryStream::OnMessage(std::span<const std::byte> message) {
  if (is_finished_) {
    return;
  }
  const Result<> taken = session_.OnRequest(message, runtime::Now(), *this);
  hub_.TellAdopted();
  if (!taken) {
    Finish(taken.error());
    return;
  }
  Pump();
}

void DiscoveryStream::OnHalfClose() {
  Finish({Code::kOk, ""});
}

void DiscoveryStream::OnClosed() {
  hub_.Leave(*this);
}

void DiscoveryStream::Pump() {
  is_touched_ = false;
  while (session_.owes() && !is_finished_ && hub_.is_open() && !stream_.write_pending()) {
    std::optional<Outgoing> next = session_.Next(hub_.catalog(), hub_.responses());
    if (!next) {
      return;
    }
    const NonceTail tail(next->nonce);
    stream_.Write(std::move(next->shared), tail.bytes());
  }
}

void DiscoveryStream::Finish(const Error& error) {
  if (!is_finished_) {
    is_finished_ = true;
    stream_.Finish(error.code, error.message);
  }
}

void DiscoveryStream::Identify() {
  if (!client_.value.empty()) {
    return;
  }
  if (process_) {
    client_ = ClientId(fmt::format("process {} {}", process_->pid, process_->started));
  } else if (peer_.is_unix) {
    client_ = ClientId("node " + session_.node().id);
  } else {
    client_ = ClientId(fmt::format("node {} at {}", session_.node().id, peer_.address));
  }
}

void DiscoveryStream::OnSubscribed(ResourceType type, const std::string& name) {
  Identify();
  hub_.index().Add(session_.flavour(), type, name, id_, this);
  if (type == ResourceType::kEndpoints) {
    if (const auto service = ServiceOf(name)) {
      hub_.adoption().Subscribed(id_, client_, *service);
    }
  }
}

void DiscoveryStream::OnUnsubscribed(ResourceType type, const std::string& name) {
  hub_.index().Remove(session_.flavour(), type, name, id_);
  if (type == ResourceType::kEndpoints) {
    if (const auto service = ServiceOf(name)) {
      hub_.adoption().Unsubscribed(id_, *service);
    }
  }
}

void DiscoveryStream::OnWildcard(ResourceType type, bool is_wildcard) {
  StreamList& streams = hub_.index().wildcard(session_.flavour(), type);
  if (is_wildcard) {
    streams.Add(id_, this);
  } else {
    streams.Remove(id_);
  }
}

void DiscoveryStream::OnEndpointsAcknowledged(const std::string& name, std::uint64_t revision) {
  if (const auto service = ServiceOf(name)) {
    hub_.adoption().Acknowledged(id_, *service, revision);
  }
}

void DiscoveryStream::OnRefused(const Refusal& refusal) {
  Identify();
  hub_.TellRefused(*this, refusal);
}

}  // namespace fairlead::xds
