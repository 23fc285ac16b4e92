// What a fault proxy does to a stream, seen from a client of an echo server behind it.
#include "support/fault_proxy.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>

#include "runtime/no_throw.h"

namespace fairlead::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;
using runtime::kNoThrow;

// Sends back whatever comes, and counts it.
class Echo {
 public:
  explicit Echo(asio::io_context& context)
      : context_(context), acceptor_(context, {asio::ip::address_v4::loopback(), /*port_num=*/0}) {
    asio::co_spawn(context, Accept(), asio::detached);
  }
  std::string endpoint() const {
    return fmt::format("tcp://127.0.0.1:{}", acceptor_.local_endpoint().port());
  }
  std::size_t heard() const { return heard_; }

 private:
  asio::awaitable<void> Accept() {
    for (;;) {
      auto [error, socket] = co_await acceptor_.async_accept(kNoThrow);
      if (error) co_return;
      asio::co_spawn(context_, Serve(std::move(socket)), asio::detached);
    }
  }
  asio::awaitable<void> Serve(tcp::socket socket) {
    std::array<char, 4096> buffer;
    for (;;) {
      const auto [error, read] = co_await socket.async_read_some(asio::buffer(buffer), kNoThrow);
      if (error) co_return;
      heard_ += read;
      co_await asio::async_write(socket, asio::buffer(buffer.data(), read), kNoThrow);
    }
  }
  asio::io_context& context_;
  tcp::acceptor acceptor_;
  std::size_t heard_ = 0;
};

class FaultProxyTest : public ::testing::Test {
 protected:
  // What a client gets that sends `text`, up to `wanted` bytes or the end: "text", "text|end",
  // "text|reset", or "text|silence" when nothing more comes for a while.
  std::string Talk(tcp::socket& client, const std::string& text, std::size_t wanted) {
    error_code error;
    asio::write(client, asio::buffer(text), error);
    std::string got;
    const auto quiet_at = std::chrono::steady_clock::now() + kQuiet;
    while (got.size() < wanted && std::chrono::steady_clock::now() < quiet_at) {
      context_.restart();
      context_.run_one_for(1ms);
      std::array<char, 4096> buffer;
      const std::size_t read = client.read_some(asio::buffer(buffer), error);
      got.append(buffer.data(), read);
      if (error == asio::error::eof) return got + "|end";
      if (error == asio::error::connection_reset) return got + "|reset";
    }
    return got.size() < wanted ? got + "|silence" : got;
  }

  tcp::socket Connect() {
    tcp::socket client(context_);
    const std::string endpoint = proxy_.endpoint();
    const int port = std::stoi(endpoint.substr(endpoint.rfind(':') + 1));
    error_code error;
    client.connect({asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port)}, error);
    EXPECT_FALSE(error);
    client.non_blocking(true);
    return client;
  }

  std::string Suffer(const Fault& fault, std::size_t wanted = 5) {
    proxy_.ClearRules();
    proxy_.AddRule({.when = "hello", .fault = fault});
    tcp::socket client = Connect();
    return Talk(client, "hello", wanted);
  }

  static constexpr auto kQuiet = 300ms;
  asio::io_context context_{1};
  Echo echo_{context_};
  FaultProxy proxy_{context_, "", echo_.endpoint()};
};

TEST_F(FaultProxyTest, PassesWhatNoRuleNames) {
  proxy_.AddRule({.when = "other", .fault = {.kind = FaultKind::kReset}});
  tcp::socket client = Connect();
  EXPECT_EQ(Talk(client, "hello", 5), "hello");
  EXPECT_EQ(proxy_.open_connections("hello"), 1);
}

TEST_F(FaultProxyTest, EndsResetsAndTruncates) {
  EXPECT_EQ(Suffer({.kind = FaultKind::kEnd}), "|end");
  EXPECT_EQ(Suffer({.kind = FaultKind::kReset}), "|reset");
  EXPECT_EQ(Suffer({.kind = FaultKind::kEnd, .after_bytes = 3}), "hel|end");
  EXPECT_EQ(Suffer({.kind = FaultKind::kFreeze, .after_bytes = 2}), "he|silence");
}

TEST_F(FaultProxyTest, SwallowsEitherDirectionOrBoth) {
  EXPECT_EQ(Suffer({.kind = FaultKind::kSwallowAnswers}), "|silence");
  EXPECT_EQ(echo_.heard(), 5u);
  EXPECT_EQ(Suffer({.kind = FaultKind::kSwallowQuestions}), "|silence");
  EXPECT_EQ(Suffer({.kind = FaultKind::kHalfOpen}), "|silence");
  EXPECT_EQ(echo_.heard(), 5u);
}

TEST_F(FaultProxyTest, DelaysAndThenTellsAll) {
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(Suffer({.kind = FaultKind::kDelay, .delay = 20ms}), "hello");
  EXPECT_GE(std::chrono::steady_clock::now() - before, 40ms);  // there and back
}

TEST_F(FaultProxyTest, ARuleCountsItsConnections) {
  proxy_.AddRule({.when = "hello", .skip = 1, .times = 1, .fault = {.kind = FaultKind::kEnd}});
  std::string got;
  for (int i = 0; i < 3; ++i) {
    tcp::socket client = Connect();
    got += Talk(client, "hello", 5) + " ";
  }
  EXPECT_EQ(got, "hello |end hello ");
}

TEST_F(FaultProxyTest, AFrozenConnectionThawsWithNothingLost) {
  tcp::socket client = Connect();
  EXPECT_EQ(Talk(client, "hello", 5), "hello");
  EXPECT_EQ(proxy_.Inflict("hello", {.kind = FaultKind::kFreeze}), 1);
  EXPECT_EQ(Talk(client, "again", 5), "|silence");
  proxy_.Inflict("hello", {});
  EXPECT_EQ(Talk(client, "", 5), "again");
  EXPECT_EQ(proxy_.Inflict("hello", {.kind = FaultKind::kReset}), 1);
  EXPECT_EQ(Talk(client, "", 5), "|reset");
}

TEST_F(FaultProxyTest, WithoutAServerTheClientIsClosed) {
  FaultProxy orphan(context_, "", "tcp://127.0.0.1:1");
  tcp::socket client(context_);
  const std::string endpoint = orphan.endpoint();
  error_code error;
  client.connect({asio::ip::address_v4::loopback(),
                  static_cast<std::uint16_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1)))},
                 error);
  client.non_blocking(true);
  EXPECT_EQ(Talk(client, "hello", 5), "|end");
}

}  // namespace
}  // namespace fairlead::test
