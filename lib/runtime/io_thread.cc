#include "runtime/io_thread.h"

#include <pthread.h>

#include "base/check.h"

namespace fairlead::runtime {

IoThread::IoThread(const std::string& name)
    : guard_(asio::make_work_guard(context_)), thread_([this] { context_.run(); }) {
  pthread_setname_np(thread_.native_handle(), name.substr(0, 15).c_str());
}

IoThread::~IoThread() {
  Stop();
}

void IoThread::Stop() {
  if (!thread_.joinable()) return;
  CHECK(std::this_thread::get_id() != thread_.get_id());
  context_.stop();
  thread_.join();
}

}  // namespace fairlead::runtime
