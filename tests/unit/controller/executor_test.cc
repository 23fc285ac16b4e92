#include "controller/executor.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/memory_engine.h"

namespace fairlead::controller {
namespace {

struct Carried {
  std::vector<std::string> asked;
  std::vector<fleet::ActionFinished> finished;
  std::vector<ContainerId> touched;
};

Carried Carry(fleet::ActKind kind, Result<> engine_says) {
  boost::asio::io_context loop(1);
  test::MemoryEngine engine(loop);
  engine.act_outcome = std::move(engine_says);
  OwnActs own_acts;
  Carried run;
  Executor executor(
      loop, engine, own_acts,
      [&](fleet::ActionFinished done) { run.finished.push_back(std::move(done)); },
      [&](const ContainerId& id) { run.touched.push_back(id); });
  fleet::Act act;
  act.id = fleet::ActId(7);
  act.kind = kind;
  act.generation = {ContainerId("c1"), "t1"};
  executor.Run(act);
  loop.run();
  run.asked = engine.acts;
  return run;
}

TEST(Executor, AsksTheEngineForTheActAndAnswersOnce) {
  const Carried run = Carry(fleet::ActKind::kRestart, {});
  EXPECT_EQ(run.asked, std::vector<std::string>{"restart c1"});
  ASSERT_EQ(run.finished.size(), 1U);
  EXPECT_EQ(run.finished[0].act, fleet::ActId(7));
  EXPECT_EQ(run.finished[0].generation, (Generation{ContainerId("c1"), "t1"}));
  EXPECT_TRUE(run.finished[0].outcome.has_value());
  EXPECT_EQ(run.touched, std::vector{ContainerId("c1")});
}

TEST(Executor, AContainerAlreadyInTheWishedStateIsSuccess) {
  EXPECT_TRUE(Carry(fleet::ActKind::kStop, Fail(Code::kAlreadyExists, "stop container: 304"))
                  .finished.at(0)
                  .outcome);
}

TEST(Executor, HandsTheEnginesErrorOn) {
  const Carried run =
      Carry(fleet::ActKind::kStart, Fail(Code::kInternal, "start container: no such network"));
  ASSERT_EQ(run.finished.size(), 1U);
  EXPECT_EQ(run.finished[0].outcome.error().code, Code::kInternal);
}

}  // namespace
}  // namespace fairlead::controller
