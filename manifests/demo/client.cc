// client: calls user-service at a constant rate through the stock gRPC library, and says each
// second on stdout, as JSON, what became of the calls. Open loop: a slow answer delays no call.
//
//   client --target=xds:///user-service [--rate=100] [--deadline_ms=5000] [--work_ms=25]
//          [--calls=0] [--slow_ms=250] [--tls=false]
//
// It has no retries and no waiting of its own: what it shows is what the channel does by itself.
// With --tls=true it speaks TLS to those services of which discovery says so (XdsCredentials).
// With --calls=N it ends after N calls, with code 0 when all were answered. SIGUSR1 prints totals.
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>

#include "flags.h"
#include "stop_signal.h"
#include "tally.h"
#include "user.grpc.pb.h"

namespace fairlead::demo {
namespace {

using namespace v1;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// The library's numbering of codes, which is gRPC's.
constexpr const char* kCodeNames[] = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

double Now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

struct Settings {
  std::string target;
  int rate = 0;  // calls per second
  milliseconds deadline{};
  int work_ms = 0;
  int calls = 0;         // 0 = until stopped
  bool has_tls = false;  // its credentials are those of discovery
};

// One call in flight; deletes itself when it has been counted.
struct Call {
  grpc::ClientContext context;
  GetUserRequest request;
  GetUserResponse response;
  double started_at = 0;
  Clock::time_point started{};
};

std::shared_ptr<grpc::ChannelCredentials> CredentialsOf(const Settings& settings) {
  const auto plaintext = grpc::InsecureChannelCredentials();
  return settings.has_tls ? grpc::XdsCredentials(plaintext) : plaintext;
}

class Caller {
 public:
  Caller(Settings settings, Tally& tally)
      : settings_(std::move(settings)),
        tally_(tally),
        stub_(
            UserService::NewStub(grpc::CreateChannel(settings_.target, CredentialsOf(settings_)))) {
  }

  // Sends on schedule until `stopped` or all calls are sent. The schedule is absolute: after a
  // stall of this thread the missed calls follow at once, so that the rate holds.
  void Run(const std::atomic<bool>& stopped) {
    const auto gap = std::chrono::nanoseconds(std::chrono::seconds(1)) / settings_.rate;
    auto due = Clock::now();
    for (int sent = 0; !stopped && (settings_.calls == 0 || sent < settings_.calls); ++sent) {
      std::this_thread::sleep_until(due);
      Send(sent);
      due += gap;
    }
  }

 private:
  void Send(int number) {
    auto* call = new Call;
    call->request.set_id(std::to_string(number));
    call->request.set_work_ms(static_cast<std::uint32_t>(settings_.work_ms));
    call->context.set_deadline(std::chrono::system_clock::now() + settings_.deadline);
    call->started_at = Now();
    call->started = Clock::now();
    tally_.CallSent();
    stub_->async()->GetUser(&call->context, &call->request, &call->response,
                            [this, call](const grpc::Status& status) { Count(call, status); });
  }

  void Count(Call* call, const grpc::Status& status) {
    const std::unique_ptr<Call> owned(call);
    const std::chrono::duration<double, std::milli> took = Clock::now() - call->started;
    tally_.Add({.started_at = call->started_at,
                .took_ms = took.count(),
                .code = kCodeNames[static_cast<int>(status.error_code())],
                .replica = call->response.replica(),
                .peer = call->context.peer(),
                .message = status.error_message()});
  }

  const Settings settings_;
  Tally& tally_;
  const std::unique_ptr<UserService::Stub> stub_;
};

Settings ReadSettings(const Flags& flags) {
  return {.target = flags.Text("target"),
          .rate = std::max(1, flags.Number("rate")),
          .deadline = milliseconds(flags.Number("deadline_ms")),
          .work_ms = flags.Number("work_ms"),
          .calls = flags.Number("calls"),
          .has_tls = flags.Text("tls") == "true"};
}

int Run(const Flags& flags, const StopSignal& stop) {
  const Settings settings = ReadSettings(flags);
  Tally tally(flags.Number("slow_ms"));
  std::atomic<bool> stopped = false;
  std::atomic<bool> all_sent = false;
  Caller caller(settings, tally);
  std::thread sender([&] {
    caller.Run(stopped);
    all_sent = true;
  });
  while (!stopped && !(all_sent && tally.IsIdle())) {
    const int signal = stop.WaitFor(1);
    if (signal == SIGTERM || signal == SIGINT) stopped = true;
    std::puts((signal == SIGUSR1 ? tally.Totals(Now()) : tally.TakeSecond(Now())).c_str());
  }
  sender.join();
  const auto patience = Clock::now() + settings.deadline + milliseconds(500);
  while (!tally.IsIdle() && Clock::now() < patience) std::this_thread::sleep_for(milliseconds(5));
  const bool is_complete = tally.IsIdle();
  std::puts(tally.Totals(Now()).c_str());
  return is_complete ? 0 : 1;
}

}  // namespace
}  // namespace fairlead::demo

int main(int argc, char** argv) {
  using namespace fairlead::demo;
  const StopSignal stop;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const Flags flags(argc, argv,
                    {{"target", "xds:///user-service"},
                     {"rate", "100"},
                     {"deadline_ms", "5000"},
                     {"work_ms", "25"},
                     {"calls", "0"},
                     {"slow_ms", "250"},
                     {"tls", "false"}});
  return Run(flags, stop);
}
