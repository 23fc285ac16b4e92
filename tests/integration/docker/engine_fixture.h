// A fake engine, our client of it with short limits, and a driver for both.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "docker/http_engine.h"
#include "support/engine_driver.h"
#include "support/fake_engine.h"

namespace fairlead::docker {

using namespace std::chrono_literals;

// Short times keep the tests that wait for one fast; the machine may still be ten times slower than
// usual before a proper answer misses its deadline.
inline EngineLimits TestLimits() {
  EngineLimits limits;
  limits.body_bytes_max = 64 * 1024;
  limits.inspect_deadline = 1s;
  limits.events_open_deadline = 1s;
  return limits;
}

class EngineFixture : public ::testing::Test {
 protected:
  EngineFixture() { EXPECT_TRUE(driver_.Run(engine_->Hello())); }

  // "OK" or the name of the error's code.
  template <class T>
  std::string Outcome(asio::awaitable<Result<T>> call) {
    auto done = driver_.Run(std::move(call));
    if (!done) last_message_ = done.error().message;
    return std::string(CodeName(done ? Code::kOk : done.error().code));
  }

  test::EngineDriver driver_;
  test::FakeEngine fake_{driver_.context(),
                         fmt::format("{}fairlead-{}.sock", ::testing::TempDir(), ::getpid())};
  std::unique_ptr<Engine> engine_ =
      *MakeHttpEngine(driver_.context(), fake_.endpoint(), TestLimits());
  const ContainerId id_{fake_.Add("aa", {{"fairlead.enable", "true"}})};
  std::string last_message_;
};

}  // namespace fairlead::docker
