#include "controller/controller.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spec/read_labels.h"
#include "support/memory_engine.h"
#include "support/recording_hands.h"

namespace fairlead::controller {
namespace {

using test::Journal;

const ServiceName kService{"shop", "user-service"};

// The engine's facts of one replica, and what its labels mean; drains take no time unless told.
fleet::ContainerObserved Observed(const std::string& id, int number,
                                  const std::string& drain_timeout = "0s") {
  ContainerFacts facts = test::RunningContainer(id, number);
  facts.labels["fairlead.drain.timeout"] = drain_timeout;
  spec::LabelReading reading = spec::ReadLabels(facts, {});
  return {.facts = std::move(facts), .reading = std::move(reading)};
}

Generation GenerationOf(const std::string& id) {
  return test::RunningContainer(id, 1).generation();
}

// A controller on a loop of its own, with hands that write down in one journal what they do.
class ControllerTest : public ::testing::Test {
 protected:
  ControllerTest()
      : board_({}, [](fleet::OperatorCommand, std::function<void(Result<>)>) {}, {}, {}),
        inbox_(board_) {
    Hands hands{.prober = prober_,
                .publisher = publisher_,
                .store = store_,
                .board = board_,
                .act =
                    [this](fleet::Act act) {
                      journal_.push_back("act on " + act.generation.id.value);
                      acts_.push_back(std::move(act));
                    },
                .traffic = [this](fleet::TrafficOrder) { journal_.emplace_back("count callers"); },
                .cut = [this](fleet::CutCallers) { journal_.emplace_back("cut callers"); },
                .process = [this](fleet::ProcessOrder) { journal_.emplace_back("watch process"); },
                .look = [this](const ContainerId&) { journal_.emplace_back("look"); },
                .tell =
                    [this](const RecordedEvent& event) {
                      journal_.push_back("tell " + std::string(NoteKindName(event.note.kind)) +
                                         " " + event.note.code);
                    }};
    controller_ = std::make_unique<Controller>(loop_, inbox_, fleet::FleetOptions{},
                                               fleet::Remembered{}, std::move(hands));
  }
  ~ControllerTest() override { loop_.Stop(); }

  // Until the core has taken everything that was posted, and what it posted to itself.
  void Settle() {
    for (int i = 0; i < 4; ++i) loop_.RunAndWait([] {});
  }

  void Post(fleet::Event event) { EXPECT_TRUE(inbox_.Post(std::move(event))); }

  void Pass(const std::string& id) {
    inbox_.OnProbe(GenerationOf(id), {.check_class = spec::CheckClass::kServing});
  }

  // Two replicas that serve, and everybody knows.
  void Serve() {
    Post(Observed("c1", 1));
    Post(Observed("c2", 2));
    Post(fleet::InventorySynced{});
    Pass("c1");
    Pass("c2");
    Settle();
    ASSERT_EQ(board_.Status().phase, fleet::Phase::kServing);
    journal_.clear();
  }

  // Hands in a command; the answer is in answers_ when it has come.
  void Submit(fleet::OperatorVerb verb, const std::string& replica) {
    fleet::OperatorCommand command;
    command.verb = verb;
    command.replica = replica;
    command.actor = "uid 0";
    controller_->Submit(std::move(command), [this](Result<> answer) {
      answers_.push_back(std::move(answer));
      report_at_answer_ = board_.Services().empty() ? nullptr : board_.Services().front();
    });
  }

  // The first words of the journal, each once in a row.
  Journal Order() const {
    Journal order;
    for (const std::string& entry : journal_) {
      std::string word = entry.substr(0, entry.find(' '));
      if (order.empty() || order.back() != word) order.push_back(std::move(word));
    }
    return order;
  }
  long Count(const std::string& entry) const {
    return std::count(journal_.begin(), journal_.end(), entry);
  }
  std::size_t PositionOf(const std::string& entry) const {
    return static_cast<std::size_t>(std::find(journal_.begin(), journal_.end(), entry) -
                                    journal_.begin());
  }

  Journal journal_;
  test::MemoryStore store_{journal_};
  test::MemoryPublisher publisher_{journal_};
  test::MemoryProber prober_{journal_};
  runtime::IoThread loop_{"core"};
  StatusBoard board_;
  Inbox inbox_;
  std::vector<fleet::Act> acts_;
  std::vector<Result<>> answers_;
  std::shared_ptr<const fleet::ServiceReport> report_at_answer_;
  std::unique_ptr<Controller> controller_;
};

TEST_F(ControllerTest, TheViewsOfABurstGoOutBeforeTheFirstOfItIsWrittenOrTold) {
  Serve();
  loop_.RunAndWait([this] {
    Post(fleet::ProcessExited{GenerationOf("c1")});
    Post(fleet::ProcessExited{GenerationOf("c2")});
  });
  Settle();
  ASSERT_GE(journal_.size(), 3U);
  EXPECT_EQ(journal_[0], "publish user-service.shop: 1");
  EXPECT_EQ(journal_[1], "publish user-service.shop: 0");
  EXPECT_EQ(Count("tell rotation-changed out(dead)"), 2);
}

TEST_F(ControllerTest, PublishesThenRecordsThenActsThenTells) {
  Serve();
  Submit(fleet::OperatorVerb::kRestart, "user-service.shop/1");
  Settle();
  EXPECT_EQ(Order(), (Journal{"publish", "record", "count", "act", "tell"}));
  EXPECT_EQ(Count("publish user-service.shop: 1"), 1);
  EXPECT_EQ(Count("act on c1"), 1);
}

TEST_F(ControllerTest, OpensTheGateOnceAndAfterTheFirstViews) {
  Post(Observed("c1", 1));
  Settle();
  EXPECT_EQ(Count("open the gate"), 0);
  Post(fleet::InventorySynced{});
  Pass("c1");
  Settle();
  EXPECT_EQ(Count("open the gate"), 1);
  EXPECT_LT(PositionOf("publish user-service.shop: 1"), PositionOf("open the gate"));
  Post(fleet::InventoryStale{"the stream ended"});
  Post(fleet::InventorySynced{});
  Settle();
  EXPECT_EQ(board_.Status().phase, fleet::Phase::kServing);
  EXPECT_EQ(Count("open the gate"), 1);
}

TEST_F(ControllerTest, ShowsThePhaseAndItsReason) {
  Serve();
  Post(fleet::InventoryStale{"the stream ended"});
  Settle();
  EXPECT_EQ(board_.Status().phase, fleet::Phase::kStale);
  EXPECT_NE(board_.Status().phase_reason.find("the stream ended"), std::string::npos);
}

TEST_F(ControllerTest, OrdersTheChecksOfWhatRunsAndEndsThemWithIt) {
  Serve();
  EXPECT_EQ(prober_.targets.size(), 2U);
  Post(fleet::ContainerGone{ContainerId("c1")});
  Settle();
  EXPECT_EQ(Count("end checks of c1"), 1);
  EXPECT_EQ(prober_.targets.count(GenerationOf("c1")), 0U);
}

TEST_F(ControllerTest, AnActThatCouldNotBeRecordedIsNotCarriedOut) {
  Serve();
  store_.is_full = true;
  Submit(fleet::OperatorVerb::kRestart, "user-service.shop/1");
  Settle();
  EXPECT_TRUE(acts_.empty());
  EXPECT_GE(Count("tell diagnostic store-not-writable"), 1);
  EXPECT_EQ(Count("tell act-finished failed"), 1);
  ASSERT_EQ(answers_.size(), 1U);
  ASSERT_FALSE(answers_[0].has_value());
  EXPECT_EQ(answers_[0].error().code, Code::kFailedPrecondition);

  store_.is_full = false;
  Submit(fleet::OperatorVerb::kRestart, "user-service.shop/2");
  Settle();
  EXPECT_EQ(acts_.size(), 1U);
}

TEST_F(ControllerTest, ACommandAnsweredAtOnceIsNotDoneWhenItCouldNotBeRecorded) {
  Serve();
  fleet::ContainerObserved exited = Observed("c1", 1);
  exited.facts.status = EngineStatus::kExited;
  Post(std::move(exited));
  store_.is_full = true;
  Submit(fleet::OperatorVerb::kEvict, "user-service.shop/1");
  Settle();
  ASSERT_EQ(answers_.size(), 1U);
  ASSERT_FALSE(answers_[0].has_value());
  EXPECT_EQ(answers_[0].error().code, Code::kFailedPrecondition);
}

// The intent is written in one step and the command answered in another, after adoption.
TEST_F(ControllerTest, ACommandAnsweredLaterIsNotDoneWhenItCouldNotBeRecorded) {
  Serve();
  Post(Observed("c1", 1, "1h"));
  store_.is_full = true;
  Submit(fleet::OperatorVerb::kDrain, "user-service.shop/1");
  Settle();
  EXPECT_TRUE(answers_.empty());
  store_.is_full = false;
  inbox_.OnAdopted(kService, publisher_.views.at(kService)->revision);
  Settle();
  ASSERT_EQ(answers_.size(), 1U);
  ASSERT_FALSE(answers_[0].has_value());
  EXPECT_EQ(answers_[0].error().code, Code::kFailedPrecondition);
}

TEST_F(ControllerTest, WhoHasItsAnswerSeesWhatItCameTo) {
  Serve();
  Submit(fleet::OperatorVerb::kEvict, "user-service.shop/1");
  Settle();
  ASSERT_EQ(acts_.size(), 1U);
  Post(fleet::ActionFinished{.act = acts_[0].id, .generation = acts_[0].generation, .outcome = {}});
  Settle();
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_TRUE(answers_[0].has_value());
  ASSERT_NE(report_at_answer_, nullptr);
  EXPECT_EQ(report_at_answer_->replicas.at(0).intent, "evicted");
}

TEST_F(ControllerTest, ACommandOnNobodyIsAnsweredNotFound) {
  Serve();
  Submit(fleet::OperatorVerb::kDrain, "user-service.shop/9");
  Settle();
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_EQ(answers_[0].error().code, Code::kNotFound);
}

TEST_F(ControllerTest, AnAnswerThatNobodyWaitsForIsOnlyRecorded) {
  Serve();
  fleet::OperatorCommand command;
  command.command = 999;
  command.replica = "user-service.shop/9";
  Post(std::move(command));
  Settle();
  EXPECT_TRUE(answers_.empty());
  EXPECT_EQ(Count("tell command-answered NOT_FOUND"), 1);
}

TEST_F(ControllerTest, RefusesMoreCommandsThanItKeeps) {
  Serve();
  loop_.RunAndWait([this] {
    for (std::size_t i = 0; i <= kCommandsPendingMax; ++i)
      Submit(fleet::OperatorVerb::kDrain, "user-service.shop/9");
    ASSERT_EQ(answers_.size(), 1U);
    EXPECT_EQ(answers_[0].error().code, Code::kResourceExhausted);
  });
  Settle();
  EXPECT_EQ(answers_.size(), kCommandsPendingMax + 1);
}

TEST_F(ControllerTest, AFullInboxRefusesTheCommandAndForgetsIt) {
  Serve();
  loop_.RunAndWait([this] {
    while (inbox_.Post(fleet::Tick{})) {
    }
    // Whoever is refused may try again from within the refusal.
    controller_->Submit({}, [this](Result<> answer) {
      answers_.push_back(std::move(answer));
      Submit(fleet::OperatorVerb::kDrain, "user-service.shop/1");
    });
  });
  ASSERT_EQ(answers_.size(), 2U);
  EXPECT_EQ(answers_[0].error().code, Code::kResourceExhausted);
  EXPECT_EQ(answers_[1].error().code, Code::kResourceExhausted);
}

TEST_F(ControllerTest, AStoppingDaemonActsNoMore) {
  Serve();
  controller_->BeginStop();
  Submit(fleet::OperatorVerb::kRestart, "user-service.shop/1");
  Settle();
  EXPECT_TRUE(acts_.empty());
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_EQ(answers_[0].error().code, Code::kUnavailable);
  EXPECT_EQ(publisher_.views.at(kService)->endpoints.size(), 2U);
}

TEST_F(ControllerTest, PausesAreShownUntilTheyAreResumed) {
  Serve();
  EXPECT_TRUE(board_.Status().pauses.empty());
  const auto pause = [&](fleet::OperatorVerb verb) {
    fleet::OperatorCommand command;
    command.verb = verb;
    command.scope = fleet::PauseScope::kHost;
    command.actor = "uid 0";
    controller_->Submit(command,
                        [this](Result<> answer) { answers_.push_back(std::move(answer)); });
    Settle();
  };
  pause(fleet::OperatorVerb::kPause);
  ASSERT_EQ(board_.Status().pauses.size(), 1U);
  EXPECT_EQ(board_.Status().pauses[0].actor, "uid 0");
  pause(fleet::OperatorVerb::kResume);
  EXPECT_TRUE(board_.Status().pauses.empty());
  ASSERT_EQ(answers_.size(), 2U);
  for (const Result<>& answer : answers_) EXPECT_TRUE(answer) << answer.error().Text();
}

TEST_F(ControllerTest, APauseThatCannotBeWrittenIsAnsweredSo) {
  Serve();
  store_.is_full = true;
  fleet::OperatorCommand command;
  command.verb = fleet::OperatorVerb::kPause;
  command.scope = fleet::PauseScope::kHost;
  controller_->Submit(command, [this](Result<> answer) { answers_.push_back(std::move(answer)); });
  Settle();
  ASSERT_EQ(answers_.size(), 1U);
  ASSERT_FALSE(answers_[0]);
  EXPECT_EQ(answers_[0].error().code, Code::kFailedPrecondition);
}

TEST_F(ControllerTest, WhoAsksWhyIsAnsweredByTheCoreAndTooManyAreRefused) {
  Serve();
  std::vector<Code> codes;
  const auto take = [&](const Result<fleet::Explanation>& explained) {
    codes.push_back(explained ? Code::kOk : explained.error().code);
  };
  // The core is busy, so they wait.
  loop_.RunAndWait([&] {
    for (int i = 0; i < kExplanationsMax; ++i)
      controller_->Explain(i == 0 ? "nobody" : "user-service", take);
    controller_->Explain("user-service", take);
    EXPECT_EQ(codes, std::vector<Code>{Code::kResourceExhausted});
  });
  Settle();
  ASSERT_EQ(codes.size(), std::size_t{kExplanationsMax} + 1);
  EXPECT_EQ(codes[1], Code::kNotFound);
  EXPECT_EQ(codes[2], Code::kOk);
  codes.clear();
  controller_->Explain("user-service", take);
  Settle();
  EXPECT_EQ(codes, std::vector<Code>{Code::kOk}) << "room is given back";
}

}  // namespace
}  // namespace fairlead::controller
