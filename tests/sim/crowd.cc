#include "sim/crowd.h"

#include <time.h>

#include <algorithm>
#include <atomic>
#include <thread>

namespace fairlead::sim {
namespace {

double CpuSeconds() {
  timespec spent{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
}

void Add(const SimResult& run, std::uint64_t seed, CrowdResult& all) {
  ++all.seeds;
  all.steps += run.steps;
  all.checks += run.checks;
  all.lives += static_cast<std::uint64_t>(run.lives);
  all.hash ^= Rng(run.trace_hash + seed).Next();
  all.figures.views += run.figures.views;
  all.figures.permits += run.figures.permits;
  all.figures.acts_served += run.figures.acts_served;
  all.figures.applied += run.figures.applied;
  all.figures.holds_unheard += run.figures.holds_unheard;
  all.figures.unknown_at_start += run.figures.unknown_at_start;
  all.figures.not_yet_back += run.figures.not_yet_back;
  all.figures.unready_at_start += run.figures.unready_at_start;
  all.figures.old_view_at_waking += run.figures.old_view_at_waking;
  all.figures.heard_of_the_future += run.figures.heard_of_the_future;
  all.figures.pauses += run.figures.pauses;
  all.figures.pauses_outlived += run.figures.pauses_outlived;
  all.figures.cascades += run.figures.cascades;
  all.figures.denials += run.figures.denials;
  all.figures.cuts += run.figures.cuts;
  all.figures.canary_failures += run.figures.canary_failures;
  all.figures.braked += run.figures.braked;
  all.figures.unordered_lives += run.figures.unordered_lives;
  all.figures.panicked_cut_off += run.figures.panicked_cut_off;
  if (!run.broken.empty())
    all.broken.push_back(
        {.seed = seed, .first = run.broken.front(), .more = run.broken.size() - 1});
}

}  // namespace

CrowdResult RunCrowd(const CrowdOptions& options) {
  const double begun = CpuSeconds();
  std::vector<SimResult> runs(options.seeds);
  std::atomic<std::uint64_t> next = 0;
  std::atomic<bool> is_over = false;
  const auto work = [&] {
    for (std::uint64_t i = next++; i < options.seeds && !is_over; i = next++) {
      SimOptions one = options.each;
      one.seed = options.first_seed + i;
      runs[i] = Simulation(one).Run();
      if (options.is_until_broken && !runs[i].broken.empty()) is_over = true;
    }
  };
  const unsigned threads =
      options.threads > 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  {
    std::vector<std::jthread> workers;
    for (unsigned i = 1; i < threads; ++i) workers.emplace_back(work);
    work();
  }
  CrowdResult all;
  for (std::uint64_t i = 0; i < options.seeds; ++i) {
    if (runs[i].lives > 0) Add(runs[i], options.first_seed + i, all);  // it was run
  }
  all.cpu_seconds = CpuSeconds() - begun;
  return all;
}

std::string CrowdResult::Text() const {
  std::string text;
  for (const Failure& failure : broken) {
    const auto at = std::chrono::duration_cast<std::chrono::milliseconds>(
        failure.first.at.time_since_epoch() - std::chrono::hours(24));
    text += fmt::format("seed {}: {} broken at {:.3f} s: {} (and {} more)\n", failure.seed,
                        failure.first.rule, static_cast<double>(at.count()) / 1000,
                        failure.first.what, failure.more);
  }
  const double per_step = steps > 0 ? cpu_seconds * 1e6 / static_cast<double>(steps) : 0;
  text += fmt::format(
      "{} seeds, {} broken; {} core events, {} checks, {} lives of the daemon, {} lists, {} taken "
      "by "
      "clients, {} acts permitted, {} carried out, {} pauses of repairs, {} found by another "
      "life\n",
      seeds, broken.size(), steps, checks, lives, figures.views, figures.applied, figures.permits,
      figures.acts_served, figures.pauses, figures.pauses_outlived);
  text += fmt::format(
      "{} restarts after another's, {} because of the liveness name alone; {} times callers were "
      "cut "
      "loose, {} times the brake went on, {} times the canary failed\n",
      figures.cascades, figures.denials, figures.cuts, figures.braked, figures.canary_failures);
  text += fmt::format(
      "known limits met: {} acts after a stop of which no event came, {} "
      "before a client of an earlier life was back, {} on an old view after a standstill; {} "
      "replicas left out at a start because the "
      "engine failed to tell, {} because their first check was lost; {} out for a moment after the "
      "clock was set back, {} restarted after nobody; {} lists with a silent one without network\n",
      figures.holds_unheard, figures.not_yet_back, figures.old_view_at_waking,
      figures.unknown_at_start, figures.unready_at_start, figures.heard_of_the_future,
      figures.unordered_lives, figures.panicked_cut_off);
  return text + fmt::format("{:.1f} s of CPU, {:.2f} us per core event; hash {:016x}\n",
                            cpu_seconds, per_step, hash);
}

}  // namespace fairlead::sim
