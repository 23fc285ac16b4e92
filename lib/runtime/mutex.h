// Mutex and MutexLock: std::mutex with clang's thread-safety annotations.
//
// Why: the few locks that fairlead has are checked at compile time (clang -Wthread-safety): a field
// marked FAIRLEAD_GUARDED_BY cannot be touched without its lock. g++ ignores the marks.
#pragma once

#include <mutex>

#if defined(__clang__)
#define FAIRLEAD_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define FAIRLEAD_THREAD_ANNOTATION(x)
#endif

#define FAIRLEAD_GUARDED_BY(mutex) FAIRLEAD_THREAD_ANNOTATION(guarded_by(mutex))

namespace fairlead::runtime {

class FAIRLEAD_THREAD_ANNOTATION(capability("mutex")) Mutex {
 public:
  void Lock() FAIRLEAD_THREAD_ANNOTATION(acquire_capability()) { mutex_.lock(); }
  void Unlock() FAIRLEAD_THREAD_ANNOTATION(release_capability()) { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class FAIRLEAD_THREAD_ANNOTATION(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) FAIRLEAD_THREAD_ANNOTATION(acquire_capability(mutex))
      : mutex_(mutex) {
    mutex_.Lock();
  }
  ~MutexLock() FAIRLEAD_THREAD_ANNOTATION(release_capability()) { mutex_.Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace fairlead::runtime
