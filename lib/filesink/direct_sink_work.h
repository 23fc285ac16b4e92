// DirectSinkWork: the work on files and their readers, done by this process.
//
// How: each look makes the whole text from the template, as it is then, and the page, and compares
// it with what is on the disk. A write: a candidate beside it, the configured check, rename. What
// the check refuses never stays.
// For the process that has the rights for it, and for tests. Threads: as SinkWork.
#pragma once

#include "filesink/sink_file.h"
#include "filesink/sink_work.h"

namespace fairlead::filesink {

// A template is written by hand; the usual one has 300 bytes.
inline constexpr std::size_t kTemplateBytesMax = std::size_t{64} << 10;

// REQUIRES, of all calls: `sink` is below the number of sinks.
class DirectSinkWork final : public SinkWork {
 public:
  explicit DirectSinkWork(std::vector<SinkSettings> sinks, Duration check_time = kCheckTime);

  Result<SinkState> Look(std::size_t sink, const Page& page) override;
  Result<> Write(std::size_t sink, const Page& page) override;
  Result<> TakeBack(std::size_t sink) override;
  Result<> Settle(std::size_t sink) override;
  Result<std::int32_t> FindReader(std::size_t sink) override;
  Result<> TellReader(std::size_t sink) override;

 private:
  struct Sink {
    SinkSettings settings;
    SinkFile file;
  };
  static Result<std::string> Render(const SinkSettings& settings, const Page& page);
  Result<> Check(const Sink& sink) const;

  std::vector<Sink> sinks_;  // constant after construction
  const Duration check_time_;
};

}  // namespace fairlead::filesink
