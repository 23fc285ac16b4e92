#include "health/suspicion.h"

#include <gtest/gtest.h>

#include <string>

namespace fairlead::health {
namespace {

using namespace std::chrono_literals;
using News = Suspicion::News;
using spec::Suspect;
constexpr auto kCheck = QuestionKind::kCheck;
constexpr auto kTransport = QuestionKind::kTransport;

// A target that has answered thirty times in a millisecond: its limits are 50 ms.
class SuspicionTest : public ::testing::Test {
 protected:
  SuspicionTest() {
    for (int i = 0; i < 30; ++i) {
      AnswerIn(kCheck, 1ms);
      AnswerIn(kTransport, 1ms);
    }
  }
  void Ask(QuestionKind kind) { suspicion_.Asked(kind, now_); }
  News AnswerIn(QuestionKind kind, Duration latency) {
    Ask(kind);
    now_ += latency;
    return suspicion_.Answered(kind, now_);
  }
  News JudgeIn(Duration wait, bool is_late = false) {
    now_ += wait;
    return suspicion_.Judge(now_, is_late);
  }
  void BecomeSilent(QuestionKind kind) {
    Ask(kind);
    ASSERT_EQ(JudgeIn(50ms), News::kBegan);
    Ask(kCheck);
    ASSERT_EQ(JudgeIn(50ms), News::kSilent);
  }

  TimePoint now_{1h};
  Suspicion suspicion_;
};

TEST_F(SuspicionTest, AnUnansweredQuestionOfEitherKindBeginsItAtTheLimit) {
  for (const QuestionKind kind : {kCheck, kTransport}) {
    SetUp();
    Suspicion fresh = suspicion_;
    fresh.Asked(kind, now_);
    EXPECT_EQ(fresh.due(), now_ + 50ms);
    EXPECT_EQ(fresh.Judge(now_ + 49ms, false), News::kNone);
    EXPECT_EQ(fresh.Judge(now_ + 50ms, false), News::kBegan);
    EXPECT_EQ(fresh.stage(), Suspect::kSuspect);
    EXPECT_EQ(fresh.Evidence(), std::string(kind == kCheck ? "no answer" : "no acknowledgement") +
                                    " within 50ms, where 99 of 100 come within 2ms");
    EXPECT_EQ(fresh.due(), now_ + 100ms);
    EXPECT_EQ(fresh.Judge(now_ + 100ms, false), News::kSilent);
    EXPECT_EQ(fresh.stage(), Suspect::kSilent);
    EXPECT_EQ(fresh.due(), std::nullopt);
  }
}

TEST_F(SuspicionTest, AFewAnswersAreNoGroundForIt) {
  Suspicion fresh;
  for (int i = 0; i < Envelope::kUsableFrom - 1; ++i) {
    fresh.Asked(kCheck, now_);
    fresh.Answered(kCheck, now_ + 1ms);
  }
  fresh.Asked(kCheck, now_);
  EXPECT_EQ(fresh.due(), std::nullopt);
  EXPECT_EQ(fresh.Judge(now_ + 1h, false), News::kNone);
}

TEST_F(SuspicionTest, ACheckThatHasUsedItsTimeoutUpBeginsItHoweverLateItsLimitIs) {
  for (int i = 0; i < 5; ++i) AnswerIn(kCheck, 400ms);
  Ask(kCheck);
  EXPECT_EQ(suspicion_.Dropped(kCheck, now_ += 300ms), News::kNone);
  EXPECT_EQ(suspicion_.TimedOut(300ms, now_), News::kBegan);
  EXPECT_EQ(suspicion_.TimedOut(300ms, now_), News::kNone) << "it is suspect already";
  EXPECT_TRUE(suspicion_.Evidence().starts_with("no answer within 300ms, "))
      << suspicion_.Evidence();
  Ask(kCheck);
  EXPECT_EQ(JudgeIn(299ms), News::kNone);
  EXPECT_EQ(JudgeIn(1ms), News::kSilent);
  EXPECT_EQ(suspicion_.Dropped(kCheck, now_), News::kNone);
  EXPECT_EQ(AnswerIn(kCheck, 1ms), News::kEnded);
}

TEST_F(SuspicionTest, ATimeoutBeginsNothingWhileHabitsAreUnknownOrOnceANewConnectionWasAnswered) {
  Suspicion fresh;
  fresh.Asked(kCheck, now_);
  fresh.Dropped(kCheck, now_ + 300ms);
  EXPECT_EQ(fresh.TimedOut(300ms, now_ + 300ms), News::kNone);
  Ask(kCheck);
  ASSERT_EQ(JudgeIn(50ms), News::kBegan);
  ASSERT_EQ(suspicion_.AnsweredElsewhere(3ms, now_ += 3ms), News::kEnded);
  suspicion_.Dropped(kCheck, now_ += 250ms);
  EXPECT_EQ(suspicion_.TimedOut(300ms, now_), News::kNone);
}

TEST_F(SuspicionTest, ALateLoopJudgesNobodyAndGivesTheTimeAgain) {
  Ask(kCheck);
  EXPECT_EQ(JudgeIn(80ms, /*is_late=*/true), News::kNone);
  EXPECT_EQ(suspicion_.due(), now_ + 50ms);
  EXPECT_EQ(JudgeIn(50ms), News::kBegan);
  EXPECT_EQ(JudgeIn(70ms, /*is_late=*/true), News::kNone);
  EXPECT_EQ(suspicion_.stage(), Suspect::kSuspect);
  EXPECT_EQ(JudgeIn(50ms), News::kSilent);
}

TEST_F(SuspicionTest, AnAnswerInTimeOfEachKindThatIsOwedEndsIt) {
  BecomeSilent(kTransport);
  EXPECT_EQ(suspicion_.Answered(kTransport, now_), News::kAskAgain) << "it is late";
  EXPECT_EQ(AnswerIn(kTransport, 1ms), News::kNone);
  EXPECT_EQ(suspicion_.stage(), Suspect::kSilent) << "the check is owed";
  EXPECT_EQ(suspicion_.Answered(kCheck, now_), News::kAskAgain);
  EXPECT_EQ(AnswerIn(kCheck, 1ms), News::kEnded);
  EXPECT_EQ(suspicion_.stage(), Suspect::kNone);
}

TEST_F(SuspicionTest, AHungProgramWhoseTransportAnswersStaysSilentUntilItsCheckIsAnswered) {
  BecomeSilent(kCheck);
  EXPECT_EQ(AnswerIn(kTransport, 1ms), News::kNone);
  EXPECT_EQ(suspicion_.Dropped(kCheck, now_), News::kNone) << "its time is up";
  EXPECT_EQ(suspicion_.stage(), Suspect::kSilent);
  EXPECT_EQ(AnswerIn(kCheck, 1ms), News::kEnded);
}

TEST_F(SuspicionTest, AnAnswerOverANewConnectionClearsItAndTheOldQuestionSaysNoMore) {
  Ask(kCheck);
  ASSERT_EQ(JudgeIn(50ms), News::kBegan);
  EXPECT_EQ(suspicion_.AnsweredElsewhere(3ms, now_ += 3ms), News::kEnded);
  EXPECT_EQ(suspicion_.due(), std::nullopt);
  EXPECT_EQ(JudgeIn(1h), News::kNone);
  EXPECT_EQ(suspicion_.Answered(kCheck, now_), News::kNone);
  Ask(kCheck);
  EXPECT_EQ(JudgeIn(50ms), News::kBegan) << "the next one does";
}

TEST_F(SuspicionTest, ALateAnswerShowsThatItIsNotSilentAndAsksAgain) {
  Ask(kCheck);
  ASSERT_EQ(JudgeIn(50ms), News::kBegan);
  now_ += 40ms;
  EXPECT_EQ(suspicion_.Answered(kCheck, now_), News::kAskAgain);
  EXPECT_EQ(suspicion_.due(), now_ + 50ms);
  EXPECT_EQ(suspicion_.AnsweredElsewhere(60ms, now_ += 20ms), News::kAskAgain);
  EXPECT_EQ(suspicion_.due(), now_ + 50ms);
}

TEST_F(SuspicionTest, ALostConnectionOwesNoAcknowledgement) {
  BecomeSilent(kTransport);
  EXPECT_EQ(suspicion_.Dropped(kTransport, now_), News::kNone);
  now_ += 1s;
  EXPECT_EQ(suspicion_.Dropped(kCheck, now_), News::kNone);
  EXPECT_EQ(AnswerIn(kCheck, 1ms), News::kEnded);
}

TEST_F(SuspicionTest, OurOwnTroubleEndsWhatIsNotProved) {
  Ask(kCheck);
  ASSERT_EQ(JudgeIn(50ms), News::kBegan);
  EXPECT_EQ(suspicion_.Doubted(now_), News::kEnded);
  SuspicionTest::BecomeSilent(kTransport);
  EXPECT_EQ(suspicion_.Doubted(now_), News::kNone);
  EXPECT_EQ(suspicion_.stage(), Suspect::kSilent);
}

TEST_F(SuspicionTest, OneStallDoesNotMakeItPatientAndANewHabitDoes) {
  for (int i = 0; i < 10; ++i) {
    AnswerIn(kCheck, 400ms);
    AnswerIn(kCheck, 1ms);
  }
  Ask(kCheck);
  EXPECT_EQ(suspicion_.due(), now_ + 50ms) << "ten stalls apart";
  suspicion_.Answered(kCheck, now_ += 1ms);
  for (int i = 0; i < 5; ++i) AnswerIn(kCheck, 400ms);
  Ask(kCheck);
  EXPECT_GT(*suspicion_.due(), now_ + 3s) << "it has become slower";
}

}  // namespace
}  // namespace fairlead::health
