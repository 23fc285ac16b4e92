// CallCount: whether there are still calls, for whoever has to outlive them.
//
// Threads: any; one copy by one thread at a time.
#pragma once

#include <future>
#include <memory>

#include "base/time.h"

namespace fairlead::gateway {

class CallCount {
 public:
  // Held by a call until it has ended.
  using Token = std::shared_ptr<void>;

  CallCount() {
    const auto ended = std::make_shared<std::promise<void>>();
    none_ = ended->get_future().share();
    token_ = Token(ended.get(), [ended](void*) { ended->set_value(); });
  }

  // REQUIRES: before WaitForNone.
  Token Begin() const { return token_; }
  // False: some were still open after `patience`. REQUIRES: other copies are gone, or go meanwhile.
  bool WaitForNone(Duration patience) {
    token_.reset();
    return none_.wait_for(patience) == std::future_status::ready;
  }

 private:
  Token token_;
  std::shared_future<void> none_;
};

}  // namespace fairlead::gateway
