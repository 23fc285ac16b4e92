#include "controller/caller_cutter.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

namespace fairlead::controller {

struct CallerCutter::Job {
  Job(boost::asio::io_context& loop, const Generation& generation, Look look_at)
      : cut{.generation = generation, .reset = 0, .left = 0, .outcome = {}},
        look(std::move(look_at)),
        timer(loop) {}
  fleet::CallersCut cut;
  Look look;
  int looks = 0;
  boost::asio::steady_timer timer;
};

CallerCutter::CallerCutter(boost::asio::io_context& loop, Begin begin, Done done)
    : loop_(loop), begin_(std::move(begin)), done_(std::move(done)) {}

void CallerCutter::Take(fleet::CutCallers order) {
  boost::asio::post(loop_, [this, order = std::move(order)] {
    LookOnce(std::make_shared<Job>(loop_, order.generation, begin_(order)));
  });
}

void CallerCutter::LookOnce(const std::shared_ptr<Job>& job) {
  const Result<CutCount> count = job->look();
  ++job->looks;
  if (!count) {
    // What was reset before stays reset; a container that is gone has no callers any more.
    const bool is_over = job->cut.reset > 0 || count.error().code == Code::kNotFound;
    if (!is_over) job->cut.outcome = std::unexpected(count.error());
    done_(std::move(job->cut));
    return;
  }
  job->cut.reset += count->reset;
  job->cut.left = count->left + count->undecided;
  if (count->undecided == 0 || job->looks >= kCutLooksMax) {
    done_(std::move(job->cut));
    return;
  }
  job->timer.expires_after(kCutLookEvery);
  job->timer.async_wait([this, job](boost::system::error_code ec) {
    if (!ec) LookOnce(job);
  });
}

}  // namespace fairlead::controller
