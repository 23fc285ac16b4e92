// Answers: lets a server that is well hang on purpose, as a deadlock or a stuck dependency would.
// Its connections stay open and its HTTP/2 library goes on; nobody gets an answer.
//
// Threads: any. Invariant: each answer that was given here is given exactly once.
#pragma once

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace fairlead::demo {

class Answers {
 public:
  // Gives the answer now, or when the server answers again.
  void Give(std::function<void()> answer) {
    {
      const std::lock_guard lock(mutex_);
      if (is_hung_) {
        waiting_.push_back(std::move(answer));
        return;
      }
    }
    answer();
  }

  void Hang() {
    const std::lock_guard lock(mutex_);
    is_hung_ = true;
  }

  // Gives every answer that waits.
  void GoOn() {
    std::vector<std::function<void()>> waiting;
    {
      const std::lock_guard lock(mutex_);
      is_hung_ = false;
      waiting.swap(waiting_);
    }
    for (const auto& answer : waiting) answer();
  }

  bool is_hung() {
    const std::lock_guard lock(mutex_);
    return is_hung_;
  }

 private:
  std::mutex mutex_;
  bool is_hung_ = false;                        // guarded by mutex_
  std::vector<std::function<void()>> waiting_;  // guarded by mutex_
};

}  // namespace fairlead::demo
