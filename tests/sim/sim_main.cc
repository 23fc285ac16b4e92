// sim_main: runs seeds of the simulation, or replays one with its trace. See --help.
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <string_view>
#include <thread>
#include <vector>

#include "base/text.h"
#include "sim/crowd.h"

namespace {

constexpr std::string_view kHelp =
    "sim_main [--seed N] [--seeds COUNT] [--hours H] [--replicas R] [--threads T]\n"
    "         [--lost RATE] [--until-broken] [--trace]\n"
    "  Runs COUNT seeds from N on (default 1 from 1), H simulated hours each (default 1) with R\n"
    "  replicas (default 50), on T threads (default: one per core). Prints each broken invariant\n"
    "  with its seed, and figures. --until-broken: the first that is broken is the last.\n"
    "  --lost: nothing goes wrong but that RATE of 10,000 checks are lost; no act may come of it.\n"
    "  --trace prints all that happens in seed N. Exit status 1: broken.\n";

struct Arguments {
  fairlead::sim::CrowdOptions crowd;
  bool is_traced = false;
};

bool Read(int count, char** words, Arguments& arguments) {
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (word == "--trace") {
      arguments.is_traced = true;
      continue;
    }
    if (word == "--until-broken") {
      arguments.crowd.is_until_broken = true;
      continue;
    }
    if (i + 1 >= count) return false;
    const std::string_view text = words[++i];
    std::uint64_t number = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc())
      return false;
    if (word == "--seed") {
      arguments.crowd.first_seed = number;
    } else if (word == "--seeds") {
      arguments.crowd.seeds = number;
    } else if (word == "--hours") {
      arguments.crowd.each.length = std::chrono::hours(number);
    } else if (word == "--replicas") {
      arguments.crowd.each.replicas = static_cast<int>(number);
    } else if (word == "--lost") {
      arguments.crowd.each.plan = fairlead::sim::FaultPlan{.rates = {.check_lost = number}};
      arguments.crowd.each.first_life_after = std::chrono::seconds(30);
    } else if (word == "--threads") {
      arguments.crowd.threads = static_cast<unsigned>(number);
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace

int main(int count, char** words) {
  Arguments arguments;
  if (!Read(count, words, arguments)) {
    fmt::print("{}", kHelp);
    return 2;
  }
  if (arguments.is_traced) {
    arguments.crowd.threads = 1;
    arguments.crowd.each.print = [](std::string_view line) { fmt::print("{}\n", line); };
  }
  const fairlead::sim::CrowdResult result = fairlead::sim::RunCrowd(arguments.crowd);
  fmt::print("{}", result.Text());
  const bool is_harmless = !arguments.crowd.each.plan || result.figures.permits == 0;
  return result.broken.empty() && is_harmless ? 0 : 1;
}
