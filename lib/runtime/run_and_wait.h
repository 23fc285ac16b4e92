// RunAndWait: work done on another thread's loop, while the caller waits. For IoThread and
// LoopThread.
#pragma once

#include <future>

namespace fairlead::runtime {

// `loop` runs what is posted to it. REQUIRES: not called on the loop's own thread, nor after its
// end.
template <class Loop, class Work>
void RunAndWaitOn(Loop& loop, Work& work) {
  std::promise<void> done;
  loop.Post([&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

}  // namespace fairlead::runtime
