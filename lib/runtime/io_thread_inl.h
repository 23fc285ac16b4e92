// The template part of IoThread; include runtime/io_thread.h instead.
#pragma once

#include <future>

namespace fairlead::runtime {

template <class Work>
void IoThread::RunAndWait(Work&& work) {
  std::promise<void> done;
  Post([&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

}  // namespace fairlead::runtime
