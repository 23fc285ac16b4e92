// EngineDriver: runs an engine's coroutines from a plain test, one at a time or in the background.
//
// Why: a test reads best as a sequence of calls. Every wait has a limit, so that a coroutine that
// never ends is a failed test and not a hung one.
// Threads: the test's only.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "base/result.h"

namespace fairlead::test {

namespace asio = boost::asio;

// A coroutine that was started and not waited for.
template <class T>
struct Background {
  asio::cancellation_signal cancel;
  bool is_done = false;
  std::optional<Result<T>> result;  // none when cancellation ended it by an exception
};

class EngineDriver {
 public:
  asio::io_context& context() { return context_; }

  template <class T>
  std::shared_ptr<Background<T>> Begin(asio::awaitable<Result<T>> work) {
    auto background = std::make_shared<Background<T>>();
    asio::co_spawn(context_, std::move(work),
                   asio::bind_cancellation_slot(
                       background->cancel.slot(),
                       [background](const std::exception_ptr& thrown, Result<T> result) {
                         background->is_done = true;
                         if (!thrown) background->result = std::move(result);
                       }));
    return background;
  }

  // kAborted when the work does not end within 30 s, which is a failure of the test.
  template <class T>
  Result<T> Run(asio::awaitable<Result<T>> work) {
    auto background = Begin(std::move(work));
    EXPECT_TRUE(RunUntil([&] { return background->is_done; }));
    if (!background->result) return Fail(Code::kAborted, "did not end");
    return std::move(*background->result);
  }

  // Runs the loop until `is_true`; false after 30 s.
  bool RunUntil(const std::function<bool()>& is_true) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!is_true() && std::chrono::steady_clock::now() < limit) {
      context_.restart();
      context_.run_one_for(std::chrono::milliseconds(50));
    }
    return is_true();
  }

 private:
  asio::io_context context_{1};
};

}  // namespace fairlead::test
