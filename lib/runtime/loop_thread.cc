#include "runtime/loop_thread.h"

#include <pthread.h>

#include "base/check.h"

namespace fairlead::runtime {

LoopThread::LoopThread(const std::string& name) : thread_([this] { loop_.Run(); }) {
  pthread_setname_np(thread_.native_handle(), name.substr(0, 15).c_str());
}

LoopThread::~LoopThread() {
  Stop();
}

void LoopThread::Stop() {
  if (!thread_.joinable()) return;
  CHECK(std::this_thread::get_id() != thread_.get_id());
  loop_.Stop();
  thread_.join();
}

}  // namespace fairlead::runtime
