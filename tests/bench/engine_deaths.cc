#include "bench/engine_deaths.h"

#include "bench/sockets.h"

namespace fairlead::bench {
namespace {

// filters={"event":["die"]}
constexpr std::string_view kRequest =
    "GET /events?filters=%7B%22event%22%3A%5B%22die%22%5D%7D HTTP/1.1\r\nHost: engine\r\n\r\n";

int Subscribe(const std::string& unix_path) {
  const int fd = ConnectUnix(unix_path);
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  SendAll(fd, kRequest);
  return fd;
}

}  // namespace

EngineDeaths::EngineDeaths(const std::string& unix_path) : fd_(Subscribe(unix_path)) {
  char head[4096];
  const ssize_t got = recv(fd_, head, sizeof head, 0);
  if (got <= 0 ||
      !std::string_view(head, static_cast<std::size_t>(got)).starts_with("HTTP/1.1 200"))
    Die("subscribe to the engine's events");
  reader_ = std::thread([this] { Read(); });
}

EngineDeaths::~EngineDeaths() {
  shutdown(fd_, SHUT_RDWR);
  reader_.join();
  close(fd_);
}

void EngineDeaths::Forget() {
  const std::lock_guard lock(mutex_);
  told_.clear();
}

std::optional<Moment> EngineDeaths::Told(const std::string& id) {
  const std::lock_guard lock(mutex_);
  for (const auto& [line, moment] : told_)
    if (line.find(id) != std::string::npos) return moment;
  return std::nullopt;
}

void EngineDeaths::Read() {
  char bytes[65536];
  while (true) {
    const ssize_t got = recv(fd_, bytes, sizeof bytes, 0);
    const Moment now = std::chrono::steady_clock::now();
    if (got <= 0) return;
    unread_.append(bytes, static_cast<std::size_t>(got));
    for (std::size_t end = unread_.find('\n'); end != std::string::npos; end = unread_.find('\n')) {
      const std::lock_guard lock(mutex_);
      // The lines of the chunks' lengths name nobody, so they do no harm.
      told_.try_emplace(unread_.substr(0, end), now);
      unread_.erase(0, end + 1);
    }
  }
}

}  // namespace fairlead::bench
