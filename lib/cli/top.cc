#include "cli/top.h"

#include <grpcpp/client_context.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <ctime>
#include <ostream>
#include <string>

#include "base/text.h"
#include "cli/failure.h"
#include "cli/message_json.h"
#include "cli/screen.h"
#include "cli/top_view.h"
#include "fairlead/admin/v1/admin.grpc.pb.h"

namespace fairlead::cli {
namespace {

using Clock = std::chrono::steady_clock;

// Twice a second: as quick as people see, and nothing for the daemon.
constexpr std::chrono::milliseconds kLookInterval{500};
// Keys are not heard while an answer is waited for.
constexpr std::chrono::seconds kLookPatience{2};
// Shells report "ended by signal n" as 128 + n.
constexpr int kSignalExit = 128;

std::int64_t SecondsNow() {
  return std::time(nullptr);
}

class Looker {
 public:
  explicit Looker(const std::shared_ptr<grpc::Channel>& channel)
      : stub_(pb::Admin::NewStub(channel)) {}

  // Takes what is there now; on failure the picture keeps what it had.
  grpc::Status Look(TopPicture& picture) {
    pb::Status status;
    grpc::Status done =
        Ask([&](grpc::ClientContext& context) { return stub_->GetStatus(&context, {}, &status); });
    std::vector<pb::Replica> replicas;
    pb::ListReplicasRequest request;
    do {
      if (!done.ok()) break;
      pb::ListReplicasResponse page;
      done = Ask([&](grpc::ClientContext& context) {
        return stub_->ListReplicas(&context, request, &page);
      });
      replicas.insert(replicas.end(), page.replicas().begin(), page.replicas().end());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    picture.trouble = done.ok() ? "" : Printable(done.error_message());
    if (!done.ok()) return done;
    picture.status = std::move(status);
    picture.replicas = std::move(replicas);
    return done;
  }

 private:
  template <class Call>
  static grpc::Status Ask(Call call) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kLookPatience);
    return call(context);
  }

  const std::unique_ptr<pb::Admin::Stub> stub_;
};

// Waits for `limit`, or until nobody reads standard output any more.
bool HasReaderGone(std::chrono::milliseconds limit) {
  pollfd polled{.fd = STDOUT_FILENO, .events = 0, .revents = 0};
  return poll(&polled, 1, static_cast<int>(limit.count())) > 0;
}

int Follow(const Args& args, Looker& looker, TopPicture& picture, grpc::Channel& channel,
           std::ostream& out, std::ostream& err) {
  std::string told;
  while (true) {
    const std::string digest = TopDigest(picture);
    if (digest != told) {
      if (args.output == Output::kJson) {
        pb::ListReplicasResponse all;
        all.mutable_replicas()->Add(picture.replicas.begin(), picture.replicas.end());
        out << Json(all, false);
      } else {
        out << (told.empty() ? "" : "\n") << ShowTop(picture, SecondsNow(), {});
      }
      // Who reads a pipe wants it now, and may have gone away.
      if (!out.flush()) return kExitNo;
      told = digest;
    }
    if (args.is_once) return kExitDone;
    if (HasReaderGone(kLookInterval)) return kExitNo;
    const grpc::Status status = looker.Look(picture);
    if (!status.ok()) return TellFailure(status, channel, err);
  }
}

int Watch(Looker& looker, TopPicture& picture, bool has_colour) {
  Screen screen;
  TopFrame frame{.shows_keys = true, .style = {.colour = has_colour}};
  Clock::time_point next_look = Clock::now() + kLookInterval;
  while (true) {
    const Screen::Size size = screen.size();
    frame.lines_max = size.lines;
    frame.style.columns_max = std::min(size.columns, kColumnsMax);
    if (!screen.Draw(ShowTop(picture, SecondsNow(), frame))) return kExitNo;
    const Screen::Event event =
        screen.Wait(std::max<Duration>(next_look - Clock::now(), Duration::zero()));
    if (event.news == Screen::News::kEnd || (event.news == Screen::News::kKey && event.key == 'q'))
      return screen.ended_by() ? kSignalExit + *screen.ended_by() : kExitDone;
    if (event.news == Screen::News::kKey) frame.order = OrderOfKey(event.key).value_or(frame.order);
    if (Clock::now() < next_look) continue;
    // A daemon that is away comes back, as a rule.
    [[maybe_unused]] const grpc::Status status = looker.Look(picture);
    next_look = Clock::now() + kLookInterval;
  }
}

}  // namespace

int RunTop(const Args& args, const std::shared_ptr<grpc::Channel>& channel,
           const Environment& environment, std::ostream& out, std::ostream& err) {
  Looker looker(channel);
  TopPicture picture;
  if (const grpc::Status status = looker.Look(picture); !status.ok())
    return TellFailure(status, *channel, err);
  if (environment.is_screen && !args.is_once && args.output == Output::kTable)
    return Watch(looker, picture, environment.is_terminal);
  return Follow(args, looker, picture, *channel, out, err);
}

}  // namespace fairlead::cli
