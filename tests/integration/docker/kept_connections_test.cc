// Which questions share a connection, and what becomes of one that is of no more use.
#include "docker/kept_connections.h"

#include <gtest/gtest.h>

#include "integration/docker/engine_fixture.h"

namespace fairlead::docker {
namespace {

const std::string kOk = "HTTP/1.1 200 OK\r\n";

class KeptConnectionsTest : public EngineFixture {
 protected:
  void Ask(EngineLimits limits) {
    engine_ = *MakeHttpEngine(driver_.context(), fake_.endpoint(), limits);
    ASSERT_TRUE(driver_.Run(engine_->Hello()));
  }
  std::string Inspected() { return Outcome(engine_->Inspect(id_)); }

  // How many connections are opened and requests made by `inspects` inspects in turn, all well.
  std::string CostOf(int inspects) {
    const int accepted = fake_.accepted();
    const std::size_t requests = fake_.requests().size();
    for (int i = 0; i < inspects; ++i) EXPECT_EQ(Inspected(), "OK") << last_message_;
    return fmt::format("{} opened, {} asked", fake_.accepted() - accepted,
                       fake_.requests().size() - requests);
  }
  bool UntilOpenAre(int connections) {
    return driver_.RunUntil([&] { return fake_.connections_open() == connections; });
  }
  std::string Container() const {
    return fmt::format(R"({{"Id":"{}","State":{{"Status":"exited"}}}})", id_.value);
  }
};

TEST_F(KeptConnectionsTest, ListsAndInspectsInTurnShareOne) {
  EXPECT_EQ(CostOf(3), "1 opened, 3 asked");
  ASSERT_TRUE(driver_.Run(engine_->List()));
  ASSERT_TRUE(driver_.Run(engine_->ListRunning()));
  EXPECT_EQ(CostOf(2), "0 opened, 2 asked");
}

TEST_F(KeptConnectionsTest, PingsActsAndGreetingsHaveTheirOwn) {
  EXPECT_EQ(CostOf(1), "1 opened, 1 asked");
  const int before = fake_.accepted();
  EXPECT_EQ(Outcome(engine_->Ping()), "OK");
  EXPECT_EQ(Outcome(engine_->Start(id_)), "OK");
  EXPECT_EQ(fake_.accepted(), before + 2);
  EXPECT_EQ(CostOf(1), "0 opened, 1 asked");
  EXPECT_EQ(Outcome(engine_->Hello()), "OK");
  EXPECT_EQ(fake_.accepted(), before + 4);
}

TEST_F(KeptConnectionsTest, AsManyAreKeptAsMayBeAskedAtOnce) {
  std::vector<std::shared_ptr<test::Background<ContainerFacts>>> asked;
  const int most = static_cast<int>(TestLimits().kept_connections_max);
  const int before = fake_.accepted();
  for (int i = 0; i < most + 2; ++i) asked.push_back(driver_.Begin(engine_->Inspect(id_)));
  for (const auto& each : asked) ASSERT_TRUE(driver_.RunUntil([&] { return each->is_done; }));
  EXPECT_EQ(fake_.accepted(), before + most + 2);
  EXPECT_TRUE(UntilOpenAre(most));
  EXPECT_EQ(CostOf(20), "0 opened, 20 asked");
}

TEST_F(KeptConnectionsTest, TheFirstIdleOneIsClosedAndNoneIsKeptUntilTheNextGreeting) {
  EngineLimits limits = TestLimits();
  limits.kept_idle_max = 20ms;
  Ask(limits);
  EXPECT_EQ(CostOf(1), "1 opened, 1 asked");
  EXPECT_TRUE(UntilOpenAre(0));
  EXPECT_EQ(CostOf(3), "3 opened, 3 asked");
  EXPECT_EQ(Outcome(engine_->Hello()), "OK");
  ASSERT_TRUE(driver_.RunUntil([&] { return fake_.connections_open() == 0; }));
  EXPECT_EQ(Inspected(), "OK");
  EXPECT_EQ(fake_.connections_open(), 1) << "it is kept again";
}

TEST_F(KeptConnectionsTest, AGreetingDropsThoseThatWaitAndThoseThatAreOut) {
  EXPECT_EQ(CostOf(1), "1 opened, 1 asked");
  fake_.Misbehave("/json", {.delay = 50ms});
  const auto slow = driver_.Begin(engine_->Inspect(id_));
  const auto other = driver_.Begin(engine_->Inspect(id_));
  ASSERT_TRUE(driver_.RunUntil([&] { return fake_.connections_open() == 2; }));
  EXPECT_EQ(Outcome(engine_->Hello()), "OK");
  ASSERT_FALSE(slow->is_done);
  ASSERT_TRUE(driver_.RunUntil([&] { return slow->is_done && other->is_done; }));
  EXPECT_TRUE(slow->result->has_value());
  EXPECT_TRUE(UntilOpenAre(0));
}

TEST_F(KeptConnectionsTest, OneThatEndedWhileItWaitedIsNoFailure) {
  fake_.Misbehave("/json", {.raw = kOk + "Content-Length: " + std::to_string(Container().size()) +
                                   "\r\n\r\n" + Container()});
  EXPECT_EQ(Inspected(), "OK");
  ASSERT_TRUE(UntilOpenAre(0));
  fake_.Behave();
  EXPECT_EQ(CostOf(1), "1 opened, 1 asked");
}

TEST_F(KeptConnectionsTest, OneThatEndsBeforeItAnswersIsAskedAnewOnce) {
  EXPECT_EQ(CostOf(1), "1 opened, 1 asked");
  fake_.Misbehave("/json", {.cut_after = 0, .times = 1});
  EXPECT_EQ(CostOf(1), "1 opened, 2 asked");
  const std::size_t before = fake_.requests().size();
  fake_.Misbehave("/json", {.cut_after = 0, .times = 2});
  EXPECT_EQ(Inspected(), "UNAVAILABLE");
  EXPECT_EQ(fake_.requests().size(), before + 2);
}

TEST_F(KeptConnectionsTest, NothingElseIsAskedAnew) {
  const auto asked_by = [&](test::Misbehaviour how, bool is_kept) {
    fake_.Behave();
    EXPECT_EQ(Outcome(engine_->Hello()), "OK");
    if (is_kept) {
      EXPECT_EQ(CostOf(1), "1 opened, 1 asked");
    }
    fake_.Misbehave("/json", std::move(how));
    const std::size_t before = fake_.requests().size();
    const std::string outcome = Inspected();
    return fmt::format("{} {}", outcome, fake_.requests().size() - before);
  };
  EXPECT_EQ(asked_by({.cut_after = 0}, /*is_kept=*/false), "UNAVAILABLE 1");
  EXPECT_EQ(asked_by({.cut_after = 5}, /*is_kept=*/true), "UNAVAILABLE 1");
  EXPECT_EQ(asked_by({.raw = "hello\r\n\r\n"}, /*is_kept=*/true), "DATA_LOSS 1");
  EXPECT_EQ(asked_by({.holds_open = true}, /*is_kept=*/true), "DEADLINE_EXCEEDED 1");
}

TEST_F(KeptConnectionsTest, OneWhoseAnswerCouldNotBeToldFromTheNextIsNotUsedAgain) {
  const std::string body = Container();
  const std::string plain = fmt::format("Content-Length: {}\r\n", body.size());
  for (const std::string& answer : {kOk + "Connection: close\r\n" + plain + "\r\n" + body,
                                    "HTTP/1.0 200 OK\r\n" + plain + "\r\n" + body,
                                    kOk + plain + "\r\n" + body + "HTTP/1.1 200 OK\r\n"}) {
    fake_.Misbehave("/json", {.raw = answer, .holds_open = true, .times = 1});
    ASSERT_EQ(Inspected(), "OK") << answer;
    EXPECT_EQ(Inspected(), "OK") << answer;  // else it would wait for one that answers no more
  }
}

}  // namespace
}  // namespace fairlead::docker
