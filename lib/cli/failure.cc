#include "cli/failure.h"

#include <algorithm>
#include <ostream>
#include <string_view>
#include <utility>

#include "base/error_reasons.h"
#include "base/result.h"
#include "base/text.h"
#include "cli/run.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace fairlead::cli {
namespace {

// Where the code's advice would be the wrong one.
constexpr std::pair<std::string_view, std::string_view> kAfterReason[] = {
    {reasons::kActUnderWay, "`fairlead events --follow` shows its end"},
    {reasons::kClientsBehind, "`fairlead clients` shows who has not taken the list"},
    {reasons::kDiedAgain, "`fairlead explain` shows its last checks, docker logs its last words"},
    {reasons::kIsFairlead, "restart its container as it was started"},
    {reasons::kNotManaged, "`fairlead status` shows what is wrong with its labels"},
    {reasons::kNotPaused, "`fairlead status` lists the pauses in force"},
    {reasons::kNotReadyInTime, "`fairlead explain` shows its last checks"},
    {reasons::kNotRecorded,
     "make room in the daemon's state_dir; `fairlead status` shows how it is"},
    {reasons::kObserveOnly, "`fairlead config` shows where policy.observe_only is set"},
    {reasons::kRoleMissing, "`fairlead status` says, to who may read, who asks and what it may"},
};

std::string_view WhatNext(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::NOT_FOUND:
      return "`fairlead replicas` lists what there is";
    case grpc::StatusCode::FAILED_PRECONDITION:
      return "`fairlead replicas` shows the present state; --force with --reason overrides "
             "min-available";
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return "the daemon goes on with it; `fairlead events --follow` shows the end";
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return "try again in a moment";
    case grpc::StatusCode::UNIMPLEMENTED:
      return "the daemon is of another version; `fairlead version` shows both";
    case grpc::StatusCode::INVALID_ARGUMENT:
      return "`fairlead help` shows how it is written";
    default:
      return "`fairlead status` shows how the daemon is";
  }
}

}  // namespace

std::string ReasonOf(const grpc::Status& status) {
  google::rpc::Status sent;
  if (!sent.ParseFromString(status.error_details())) return "";
  for (const google::protobuf::Any& detail : sent.details()) {
    google::rpc::ErrorInfo info;
    if (!detail.UnpackTo(&info)) continue;
    const bool says_more = info.reason() != CodeName(static_cast<Code>(status.error_code()));
    return says_more ? Printable(info.reason(), 64) : "";
  }
  return "";
}

std::string FailureText(const grpc::Status& status) {
  const std::string reason = ReasonOf(status);
  const auto* const known =
      std::ranges::find(kAfterReason, reason, [](const auto& entry) { return entry.first; });
  std::string text = "fairlead: " + Printable(status.error_message(), 1024);
  if (!reason.empty()) text += " [" + reason + "]";
  text += "\n";
  text += known != std::end(kAfterReason) ? known->second : WhatNext(status.error_code());
  return text + "\n";
}

int TellFailure(const grpc::Status& status, grpc::Channel& channel, std::ostream& err) {
  const bool is_lost = status.error_code() == grpc::StatusCode::UNAVAILABLE &&
                       channel.GetState(false) != GRPC_CHANNEL_READY;
  if (is_lost) {
    err << "fairlead: the connection to the daemon was lost: "
        << Printable(status.error_message(), 1024) << "\nis fairleadd still running?\n";
    return kExitUnreachable;
  }
  err << FailureText(status);
  return status.error_code() == grpc::StatusCode::INVALID_ARGUMENT ? kExitUsage : kExitNo;
}

}  // namespace fairlead::cli
