#include "filesink/file_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "runtime/clock.h"

namespace fairlead::filesink {
namespace {

namespace asio = boost::asio;

// Between two looks at a reader that is reading.
constexpr std::chrono::milliseconds kTakenLook{20};

bool HasNewChild(std::int32_t process, const std::set<std::int32_t>& before) {
  return std::ranges::any_of(ChildrenOf(process),
                             [&](std::int32_t child) { return !before.contains(child); });
}

std::map<ServiceName, std::uint64_t> RevisionsOf(const Views& views) {
  std::map<ServiceName, std::uint64_t> revisions;
  for (const auto& [name, view] : views) revisions[name] = view->revision;
  return revisions;
}

}  // namespace

FileSink::FileSink(FileSinkOptions options, FileSinkLimits limits, SinkWork& work,
                   std::unique_ptr<FileReader> reader, Told told)
    : options_(std::move(options)),
      limits_(limits),
      work_(work),
      reader_(std::move(reader)),
      told_(std::move(told)),
      pacing_(limits.pacing),
      loop_("fl-filesink"),
      wake_(loop_.context()) {
  status_.output = options_.output;
  loop_.Post([this] { told_.status(status_); });
}

FileSink::~FileSink() {
  loop_.Stop();
}

void FileSink::Publish(const std::vector<fleet::ServiceViewPtr>& changed,
                       const std::vector<ServiceName>& dropped) {
  {
    runtime::MutexLock lock(mutex_);
    for (const fleet::ServiceViewPtr& view : changed) views_[view->name] = view;
    for (const ServiceName& name : dropped) views_.erase(name);
  }
  loop_.Post([this] {
    pacing_.OnChange(runtime::Now());
    wake_.cancel();
  });
}

void FileSink::OpenGate() {
  {
    runtime::MutexLock lock(mutex_);
    if (std::exchange(is_gate_open_, true)) return;
  }
  loop_.Post([this] {
    pacing_.OnChange(runtime::Now());
    asio::co_spawn(loop_.context(), Live(), asio::detached);
  });
}

asio::awaitable<void> FileSink::PauseAtMost(Duration duration) {
  boost::system::error_code ignored;
  wake_.expires_after(duration);
  co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

asio::awaitable<void> FileSink::Live() {
  for (;;) {
    const Duration left = pacing_.Due() - runtime::Now();
    if (left > Duration::zero()) {
      co_await PauseAtMost(left);
    } else {
      co_await Round();
    }
  }
}

asio::awaitable<void> FileSink::Round() {
  pacing_.OnBegin();
  Views views;
  {
    runtime::MutexLock lock(mutex_);
    views = views_;
  }
  const Result<bool> done = co_await BringUpToDate(views);
  pacing_.OnEnd(runtime::Now(), done.has_value(), done.value_or(true));
  if (done) {
    ShowTrouble(left_out_);
    told_.adopted(RevisionsOf(views));
  } else {
    ++status_.refused;
    ShowTrouble(done.error().message);
  }
}

void FileSink::ShowTrouble(const std::string& trouble) {
  const bool is_news = status_.trouble != trouble;
  status_.trouble = trouble;
  told_.status(status_);
  if (is_news) told_.trouble(options_.output, trouble);
}

asio::awaitable<Result<bool>> FileSink::MakeRead(const ReaderSeen& seen) {
  if (!seen.is_running) co_return false;
  const std::set<std::int32_t> before = ChildrenOf(seen.process);
  const Result<> told = reader_->Reload();
  if (!told && told.error().code == Code::kAlreadyExists) co_return false;
  if (!told) co_return std::unexpected(told.error());
  // NGINX is one process and its workers; where they are not to be seen nothing can be proved.
  if (before.empty() || !IsNginx(seen.process)) {
    const TimePoint believed = runtime::Now() + limits_.taken_blindly;
    while (runtime::Now() < believed) co_await PauseAtMost(believed - runtime::Now());
    co_return true;
  }
  const TimePoint deadline = runtime::Now() + limits_.taken_timeout;
  while (!HasNewChild(seen.process, before)) {
    if (runtime::Now() >= deadline) {
      co_return Fail(Code::kFailedPrecondition,
                     "nginx goes on as before; its own error log says what it does not like");
    }
    co_await PauseAtMost(kTakenLook);
  }
  co_return true;
}

asio::awaitable<Result<bool>> FileSink::BringUpToDate(const Views& views) {
  Result<ReaderSeen> seen = reader_->Look();
  if (seen) viewer_ = seen->viewer;
  if (!seen && !viewer_) co_return std::unexpected(seen.error());
  // While it is being replaced the file is kept for the next one.
  if (!seen && seen.error().code == Code::kNotFound) seen = ReaderSeen{.viewer = *viewer_};
  const PageReading reading = PageOf(views, options_.services, *viewer_);
  left_out_ = reading.left_out.empty() ? "" : "left out: " + reading.left_out.front();
  const std::size_t sink = options_.index;
  const Result<SinkState> state = work_.Look(sink, reading.page);
  if (!state) co_return std::unexpected(state.error());
  if (state->is_written && !state->is_untold) {
    if (!page_in_force_) page_in_force_ = reading.page;
    co_return false;
  }
  if (!seen) co_return std::unexpected(seen.error());
  if (!state->is_written) {
    if (const Result<> done = work_.Write(sink, reading.page); !done)
      co_return std::unexpected(done.error());
  }
  const Result<bool> read = co_await MakeRead(*seen);
  if (!read && read.error().code == Code::kFailedPrecondition) {
    if (const Result<> back = work_.TakeBack(sink); !back) co_return std::unexpected(back.error());
    co_return Fail(read.error().code,
                   fmt::format("{} stays as it was: {}", options_.output, read.error().message));
  }
  if (!read) co_return std::unexpected(read.error());
  if (const Result<> settled = work_.Settle(sink); !settled)
    co_return std::unexpected(settled.error());
  ++status_.written;
  status_.changed = WhatChanged(page_in_force_.value_or(Page{}), reading.page);
  page_in_force_ = reading.page;
  told_.written(options_.output, status_.changed);
  co_return *read;
}

}  // namespace fairlead::filesink
