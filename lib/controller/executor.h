// Executor: carries one act at a time out per container, through the engine, and says how it ended.
//
// Threads: lives on the engine loop; Run from any thread; `finished` is called on the engine loop.
// Invariant: every act that was handed in is answered exactly once, whatever the engine does.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

#include "controller/own_acts.h"
#include "docker/engine.h"
#include "fleet/effects.h"
#include "fleet/event.h"

namespace fairlead::controller {

class Executor {
 public:
  using Finished = std::function<void(fleet::ActionFinished)>;

  // `touched` is told the container of each act that ended, so that it is looked at again.
  Executor(boost::asio::io_context& loop, docker::Engine& engine, OwnActs& own_acts,
           Finished finished, std::function<void(const ContainerId&)> touched);

  void Run(fleet::Act act);

 private:
  struct Parts;
  std::shared_ptr<Parts> parts_;
};

}  // namespace fairlead::controller
