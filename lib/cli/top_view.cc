#include "cli/top_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/text.h"
#include "cli/show.h"

namespace fairlead::cli {
namespace {

std::int64_t LatencyOf(const pb::Replica& replica) {
  const auto& latency = replica.last_check().latency();
  return latency.seconds() * 1'000'000'000 + latency.nanos();
}

void Sort(std::vector<pb::Replica>& replicas, TopOrder order) {
  // Lists come in the order of their names, which stays where nothing else decides.
  const auto by = [&](auto key) {
    std::ranges::stable_sort(replicas, [&](const pb::Replica& left, const pb::Replica& right) {
      return key(left) < key(right);
    });
  };
  switch (order) {
    case TopOrder::kName:
      break;
    case TopOrder::kOut:
      by([](const pb::Replica& replica) {
        return std::tuple(replica.in_rotation(),
                          replica.in_rotation() ? 0 : -replica.rotation_since().seconds());
      });
      break;
    case TopOrder::kLatency:
      by([](const pb::Replica& replica) { return -LatencyOf(replica); });
      break;
    case TopOrder::kRestarts:
      by([](const pb::Replica& replica) { return -replica.restarts_in_window(); });
      break;
  }
}

std::string Head(const TopPicture& picture, std::int64_t now, const TopFrame& frame) {
  const pb::Status& status = picture.status;
  const bool is_serving = status.phase() == pb::PHASE_SERVING;
  std::string text =
      fmt::format("fairleadd {}  {} for {}  {} services, {} of {} replicas in rotation\n",
                  Printable(status.version()),
                  Coloured(CodeOf(status.phase()), is_serving ? Colour::kGood : Colour::kBad,
                           frame.style.colour),
                  Age(now - status.phase_since().seconds()), status.service_count(),
                  status.replica_in_rotation_count(), status.replica_count());
  const auto warn = [&](const std::string& what) {
    text +=
        Coloured(Printable(what, frame.style.columns_max), Colour::kBad, frame.style.colour) + "\n";
  };
  if (!picture.trouble.empty()) warn("no answer: " + picture.trouble);
  if (!status.phase_reason().empty()) warn(status.phase_reason());
  if (!status.brake().empty()) warn("brake: " + status.brake());
  if (status.pauses_size() > 0) {
    warn(fmt::format("repairs of {}{} are paused", status.pauses(0).display_name(),
                     status.pauses_size() > 1
                         ? fmt::format(" and {} more scopes", status.pauses_size() - 1)
                         : ""));
  }
  return text;
}

std::size_t LinesIn(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

}  // namespace

std::optional<TopOrder> OrderOfKey(char key) {
  switch (key) {
    case 'o':
      return TopOrder::kOut;
    case 'n':
      return TopOrder::kName;
    case 'l':
      return TopOrder::kLatency;
    case 'r':
      return TopOrder::kRestarts;
    default:
      return std::nullopt;
  }
}

std::string ShowTop(const TopPicture& picture, std::int64_t now, const TopFrame& frame) {
  constexpr std::size_t kLinesMin = 4;
  const std::size_t lines_max = std::max(frame.lines_max, kLinesMin);
  std::vector<pb::Replica> replicas = picture.replicas;
  Sort(replicas, frame.order);
  std::string head = Head(picture, now, frame);
  const std::string keys =
      frame.shows_keys ? "q ends; order: o out first, n name, l latency, r restarts\n" : "";
  // The table's heading and the line about those that are left out need room, too.
  const std::size_t taken = LinesIn(head) + LinesIn(keys) + 2;
  const std::size_t room = lines_max > taken ? lines_max - taken : 1;
  std::string left_out;
  if (replicas.size() > room) {
    left_out = fmt::format("... and {} more\n", replicas.size() - room);
    replicas.resize(room);
  }
  return head + ShowReplicas(replicas, now, frame.style) + left_out + keys;
}

std::string TopDigest(const TopPicture& picture) {
  std::string digest =
      fmt::format("{} {} {} {} {}\n", CodeOf(picture.status.phase()), picture.status.phase_reason(),
                  picture.status.brake(), picture.status.pauses_size(), picture.trouble);
  for (pb::Replica replica : picture.replicas) {
    replica.mutable_last_check()->clear_latency();
    replica.clear_rotation_since();
    digest += ShowReplicas({replica}, 0, {.columns_max = SIZE_MAX});
  }
  return digest;
}

}  // namespace fairlead::cli
