// death_peers XDS_SOCKET ENGINE_SOCKET SERVICE STREAMS: kills containers from outside, and says
// when each of many discovery streams had the list without them, and when the engine told.
//
// It takes commands from standard input, one a line, and answers each with a line:
//   await IP...         `ready N us ago` once every stream has a list with all of these, and none
//                       has come for a while; N is since the last
//   kill PID,IP,ID...   SIGKILL to these processes, one after the other. JSON, in microseconds
//                       after each kill, `ended` being the kernel's word, and how many lists came:
//     {"deaths": [{"ended_us": N, "die_us": N, "streams_us": [N, ...]}, ...], "lists": N}
//   hang PID,IP...      SIGUSR1 to these, at which the demo's service answers nobody any more;
//   likewise
//     {"hangs": [{"streams_us": [N, ...]}, ...]}
// Why one program: killer, streams and the engine's reader share one clock. It takes the processor
// before others, as it stands for a thousand clients of which each would need next to nothing. See
// death_bench.py and hang_bench.py.
#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "bench/clean_host.h"
#include "bench/discovery_peers.h"
#include "bench/engine_deaths.h"
#include "bench/process_ends.h"
#include "runtime/priority.h"

namespace fairlead::bench {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto kPatience = 30s;  // a death is known within a second
constexpr auto kCalm = 300ms;    // longer than what a push to all streams takes

struct Death {
  pid_t pid = 0;
  std::string mark;  // its address as it stands in a list
  std::string id;
  Moment killed;
  std::vector<std::optional<Moment>> gone;  // by stream: the first list without it
};

// SocketAddress.address: its length comes before it, so no address is found in a longer one.
std::string MarkOf(const std::string& ip) {
  return ProtoField(2, ip);
}

long Microseconds(steady_clock::duration duration) {
  return static_cast<long>(std::chrono::duration_cast<std::chrono::microseconds>(duration).count());
}

class Watchers {
 public:
  Watchers(const std::string& xds, const std::string& engine, const std::string& service,
           int streams)
      : deaths_told_(engine),
        lists_(static_cast<std::size_t>(streams)),
        peers_({.port = 0, .unix_path = xds}, streams, service,
               [this](std::size_t stream, std::string_view list) { OnList(stream, list); }) {}

  // Takes commands until the end of standard input.
  void Run() {
    std::string line;
    while (NextLine(line)) {
      std::istringstream words(line);
      std::string command;
      words >> command;
      const std::vector<std::string> rest{std::istream_iterator<std::string>(words), {}};
      if (command == "await") Await(rest);
      if (command == "kill") Kill(rest);
      if (command == "hang") Hang(rest);
      std::fflush(stdout);
    }
  }

 private:
  void OnList(std::size_t stream, std::string_view list) {
    const Moment now = steady_clock::now();
    last_list_ = now;
    ++lists_seen_;
    lists_[stream] = list;
    for (Death& death : deaths_) {
      if (!death.gone[stream] && list.find(death.mark) == std::string_view::npos) {
        death.gone[stream] = now;
        --lists_owed_;
      }
    }
  }

  // The streams are served while nothing is asked.
  bool NextLine(std::string& line) {
    pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    while (poll(&input, 1, 0) == 0) Serve(5);
    return static_cast<bool>(std::getline(std::cin, line));
  }

  void Serve(int timeout_ms) {
    if (!peers_.Turn(timeout_ms)) Die("fairleadd closed a stream");
  }

  template <class Done>
  void ServeUntil(const char* what, Done done) {
    const Moment until = steady_clock::now() + kPatience;
    while (!done()) {
      if (steady_clock::now() > until) Die(what);
      Serve(1);
    }
  }

  void Await(const std::vector<std::string>& ips) {
    ServeUntil("the streams did not get the list that was waited for", [&] {
      return steady_clock::now() - last_list_ > kCalm &&
             std::ranges::all_of(lists_, [&](const std::string& list) { return Holds(list, ips); });
    });
    std::printf("ready %ld us ago\n", Microseconds(steady_clock::now() - last_list_));
  }

  static bool Holds(const std::string& list, const std::vector<std::string>& ips) {
    return std::ranges::all_of(
        ips, [&](const std::string& ip) { return list.find(MarkOf(ip)) != std::string::npos; });
  }

  // From now on lists without these are waited for.
  void AwaitWithout(const std::vector<std::string>& victims) {
    deaths_.clear();
    for (const std::string& victim : victims) {
      std::istringstream words(victim);
      std::string pid;
      std::string ip;
      Death death;
      std::getline(std::getline(std::getline(words, pid, ','), ip, ','), death.id);
      death.pid = std::stoi(pid);
      death.mark = MarkOf(ip);
      death.gone.resize(lists_.size());
      deaths_.push_back(std::move(death));
    }
    lists_seen_ = 0;
    lists_owed_ = deaths_.size() * lists_.size();
  }

  void SignalAll(int number) {
    for (Death& death : deaths_) {
      death.killed = steady_clock::now();
      if (kill(death.pid, number) != 0) Die("signal a container's process");
    }
    ServeUntil("a list without it did not come to every stream", [&] { return lists_owed_ == 0; });
  }

  void Hang(const std::vector<std::string>& victims) {
    AwaitWithout(victims);
    SignalAll(SIGUSR1);
    std::printf("{\"hangs\": [");
    for (const Death& death : deaths_) {
      std::printf("%s{", &death == deaths_.data() ? "" : ", ");
      PrintStreams(death);
    }
    std::printf("]}\n");
    deaths_.clear();
  }

  void Kill(const std::vector<std::string>& victims) {
    deaths_told_.Forget();
    AwaitWithout(victims);
    std::vector<pid_t> pids;
    for (const Death& death : deaths_) pids.push_back(death.pid);
    ProcessEnds ends(pids);
    SignalAll(SIGKILL);
    ServeUntil("the engine did not tell a death", [&] {
      return std::ranges::all_of(
          deaths_, [&](const Death& death) { return deaths_told_.Told(death.id).has_value(); });
    });
    Print(ends.All());
    deaths_.clear();
  }

  void Print(const std::vector<Moment>& ends) {
    std::printf("{\"deaths\": [");
    for (std::size_t i = 0; i < deaths_.size(); ++i) {
      std::printf("%s{\"ended_us\": %ld, \"die_us\": %ld, ", i == 0 ? "" : ", ",
                  Microseconds(ends[i] - deaths_[i].killed),
                  Microseconds(*deaths_told_.Told(deaths_[i].id) - deaths_[i].killed));
      PrintStreams(deaths_[i]);
    }
    std::printf("], \"lists\": %zu}\n", lists_seen_);
  }

  static void PrintStreams(const Death& death) {
    std::printf("\"streams_us\": [");
    for (const auto& gone : death.gone)
      std::printf("%s%ld", &gone == death.gone.data() ? "" : ", ",
                  Microseconds(*gone - death.killed));
    std::printf("]}");
  }

  EngineDeaths deaths_told_;
  std::vector<std::string> lists_;  // by stream: the last response
  std::vector<Death> deaths_;
  std::size_t lists_owed_ = 0;  // (death, stream) pairs that are not over
  std::size_t lists_seen_ = 0;  // since the last kill
  Moment last_list_ = steady_clock::now();
  DiscoveryPeers peers_;
};

}  // namespace
}  // namespace fairlead::bench

int main(int argc, char** argv) {
  using namespace fairlead::bench;
  if (argc != 5) {
    std::fputs("usage: death_peers XDS_SOCKET ENGINE_SOCKET SERVICE STREAMS\n", stderr);
    return 2;
  }
  AllowManyFiles();
  if (!fairlead::runtime::RaisePriority()) std::fputs("death_peers: as slow as others\n", stderr);
  Watchers(argv[1], argv[2], argv[3], std::stoi(argv[4])).Run();
}
