#include "runtime/lookup.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <utility>

namespace fairlead::runtime {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

struct Lookup {
  explicit Lookup(const asio::any_io_executor& executor) : resolver(executor), wait(executor) {}
  tcp::resolver resolver;
  asio::steady_timer wait;
  bool is_done = false;
  error_code error;
  std::vector<tcp::endpoint> found;
};

void Start(const std::shared_ptr<Lookup>& lookup, const std::string& host, std::uint16_t port) {
  lookup->resolver.async_resolve(
      host, std::to_string(port), tcp::resolver::numeric_service,
      [lookup](error_code error, const tcp::resolver::results_type& results) {
        lookup->is_done = true;
        lookup->error = error;
        for (const auto& result : results) lookup->found.push_back(result.endpoint());
        lookup->wait.cancel();
      });
}

}  // namespace

// It is left behind when the time is up: its own thread ends it.
asio::awaitable<Result<std::vector<tcp::endpoint>>> LookUp(asio::any_io_executor executor,
                                                           std::string host, std::uint16_t port,
                                                           Duration timeout) {
  const auto lookup = std::make_shared<Lookup>(executor);
  lookup->wait.expires_after(timeout);
  Start(lookup, host, port);
  const auto [error] = co_await lookup->wait.async_wait(asio::as_tuple(asio::use_awaitable));
  if (!lookup->is_done) {
    lookup->resolver.cancel();
    co_return Fail(error ? Code::kCancelled : Code::kDeadlineExceeded, "no answer");
  }
  if (lookup->error) co_return Fail(Code::kUnavailable, lookup->error.message());
  co_return std::move(lookup->found);
}

}  // namespace fairlead::runtime
