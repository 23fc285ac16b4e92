#include "support/fake_engine.h"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <nlohmann/json.hpp>

namespace fairlead::test {
namespace {

using boost::system::error_code;
using Json = nlohmann::json;

constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);
constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

std::int64_t WallNanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string WallText() {
  const std::int64_t now = WallNanoseconds();
  const std::time_t seconds = now / kNanosecondsPerSecond;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     now % kNanosecondsPerSecond);
}

std::string Reply(int status, const std::string& body, const std::string& api_version) {
  const std::string length =
      status == 204 || status == 304 ? "" : fmt::format("Content-Length: {}\r\n", body.size());
  return fmt::format("HTTP/1.1 {} X\r\nApi-Version: {}\r\n{}\r\n{}", status, api_version, length,
                     body);
}

std::string Complaint(const std::string& message) {
  return Json{{"message", message}}.dump();
}

std::string Decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      decoded += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

// The value of `key` in the target's query; "" without it.
std::string Query(const std::string& target, const std::string& key) {
  std::size_t from = target.find('?');
  while (from != std::string::npos) {
    const std::size_t end = target.find('&', from + 1);
    const std::string part =
        target.substr(from + 1, end == std::string::npos ? end : end - from - 1);
    if (part.starts_with(key + "=")) return Decoded(std::string_view(part).substr(key.size() + 1));
    from = end;
  }
  return "";
}

std::string Chunk(std::string_view bytes) {
  return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
}

}  // namespace

FakeEngine::FakeEngine(asio::io_context& context, const std::string& socket_path)
    : context_(context),
      socket_path_(socket_path),
      unix_acceptor_(context),
      tcp_acceptor_(context) {
  if (socket_path.empty()) {
    tcp_acceptor_ =
        asio::ip::tcp::acceptor(context, {asio::ip::address_v4::loopback(), /*port_num=*/0});
    endpoint_ = fmt::format("tcp://127.0.0.1:{}", tcp_acceptor_.local_endpoint().port());
    asio::co_spawn(context, Accept(tcp_acceptor_), asio::detached);
  } else {
    ::unlink(socket_path.c_str());
    unix_acceptor_ = asio::local::stream_protocol::acceptor(
        context, asio::local::stream_protocol::endpoint(socket_path));
    endpoint_ = "unix://" + socket_path;
    asio::co_spawn(context, Accept(unix_acceptor_), asio::detached);
  }
}

FakeEngine::~FakeEngine() {
  if (!socket_path_.empty()) ::unlink(socket_path_.c_str());
}

std::string FakeEngine::Add(const std::string& name, std::map<std::string, std::string> labels) {
  FakeContainer container;
  container.id = fmt::format("{:064x}", 0xabc000 + containers_.size());
  container.name = name;
  container.labels = std::move(labels);
  const std::string id = container.id;
  containers_[id] = std::move(container);
  return id;
}

template <class Acceptor>
asio::awaitable<void> FakeEngine::Accept(Acceptor& acceptor) {
  for (;;) {
    auto [error, socket] = co_await acceptor.async_accept(kNoThrow);
    if (error) co_return;
    asio::co_spawn(context_, Serve(Socket(std::move(socket))), asio::detached);
  }
}

asio::awaitable<void> FakeEngine::Serve(Socket socket) {
  auto stream = std::make_shared<Socket>(std::move(socket));
  std::string head;
  const auto [error, bytes] =
      co_await asio::async_read_until(*stream, asio::dynamic_buffer(head), "\r\n\r\n", kNoThrow);
  if (error) co_return;
  const std::size_t blank = head.find(' ');
  const std::string method = head.substr(0, blank);
  const std::string target = head.substr(blank + 1, head.find(' ', blank + 1) - blank - 1);
  requests_.push_back(method + " " + target);
  std::string reply;
  bool holds_open = false;
  for (const auto& [part, how] : misbehaviour_) {
    if (target.find(part) == std::string::npos) continue;
    reply = how.raw;
    holds_open = how.holds_open;
    if (holds_open) held_.push_back(stream);
  }
  if (reply.empty() && !holds_open) {
    if (target.find("/events?") != std::string::npos) {
      Subscribe(stream, target);
      co_return;
    }
    reply = Answer(method, target);
  }
  co_await asio::async_write(*stream, asio::buffer(reply), kNoThrow);
}

void FakeEngine::Subscribe(std::shared_ptr<Socket> stream, const std::string& target) {
  error_code ignored;
  std::string opening = fmt::format(
      "HTTP/1.1 200 OK\r\nApi-Version: {}\r\nTransfer-Encoding: chunked\r\n\r\n", api_version_);
  const std::string since = Query(target, "since");
  const std::size_t dot = since.find('.');
  const std::int64_t since_ns =
      std::atoll(since.c_str()) * kNanosecondsPerSecond +
      (dot == std::string::npos ? 0 : std::atoll(since.substr(dot + 1).c_str()));
  for (const auto& [time, record] : events_) {
    if (time >= since_ns) opening += Chunk(record);
  }
  asio::write(*stream, asio::buffer(opening), ignored);
  streams_.push_back(std::move(stream));
}

void FakeEngine::SendToStreams(std::string_view bytes) {
  error_code ignored;
  for (const auto& stream : streams_) asio::write(*stream, asio::buffer(bytes), ignored);
}

void FakeEngine::EndStreams() {
  SendToStreams("0\r\n\r\n");
  streams_.clear();
}

void FakeEngine::Emit(const FakeContainer& container, const std::string& action,
                      const std::string& signal) {
  const std::int64_t now = WallNanoseconds();
  Json attributes = container.labels;
  attributes["name"] = container.name;
  if (!signal.empty()) attributes["signal"] = signal;
  const Json record = {{"status", action},
                       {"id", container.id},
                       {"Type", "container"},
                       {"Action", action},
                       {"Actor", {{"ID", container.id}, {"Attributes", attributes}}},
                       {"scope", "local"},
                       {"time", now / kNanosecondsPerSecond},
                       {"timeNano", now}};
  events_.emplace_back(now, record.dump() + "\n");
  SendToStreams(Chunk(events_.back().second));
}

std::string FakeEngine::Answer(const std::string& method, const std::string& target) {
  if (target == "/_ping") return Reply(200, "OK", api_version_);
  const std::size_t slash = target.find('/', 1);
  if (!target.starts_with("/v") || slash == std::string::npos) {
    return Reply(404, Complaint("page not found"), api_version_);
  }
  const std::string path = target.substr(slash, target.find('?') - slash);
  if (path == "/info") {
    const Json info = {{"ID", "FAKE"}, {"ServerVersion", "20.10.24"}, {"SystemTime", WallText()}};
    return Reply(200, info.dump(), api_version_);
  }
  if (path == "/containers/json") return Reply(200, List(target), api_version_);
  constexpr std::string_view kContainers = "/containers/";
  const std::size_t end = path.find('/', kContainers.size());
  if (!path.starts_with(kContainers) || end == std::string::npos) {
    return Reply(404, Complaint("page not found"), api_version_);
  }
  const std::string id = path.substr(kContainers.size(), end - kContainers.size());
  const auto found = containers_.find(id);
  if (found == containers_.end()) {
    return Reply(404, Complaint("No such container: " + id), api_version_);
  }
  const std::string verb = path.substr(end + 1);
  if (verb == "json" && method == "GET") return Reply(200, Inspect(found->second), api_version_);
  return Act(found->second, verb);
}

std::string FakeEngine::List(const std::string& target) {
  const Json filters = Json::parse(Query(target, "filters"), nullptr, false);
  Json list = Json::array();
  for (const auto& [id, container] : containers_) {
    bool is_wanted = true;
    if (filters.is_object() && filters.contains("label")) {
      for (const Json& label : filters["label"]) {
        is_wanted = is_wanted && container.labels.contains(label.get<std::string>());
      }
    }
    if (!is_wanted) continue;
    list.push_back({{"Id", id},
                    {"Names", {"/" + container.name}},
                    {"State", container.status},
                    {"Labels", container.labels}});
  }
  return list.dump();
}

std::string FakeEngine::Inspect(const FakeContainer& container) {
  const Json json = {
      {"Id", container.id},
      {"Name", "/" + container.name},
      {"Created", "2026-01-01T00:00:00Z"},
      {"RestartCount", 0},
      {"State",
       {{"Status", container.status},
        {"Running", container.status == "running"},
        {"Pid", container.pid},
        {"ExitCode", 0},
        {"StartedAt", container.started_at},
        {"FinishedAt", "0001-01-01T00:00:00Z"}}},
      {"Config", {{"Image", "busybox"}, {"Labels", container.labels}}},
      {"HostConfig", {{"NetworkMode", "default"}, {"RestartPolicy", {{"Name", "no"}}}}},
      {"NetworkSettings",
       {{"Networks", {{"bridge", {{"NetworkID", "b1"}, {"IPAddress", "172.31.255.2"}}}}}}}};
  return json.dump();
}

void FakeEngine::Start(FakeContainer& container) {
  container.status = "running";
  container.started_at = WallText();
  container.pid = 1000 + ++container.starts;
  Emit(container, "start");
}

void FakeEngine::Die(FakeContainer& container, const std::string& signal) {
  Emit(container, "kill", signal);
  container.status = "exited";
  container.pid = 0;
  Emit(container, "die");
}

std::string FakeEngine::Act(FakeContainer& container, const std::string& verb) {
  const bool is_running = container.status == "running";
  if (verb == "start") {
    if (is_running) return Reply(304, "", api_version_);
    Start(container);
  } else if (verb == "stop") {
    if (!is_running) return Reply(304, "", api_version_);
    Die(container, "15");
    Emit(container, "stop");
  } else if (verb == "restart") {
    if (is_running) {
      Die(container, "15");
      Emit(container, "stop");
    }
    Start(container);
    Emit(container, "restart");
  } else if (verb == "kill") {
    if (!is_running) {
      return Reply(409, Complaint("Cannot kill container: it is not running"), api_version_);
    }
    Die(container, "9");
  } else {
    return Reply(404, Complaint("page not found"), api_version_);
  }
  return Reply(204, "", api_version_);
}

}  // namespace fairlead::test
