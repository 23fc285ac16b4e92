#include "support/fake/event_subscriber.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/no_throw.h"

namespace fairlead::test {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using Json = nlohmann::json;
using runtime::kNoThrow;

// filters={"event":["die"]}, or the map form {"event":{"die":true}} of old clients.
std::set<std::string> Filter(const Json& filters, const char* key) {
  std::set<std::string> wanted;
  if (!filters.is_object() || !filters.contains(key)) return wanted;
  for (const auto& [name, value] : filters[key].items()) {
    wanted.insert(value.is_string() ? value.get<std::string>() : name);
  }
  return wanted;
}

int ApiOf(const HttpRequest& request) {
  constexpr int kNewest = 9999;  // an unversioned path speaks the engine's newest
  return request.version.empty() ? kNewest : VersionNumber(request.version);
}

}  // namespace

EventSubscriber::EventSubscriber(std::shared_ptr<Socket> socket, const HttpRequest& request,
                                 std::string separator, std::uint64_t seed)
    : socket_(std::move(socket)),
      wake_(socket_->get_executor()),
      api_(ApiOf(request)),
      separator_(std::move(separator)),
      rng_(seed) {
  const Json filters = Json::parse(request.Query("filters"), nullptr, false);
  types_ = Filter(filters, "type");
  actions_ = Filter(filters, "event");
}

void EventSubscriber::Run() {
  auto pump = [](std::shared_ptr<EventSubscriber> self) -> awaitable<void> {
    co_await self->Pump();
  };
  auto watch = [](std::shared_ptr<EventSubscriber> self) -> awaitable<void> {
    co_await self->WatchForHangUp();
  };
  asio::co_spawn(socket_->get_executor(), pump(shared_from_this()), asio::detached);
  asio::co_spawn(socket_->get_executor(), watch(shared_from_this()), asio::detached);
}

bool EventSubscriber::Wants(const FakeEvent& event) const {
  if (!types_.empty() && !types_.contains(event.type)) return false;
  if (actions_.empty()) return true;
  for (const std::string& action : actions_) {
    // "health_status" stands for "health_status: healthy" too.
    if (event.action == action || event.action.starts_with(action + ":")) return true;
  }
  return false;
}

void EventSubscriber::Tell(std::string record, const EventLuck& luck) {
  delay_ = luck.delay;
  const auto happens = [this](int percent) {
    return percent > 0 && static_cast<int>(rng_.Below(100)) < percent;
  };
  if (happens(luck.lost)) return;
  const std::string chunk = Chunk(separator_ + std::move(record));
  if (held_.empty() && happens(luck.held)) {
    held_ = chunk;
    return;
  }
  Write(chunk);
  if (happens(luck.doubled)) Write(chunk);
  if (!held_.empty()) Write(std::exchange(held_, ""));
}

void EventSubscriber::Write(std::string bytes) {
  if (!is_open_ || is_ending_) return;
  if (queue_.size() >= kEventsQueuedMax) {
    ++skipped_;
    return;
  }
  queue_.push_back(std::move(bytes));
  wake_.cancel();
}

void EventSubscriber::End() {
  if (!held_.empty()) Write(std::exchange(held_, ""));
  queue_.emplace_back("0\r\n\r\n");
  is_ending_ = true;
  wake_.cancel();
}

void EventSubscriber::Cut() {
  is_open_ = false;
  boost::system::error_code ignored;
  socket_->close(ignored);
  wake_.cancel();
}

awaitable<void> EventSubscriber::Pump() {
  boost::system::error_code ignored;
  while (is_open_) {
    if (queue_.empty()) {
      if (is_ending_) break;
      wake_.expires_at(asio::steady_timer::time_point::max());
      co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
      continue;
    }
    if (delay_.count() > 0) {
      asio::steady_timer late(socket_->get_executor(), delay_);
      co_await late.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
      if (!is_open_) break;
    }
    const std::string bytes = std::move(queue_.front());
    queue_.pop_front();
    const auto [error, written] =
        co_await asio::async_write(*socket_, asio::buffer(bytes), kNoThrow);
    if (error) break;
  }
  Cut();
}

awaitable<void> EventSubscriber::WatchForHangUp() {
  char byte = 0;
  for (;;) {
    const auto [error, read] = co_await socket_->async_read_some(asio::buffer(&byte, 1), kNoThrow);
    if (error) break;
  }
  if (is_open_) Cut();
}

}  // namespace fairlead::test
