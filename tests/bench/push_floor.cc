#include "bench/push_floor.h"

#include <sys/uio.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <deque>
#include <vector>

#include "bench/discovery_peers.h"
#include "bench/h2_bytes.h"
#include "bench/measure.h"
#include "bench/push_client.h"
#include "bench/sockets.h"

namespace fairlead::bench {
namespace {

// A response as the real server lays it out: shared version, resource and type, then the nonce.
constexpr std::string_view kVersion = "0123456789abcdef";
constexpr std::string_view kNonceTail =
    "\x2a\x01"
    "1";

std::string SharedPart(std::size_t bytes) {
  const std::string version = std::string("\x0a\x10") + std::string(kVersion);
  std::string resource(1, '\x12');
  const std::size_t filler = bytes - version.size() - kNonceTail.size() - 4;
  // Three bytes say the length, however small it is.
  resource.push_back(static_cast<char>(filler % 128 + 128));
  resource.push_back(static_cast<char>(filler / 128 % 128 + 128));
  resource.push_back(static_cast<char>(filler / 128 / 128));
  return version + resource + std::string(filler, 'x');
}

class Floor {
 public:
  Floor(const PushLoad& load, std::size_t response_bytes)
      : shared_(SharedPart(response_bytes)), epoll_(epoll_create1(0)) {
    ack_bytes_ =
        Frame(kData, 0, 1, Message(Acknowledgement({load.resource}, kVersion, "1"))).size();
    LayOut();
    ServerPlace place{.unix_path = load.unix_path};
    const bool is_unix = !place.unix_path.empty();
    const int listener = is_unix ? ListenUnix(place.unix_path) : Listen(place.port);
    client_ = SpawnPushClient(place, load.streams, load.resource);
    const std::string open =
        Frame(kSettings, 0, 0, {}) +
        Frame(kHeaders, kEndHeaders, 1,
              Field(":status", "200") + Field("content-type", "application/grpc"));
    for (int i = 0; i < load.streams; ++i) {
      const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) Die("accept");
      Tune(fd);
      Watch(epoll_, fd, static_cast<std::uint32_t>(fds_.size()));
      fds_.push_back(fd);
      SendAll(fd, open);
    }
    close(listener);
    // What comes first: preface, settings, headers, the first request, and the settings'
    // acknowledgement.
    const std::size_t opening =
        kPreface.size() + OpenSettings().size() + Frame(kSettings, 0, 0, {}).size() +
        Frame(
            kHeaders, 0, 1,
            RequestHeaders(
                "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources"))
            .size() +
        Frame(kData, 0, 1, Message(FirstRequest({load.resource}))).size();
    ReadBytes(opening * fds_.size());
  }

  ~Floor() {
    for (const int fd : fds_) close(fd);
    close(epoll_);
    waitpid(client_, nullptr, 0);
  }

  void Round() {
    for (const int fd : fds_) {
      const ssize_t sent = writev(fd, pieces_.data(), static_cast<int>(pieces_.size()));
      if (sent != response_bytes_) Die("writev");
    }
    ReadBytes(ack_bytes_ * fds_.size());
  }

 private:
  // One response in frames as large as a peer takes unasked (RFC 9113, SETTINGS_MAX_FRAME_SIZE).
  void LayOut() {
    constexpr std::size_t kFrameBytesMax = 16'384;
    std::size_t room = 0;
    const auto add = [&](std::string_view part) {
      while (!part.empty()) {
        const std::size_t taken = std::min(part.size(), room);
        pieces_.push_back({const_cast<char*>(part.data()), taken});
        part.remove_prefix(taken);
        room -= taken;
        if (!part.empty()) room = Begin(kFrameBytesMax);
      }
    };
    left_ = 5 + shared_.size() + kNonceTail.size();
    prefix_ = Message(std::string(left_ - 5, '\0')).substr(0, 5);
    room = Begin(kFrameBytesMax);
    add(prefix_);
    add(shared_);
    add(kNonceTail);
    for (const iovec& piece : pieces_) response_bytes_ += static_cast<ssize_t>(piece.iov_len);
  }

  // The head of the next frame. Returns how much it has room for.
  std::size_t Begin(std::size_t frame_bytes_max) {
    const std::size_t bytes = std::min(left_, frame_bytes_max);
    left_ -= bytes;
    std::string& head = heads_.emplace_back(Frame(kData, 0, 1, {}));
    PutBig32(head.data(), static_cast<std::uint32_t>(bytes) << 8);
    head[3] = kData;
    pieces_.push_back({head.data(), head.size()});
    return bytes;
  }

  // Reads from whoever is ready until so many bytes have come in all.
  void ReadBytes(std::size_t wanted) {
    std::vector<epoll_event> events(256);
    while (wanted > 0) {
      const int ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < ready; ++i) {
        const ssize_t got =
            recv(fds_[events[static_cast<std::size_t>(i)].data.u32], scratch_, sizeof scratch_, 0);
        if (got > 0) wanted -= std::min(wanted, static_cast<std::size_t>(got));
      }
    }
  }

  std::string shared_;
  std::string prefix_;
  std::deque<std::string> heads_;
  std::vector<iovec> pieces_;
  ssize_t response_bytes_ = 0;
  std::size_t left_ = 0;  // of a response, while it is laid out
  const int epoll_;
  std::size_t ack_bytes_ = 0;
  pid_t client_ = 0;
  std::vector<int> fds_;
  char scratch_[65536];
};

}  // namespace

PushRun RunPushFloor(const PushLoad& load, std::size_t response_bytes) {
  PushRun run;
  const double rss_before = ResidentKib();
  const double cpu_before = CpuSeconds();
  Floor floor(load, response_bytes);
  floor.Round();  // the first state
  run.cpu_us_per_first = (CpuSeconds() - cpu_before) * 1e6 / load.streams;
  floor.Round();  // warm
  run.rss_kib_per_stream = (ResidentKib() - rss_before) / load.streams;
  MeasureRounds(load, [&] { floor.Round(); }, run);
  return run;
}

}  // namespace fairlead::bench
