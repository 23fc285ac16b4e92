// Mailbox: values from any thread to one consumer, in order, bounded.
//
// Why: whoever has a fact for the core posts it and goes on; nothing reaches the core but through
// here. Overflow rule: a full mailbox refuses the value and counts it; the producer decides what
// that means (a lost health result is harmless, a lost observation asks for a new full list).
// Threads: Push from any thread; TakeAll on the consumer's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "runtime/mutex.h"

namespace fairlead::runtime {

template <class T>
class Mailbox {
 public:
  // `wake` is called, outside the lock, each time the mailbox goes from empty to not empty; it
  // should post TakeAll to the consumer's loop.
  Mailbox(std::size_t capacity, std::function<void()> wake)
      : capacity_(capacity), wake_(std::move(wake)) {}

  // False when the mailbox is full.
  bool Push(T value) {
    bool was_empty = false;
    {
      MutexLock lock(mutex_);
      if (values_.size() >= capacity_) {
        ++refused_;
        return false;
      }
      was_empty = values_.empty();
      values_.push_back(std::move(value));
    }
    if (was_empty) wake_();
    return true;
  }

  std::vector<T> TakeAll() {
    MutexLock lock(mutex_);
    return std::exchange(values_, {});
  }

  std::uint64_t refused() const {
    MutexLock lock(mutex_);
    return refused_;
  }

 private:
  const std::size_t capacity_;
  const std::function<void()> wake_;
  mutable Mutex mutex_;
  std::vector<T> values_ FAIRLEAD_GUARDED_BY(mutex_);
  std::uint64_t refused_ FAIRLEAD_GUARDED_BY(mutex_) = 0;
};

}  // namespace fairlead::runtime
