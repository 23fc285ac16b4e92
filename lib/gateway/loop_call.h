// LoopCall: a member function to be called on a loop, by whoever and from whichever thread, as long
// as its object is there.
//
// Threads: the object's is the loop's; what For() makes may be called on any.
#pragma once

#include <memory>
#include <utility>

#include "runtime/event_loop.h"

namespace fairlead::gateway {

template <class Object>
class LoopCall {
 public:
  LoopCall(runtime::EventLoop& loop, Object* object)
      : loop_(loop), self_(std::make_shared<Object*>(object)) {}

  // What was made while the object was there does nothing once it is gone.
  template <class... Values>
  auto For(void (Object::*act)(Values...)) const {
    return [&loop = loop_, self = std::weak_ptr(self_), act](auto... values) {
      loop.Post([self, act, ... values = std::move(values)]() mutable {
        if (const auto object = self.lock()) ((*object)->*act)(std::move(values)...);
      });
    };
  }

 private:
  runtime::EventLoop& loop_;
  const std::shared_ptr<Object*> self_;
};

}  // namespace fairlead::gateway
