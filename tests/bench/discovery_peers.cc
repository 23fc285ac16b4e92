#include "bench/discovery_peers.h"

#include <utility>

namespace fairlead::bench {
namespace {

constexpr std::string_view kAdsPath =
    "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources";
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

}  // namespace

std::string ProtoField(int number, std::string_view value) {
  std::string out(1, static_cast<char>(number << 3 | 2));
  if (value.size() >= 128) out.push_back(static_cast<char>(value.size() % 128 + 128));
  out.push_back(static_cast<char>(value.size() >= 128 ? value.size() / 128 : value.size()));
  return out.append(value);
}

std::string FirstRequest(const std::string& resource) {
  const std::string node = ProtoField(1, "bench") + ProtoField(6, "bench");
  return ProtoField(2, node) + ProtoField(3, resource) + ProtoField(4, kEdsType);
}

std::string Acknowledgement(const std::string& resource, std::string_view version,
                            std::string_view nonce) {
  return ProtoField(1, version) + ProtoField(3, resource) + ProtoField(4, kEdsType) +
         ProtoField(5, nonce);
}

DiscoveryPeers::DiscoveryPeers(const ServerPlace& place, int streams, std::string resource,
                               OnResponse on_response)
    : resource_(std::move(resource)),
      on_response_(std::move(on_response)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      streams_(static_cast<std::size_t>(streams)),
      events_(kEventsAtOnce),
      scratch_(kReadBytes) {
  const std::string open = std::string(kPreface) + OpenSettings() +
                           Frame(kHeaders, kEndHeaders, 1, RequestHeaders(kAdsPath)) +
                           Frame(kData, 0, 1, Message(FirstRequest(resource_)));
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    streams_[i].fd = place.unix_path.empty() ? Connect(INADDR_LOOPBACK, place.port)
                                             : ConnectUnix(place.unix_path);
    Watch(epoll_, streams_[i].fd, static_cast<std::uint32_t>(i));
    SendAll(streams_[i].fd, open);
  }
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
    SendAll(
        stream.fd,
        Frame(kData, 0, 1,
              Message(Acknowledgement(resource_, FindField(response, 1), FindField(response, 5)))));
    stream.message.erase(0, 5 + size);
  }
}

}  // namespace fairlead::bench
