// The floor of a push: a bare epoll server that writes the same bytes and reads the answers.
#pragma once

#include <cstdint>
#include <string>

namespace fairlead::bench {

struct PushRun {
  double cpu_us_per_push = 0;  // of the serving process: one push written, one acknowledgement read
};

// Serves `streams` connections of the push client; then pushes a response of `response_bytes` to
// all of them `rounds` times, each time waiting for every acknowledgement.
PushRun RunPushFloor(int streams, int rounds, std::size_t response_bytes,
                     const std::string& resource);

}  // namespace fairlead::bench
