#include "diagnose/call_steps.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "diagnose/log_words.h"

namespace fairlead::diagnose {
namespace {

constexpr std::size_t kListShown = 8;

std::string ServerOf(const Case& setting) {
  return Printable(setting.server.name, 80);
}

std::string ByTls(const Way& way) {
  return way.is_tls ? " over TLS" : "";
}

// The step before has seen a certificate that is good in itself.
Step NoTls(const Case& setting, Step step) {
  if (setting.tls_profile.empty()) {
    step.verdict = Verdict::kUnseen;
    step.meaning =
        "it ends TLS after its certificate: it may ask callers for one, and we have none";
    step.advice =
        "give the service fairlead.health.tls, a profile with a certificate that it takes";
    return step;
  }
  const std::string profile = Printable(setting.tls_profile, 80);
  step.verdict = Verdict::kFault;
  step.meaning = fmt::format("it and the TLS profile {} of its checks do not go together", profile);
  step.advice = fmt::format(
      "mend ca, cert, key or server_name of tls_profiles.{}, or the server's certificate; "
      "clients with the same files fail the same way",
      profile);
  return step;
}

}  // namespace

std::string ListText(std::vector<std::string> texts) {
  const bool is_long = texts.size() > kListShown;
  if (is_long) texts.resize(kListShown);
  for (std::string& text : texts) text = Printable(text, 80);
  return fmt::format("{}{}", fmt::join(texts, ", "), is_long ? " ..." : "");
}

Step Unseen(std::string tried, const Error& error) {
  return {.verdict = Verdict::kUnseen,
          .tried = std::move(tried),
          .answer = Printable(error.message, 300),
          .meaning = "it could not be looked at from here",
          .advice = "run fairleadd in the host's PID namespace with SYS_ADMIN and SYS_PTRACE"};
}

Step Hung(const Case& setting, Step step) {
  step.verdict = Verdict::kFault;
  step.meaning =
      "the kernel takes the connection, and the process says nothing: it hangs, or is "
      "stopped";
  step.advice =
      fmt::format("docker top {} and docker logs {}; fairlead restart {}", ServerOf(setting),
                  ServerOf(setting), Printable(setting.server_shown, 80));
  return step;
}

Step LookAtHealth(const Case& setting, const Way& way, Probes& probes) {
  Step step{.tried = fmt::format("asked grpc.health.v1{} for {}", ByTls(way),
                                 setting.health_service.empty()
                                     ? "the whole server"
                                     : Printable(setting.health_service, 80))};
  const Result<HealthAnswer> answer = probes.AskHealth(way, setting.health_service);
  if (!answer) return Unseen(step.tried, answer.error());
  step.answer = Printable(answer->detail, 300);
  switch (answer->word) {
    case HealthWord::kServing:
      step.meaning = "calls are answered";
      break;
    case HealthWord::kNotServing:
      step.verdict = Verdict::kFault;
      step.meaning = "the server says itself that it does not serve";
      step.advice = "find out what it waits for: docker logs " + ServerOf(setting);
      break;
    case HealthWord::kUnknownName:
      step.verdict = Verdict::kNote;
      step.meaning = "gRPC works; the server knows no health of that name";
      step.advice = "mend fairlead.health.service, or register the name";
      break;
    case HealthWord::kUnimplemented:
      step.verdict = Verdict::kNote;
      step.meaning = "gRPC works; the server has no health service";
      step.advice = "register grpc.health.v1, or set fairlead.health.protocol=tcp";
      break;
    case HealthWord::kSilent:
      return Hung(setting, std::move(step));
    case HealthWord::kNoTls:
      return NoTls(setting, std::move(step));
    case HealthWord::kFailed:
      step.verdict = Verdict::kFault;
      step.meaning = way.is_tls ? "inside TLS it answers no call as gRPC does"
                                : "it begins HTTP/2 and answers no call as gRPC does";
      step.advice = "find out what serves on that port: docker logs " + ServerOf(setting);
      break;
  }
  return step;
}

Step LookAtReflection(const Way& way, Probes& probes) {
  Step step{.tried = "asked its reflection" + ByTls(way) + " which services it has"};
  const Result<ReflectionAnswer> answer = probes.AskReflection(way);
  if (!answer) return Unseen(step.tried, answer.error());
  if (answer->is_told) {
    step.answer = answer->services.empty() ? "none" : ListText(answer->services);
    step.meaning = "grpcurl and its like can ask it by name";
    return step;
  }
  step.verdict = Verdict::kNote;
  step.answer = Printable(answer->detail, 300);
  step.meaning = answer->is_unimplemented
                     ? "it has no reflection: calls need none, grpcurl needs its .proto"
                     : "its reflection gives no answer of use; calls need none";
  return step;
}

Step LookAtLog(const Case& setting, Probes& probes) {
  Step step{.kind = StepKind::kLog,
            .tried = fmt::format("read the last {} lines of the log of {}", kLogLinesMax,
                                 ServerOf(setting))};
  const Result<std::vector<std::string>> lines = probes.LogTail();
  if (!lines) {
    return {.kind = StepKind::kLog,
            .verdict = Verdict::kUnseen,
            .tried = step.tried,
            .answer = Printable(lines.error().message, 300),
            .meaning = "the engine does not give it",
            .advice = "look where its logging driver sends it"};
  }
  for (const std::string& line : *lines) {
    step.log.push_back(
        {.text = Printable(line, kLogLineBytesMax), .tells_grpc_error = TellsGrpcError(line)});
  }
  const auto errors = std::ranges::count_if(step.log, &LogLine::tells_grpc_error);
  step.answer = step.log.empty() ? "it has written nothing"
                                 : fmt::format("{} lines, {} of failed calls or connections",
                                               step.log.size(), errors);
  if (errors > 0) {
    step.verdict = Verdict::kNote;
    step.meaning = "the marked lines tell of calls or connections that failed";
  } else {
    step.meaning = "none of them tells of a failed call";
  }
  return step;
}

}  // namespace fairlead::diagnose
