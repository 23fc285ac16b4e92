// EngineDeaths: a plain reader of the engine's own event stream, which notes when each `die` came.
//
// Why: the engine's word is what ours is compared with, so it must be heard as early as anybody
// could, by the same clock: a thread that does nothing but read, on a stream with nothing else in
// it. Threads: its own reads; the methods are for one other thread. Every failure ends the program.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "bench/process_ends.h"

namespace fairlead::bench {

class EngineDeaths {
 public:
  // Subscribes at the engine's unix socket; returns when the engine has accepted that.
  explicit EngineDeaths(const std::string& unix_path);
  ~EngineDeaths();
  EngineDeaths(const EngineDeaths&) = delete;
  EngineDeaths& operator=(const EngineDeaths&) = delete;

  void Forget();
  // When the death of a container (its full id) was told since Forget.
  std::optional<Moment> Told(const std::string& id);

 private:
  void Read();

  const int fd_;
  std::string unread_;
  std::mutex mutex_;
  std::map<std::string, Moment> told_;  // by line of JSON
  std::thread reader_;
};

}  // namespace fairlead::bench
