#include "bench/discovery_peers.h"

#include <utility>

namespace fairlead::bench {
namespace {

constexpr std::string_view kAdsPath =
    "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources";
constexpr std::string_view kDeltaPath =
    "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources";
constexpr std::string_view kEdsType =
    "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";
constexpr std::size_t kEventsAtOnce = 256;
constexpr std::size_t kReadBytes = 65536;

// The length-delimited field `number` of a message that has only such fields; empty when absent.
std::string_view FindField(std::string_view message, int number) {
  while (message.size() >= 2) {
    const int field = static_cast<unsigned char>(message[0]) >> 3;
    std::size_t length = 0;
    std::size_t at = 1;
    for (int shift = 0; at < message.size(); shift += 7) {
      const auto byte = static_cast<unsigned char>(message[at++]);
      length |= static_cast<std::size_t>(byte & 0x7F) << shift;
      if (byte < 0x80) break;
    }
    if (at + length > message.size()) return {};
    if (field == number) return message.substr(at, length);
    message.remove_prefix(at + length);
  }
  return {};
}

std::string NamesOf(const std::vector<std::string>& resources) {
  std::string names;
  for (const std::string& resource : resources) names += ProtoField(3, resource);
  return names;
}

// One gRPC message in frames as large as a server takes unasked.
std::string DataFrames(const std::string& message) {
  constexpr std::size_t kFrameBytesMax = 16'384;
  std::string frames;
  for (std::size_t at = 0; at < message.size(); at += kFrameBytesMax) {
    frames += Frame(kData, 0, 1, std::string_view(message).substr(at, kFrameBytesMax));
  }
  return frames;
}

int Open(const ServerPlace& place) {
  return place.unix_path.empty() ? Connect(INADDR_LOOPBACK, place.port)
                                 : ConnectUnix(place.unix_path);
}

std::string Node() {
  return ProtoField(1, "bench") + ProtoField(6, "bench");
}

// A DeltaDiscoveryRequest.
std::string FirstDeltaRequest(const std::vector<std::string>& resources) {
  return ProtoField(1, Node()) + ProtoField(2, kEdsType) + NamesOf(resources);
}

// All that a client says before it is answered.
std::string Opening(const std::string& settings, const std::vector<std::string>& names,
                    Variant variant) {
  const bool is_delta = variant == Variant::kDelta;
  return std::string(kPreface) + settings +
         Frame(kHeaders, kEndHeaders, 1, RequestHeaders(is_delta ? kDeltaPath : kAdsPath)) +
         DataFrames(Message(is_delta ? FirstDeltaRequest(names) : FirstRequest(names)));
}

}  // namespace

std::string ProtoField(int number, std::string_view value) {
  std::string out(1, static_cast<char>(number << 3 | 2));
  if (value.size() >= 128) out.push_back(static_cast<char>(value.size() % 128 + 128));
  out.push_back(static_cast<char>(value.size() >= 128 ? value.size() / 128 : value.size()));
  return out.append(value);
}

std::string FirstRequest(const std::vector<std::string>& resources) {
  return ProtoField(2, Node()) + NamesOf(resources) + ProtoField(4, kEdsType);
}

std::string Acknowledgement(const std::vector<std::string>& resources, std::string_view version,
                            std::string_view nonce) {
  return ProtoField(1, version) + NamesOf(resources) + ProtoField(4, kEdsType) +
         ProtoField(5, nonce);
}

DiscoveryPeers::DiscoveryPeers(const ServerPlace& place, int streams, const Names& names,
                               OnResponse on_response, Variant variant)
    : on_response_(std::move(on_response)),
      variant_(variant),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      streams_(static_cast<std::size_t>(streams)),
      events_(kEventsAtOnce),
      scratch_(kReadBytes) {
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    streams_[i].names = names(i);
    streams_[i].fd = Open(place);
    Watch(epoll_, streams_[i].fd, static_cast<std::uint32_t>(i));
    SendAll(streams_[i].fd, Opening(OpenSettings(), streams_[i].names, variant_));
  }
}

DiscoveryPeers::DiscoveryPeers(const ServerPlace& place, int streams, const std::string& resource,
                               OnResponse on_response)
    : DiscoveryPeers(
          place, streams, [&resource](std::size_t) { return std::vector{resource}; },
          std::move(on_response)) {}

void DiscoveryPeers::AddStalled(const ServerPlace& place, const std::vector<std::string>& names) {
  std::string window(6, '\0');
  window[1] = 4;
  PutBig32(window.data() + 2, 4096);
  SendAll(Open(place), Opening(Frame(kSettings, 0, 0, window), names, variant_));
}

bool DiscoveryPeers::Turn(int timeout_ms) {
  const int ready =
      epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), timeout_ms);
  for (int i = 0; i < ready; ++i) {
    if (!Read(events_[static_cast<std::size_t>(i)].data.u32)) return false;
  }
  return true;
}

bool DiscoveryPeers::Read(std::size_t number) {
  Stream& stream = streams_[number];
  const ssize_t got = recv(stream.fd, scratch_.data(), scratch_.size(), 0);
  if (got == 0) return false;
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  stream.buffer.append(scratch_.data(), static_cast<std::size_t>(got));
  std::string_view rest = stream.buffer;
  while (const std::size_t size = WholeFrame(rest)) {
    OnFrame(number, ReadHead(rest.data()), rest.substr(kFrameHeadBytes, size - kFrameHeadBytes));
    rest.remove_prefix(size);
  }
  stream.buffer.erase(0, stream.buffer.size() - rest.size());
  return true;
}

std::string DiscoveryPeers::Answer(const Stream& stream, std::string_view response) const {
  const std::string_view nonce = FindField(response, 5);
  if (variant_ == Variant::kDelta) return ProtoField(2, kEdsType) + ProtoField(6, nonce);
  return Acknowledgement(stream.names, FindField(response, 1), nonce);
}

void DiscoveryPeers::OnFrame(std::size_t number, const FrameHead& head, std::string_view payload) {
  Stream& stream = streams_[number];
  if (head.type == kSettings && head.flags == 0) SendAll(stream.fd, Frame(kSettings, kAck, 0, {}));
  if (head.type == kPing && head.flags == 0) SendAll(stream.fd, Frame(kPing, kAck, 0, payload));
  if (head.type == kReset || head.type == kGoAway) Die("the server refused the stream");
  if (head.type != kData) return;
  stream.message.append(payload);
  while (stream.message.size() >= 5 &&
         stream.message.size() >= 5 + Big32(stream.message.data() + 1)) {
    const std::size_t size = Big32(stream.message.data() + 1);
    const std::string_view response = std::string_view(stream.message).substr(5, size);
    if (on_response_) on_response_(number, response);
    SendAll(stream.fd, DataFrames(Message(Answer(stream, response))));
    stream.message.erase(0, 5 + size);
  }
}

}  // namespace fairlead::bench
