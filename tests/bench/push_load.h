// What the push benchmark asks of a server, floor or real, and what it gets.
#pragma once

#include <string>

namespace fairlead::bench {

struct PushLoad {
  int streams = 0;        // connections with one stream each
  int rounds = 0;         // pushes to every stream, each until all have acknowledged it
  std::string resource;   // whose endpoints they subscribe to
  std::string unix_path;  // empty: TCP over loopback
};

struct PushRun {
  double cpu_us_per_push = 0;     // of the serving process: one push written, one answer read
  double rss_kib_per_stream = 0;  // what connecting and the first push added to resident memory
};

}  // namespace fairlead::bench
