#include "filesink/direct_sink_work.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "filesink/pid_file.h"
#include "filesink/template.h"
#include "runtime/command.h"
#include "runtime/small_file.h"

namespace fairlead::filesink {
namespace {

constexpr std::size_t kCheckBytesMax = 512;

// A program's lines in one of ours.
std::string OneLine(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::string line;
  for (const char c : text) {
    if (c == '\n') {
      line += "; ";
    } else {
      line += c;
    }
  }
  return Printable(line, kCheckBytesMax);
}

}  // namespace

DirectSinkWork::DirectSinkWork(std::vector<SinkSettings> sinks, Duration check_time)
    : check_time_(check_time) {
  sinks_.reserve(sinks.size());
  for (SinkSettings& settings : sinks) {
    SinkFile file(settings.output);
    sinks_.push_back({.settings = std::move(settings), .file = std::move(file)});
  }
}

Result<std::string> DirectSinkWork::Render(const SinkSettings& settings, const Page& page) {
  for (const PageService& service : page.services) {
    const bool is_wanted =
        settings.services.empty() ||
        std::ranges::find(settings.services, service.name) != settings.services.end();
    if (is_wanted) continue;
    return Fail(Code::kPermissionDenied,
                fmt::format("write {}: it is not to name service {}", settings.output,
                            Printable(service.name.Text())));
  }
  std::string source(kNginxUpstreams);
  if (!settings.template_file.empty()) {
    Result<std::string> read = runtime::ReadSmallFile(settings.template_file, kTemplateBytesMax);
    if (!read) {
      return Fail(read.error().code, fmt::format("read template {}: {}", settings.template_file,
                                                 read.error().message));
    }
    source = std::move(*read);
  }
  const Result<Template> parsed = Template::Parse(source);
  if (!parsed) return std::unexpected(parsed.error());
  std::string text = parsed->Render(page);
  if (text.size() <= kOutputBytesMax) return text;
  return Fail(Code::kResourceExhausted,
              fmt::format("write {}: {} bytes are more than {}; name fewer services in file_sinks",
                          settings.output, text.size(), kOutputBytesMax));
}

Result<> DirectSinkWork::Check(const Sink& sink) const {
  if (sink.settings.validate.empty()) return {};
  std::vector<std::string> words = sink.settings.validate;
  constexpr std::string_view kPlace = "{file}";
  for (std::string& word : words) {
    if (const std::size_t at = word.find(kPlace); at != std::string::npos)
      word.replace(at, kPlace.size(), sink.file.candidate());
  }
  const Result<runtime::CommandEnd> end = runtime::RunCommand(words, check_time_);
  if (!end) return Fail(end.error().code, OneLine(end.error().message));
  if (end->exit_code == 0) return {};
  return Fail(Code::kFailedPrecondition,
              fmt::format("{} refuses it, exit code {}: {}", words.front(), end->exit_code,
                          OneLine(end->errors + end->output)));
}

Result<SinkState> DirectSinkWork::Look(std::size_t sink, const Page& page) {
  const auto& [settings, file] = sinks_.at(sink);
  const Result<std::string> text = Render(settings, page);
  if (!text) return std::unexpected(text.error());
  return SinkState{.is_written = file.Read() == *text, .is_untold = file.IsUntold()};
}

Result<> DirectSinkWork::Write(std::size_t sink, const Page& page) {
  const Sink& one = sinks_.at(sink);
  const Result<std::string> text = Render(one.settings, page);
  if (!text) return std::unexpected(text.error());
  if (Result<> made = one.file.WriteCandidate(*text); !made) return made;
  if (const Result<> valid = Check(one); !valid) {
    one.file.Refuse();
    return Fail(valid.error().code,
                fmt::format("{} stays as it was: {}", one.settings.output, valid.error().message));
  }
  return one.file.Place();
}

Result<> DirectSinkWork::TakeBack(std::size_t sink) {
  return sinks_.at(sink).file.TakeBack();
}

Result<> DirectSinkWork::Settle(std::size_t sink) {
  sinks_.at(sink).file.OnTold();
  return {};
}

Result<std::int32_t> DirectSinkWork::FindReader(std::size_t sink) {
  return FindNginx(sinks_.at(sink).settings.pid_file);
}

Result<> DirectSinkWork::TellReader(std::size_t sink) {
  return TellNginx(sinks_.at(sink).settings.pid_file);
}

}  // namespace fairlead::filesink
