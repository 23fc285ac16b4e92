#include "telemetry/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <mutex>
#include <utility>

#include "telemetry/line.h"
#include "telemetry/rate_limit.h"

namespace fairlead::telemetry {
namespace {

constexpr std::array<std::pair<Level, std::string_view>, 4> kLevels = {
    {{Level::kDebug, "debug"},
     {Level::kInfo, "info"},
     {Level::kWarning, "warning"},
     {Level::kError, "error"}}};

std::string UtcNow() {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto milliseconds = now.time_since_epoch().count() % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(now)), milliseconds);
}

TimePoint MonotonicNow() {
  return TimePoint(std::chrono::steady_clock::now().time_since_epoch());
}

spdlog::level::level_enum SpdlogLevel(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarning:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

// spdlog writes and flushes; lines come finished, levels and locks are the logger's.
Logger::Sink StandardError() {
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_st>();
  auto logger = std::make_shared<spdlog::logger>("fairlead", std::move(sink));
  logger->set_pattern("%v");
  logger->set_level(spdlog::level::trace);
  logger->flush_on(spdlog::level::trace);
  // The reader of standard error may go away; that must not become an exception.
  logger->set_error_handler([](const std::string&) {});
  return [logger](Level level, std::string_view line) {
    logger->log(SpdlogLevel(level), spdlog::string_view_t(line.data(), line.size()));
  };
}

}  // namespace

std::string_view LevelName(Level level) {
  for (const auto& [value, name] : kLevels) {
    if (value == level) return name;
  }
  return "error";
}

std::optional<Level> ParseLevel(std::string_view name) {
  if (name == "warn") return Level::kWarning;
  for (const auto& [value, known] : kLevels) {
    if (known == name) return value;
  }
  return std::nullopt;
}

class Logger::State {
 public:
  State(Options options, Sink sink, std::function<TimePoint()> now)
      : level(options.level),
        format(options.format),
        sink_(std::move(sink)),
        now_(std::move(now)) {}

  void Write(Level at, std::string_view text, std::initializer_list<Field> fields) {
    const std::lock_guard lock(mutex_);
    const std::string key = fmt::format("{} {}", LevelName(at), text);
    const std::optional<std::uint64_t> left_out = limit_.Admit(key, now_());
    if (!left_out) return;
    const std::string time = UtcNow();
    const Entry entry = {
        .time = time, .level = at, .text = text, .fields = fields, .left_out = *left_out};
    sink_(at, format == Format::kJson ? JsonLine(entry) : TextLine(entry));
  }

  std::atomic<Level> level;
  std::atomic<Format> format;

 private:
  std::mutex mutex_;  // protects everything below
  RateLimit limit_{kLinesPerWindowMax, kWindow};
  const Sink sink_;
  const std::function<TimePoint()> now_;
};

Logger::Logger(Options options) : Logger(options, StandardError(), MonotonicNow) {}

Logger::Logger(Options options, Sink sink, std::function<TimePoint()> now)
    : state_(std::make_unique<State>(options, std::move(sink), std::move(now))) {}

Logger::~Logger() = default;

void Logger::SetLevel(Level level) {
  state_->level = level;
}
void Logger::SetFormat(Format format) {
  state_->format = format;
}
Level Logger::level() const {
  return state_->level;
}

void Logger::Write(Level at, std::string_view text, std::initializer_list<Field> fields) {
  if (Writes(at)) state_->Write(at, text, fields);
}

void Logger::Debug(std::string_view text, std::initializer_list<Field> fields) {
  Write(Level::kDebug, text, fields);
}
void Logger::Info(std::string_view text, std::initializer_list<Field> fields) {
  Write(Level::kInfo, text, fields);
}
void Logger::Warning(std::string_view text, std::initializer_list<Field> fields) {
  Write(Level::kWarning, text, fields);
}
void Logger::Error(std::string_view text, std::initializer_list<Field> fields) {
  Write(Level::kError, text, fields);
}

}  // namespace fairlead::telemetry
