// The picture of `fairlead top`. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/table.h"
#include "fairlead/admin/v1/admin.pb.h"

namespace fairlead::cli {

namespace pb = ::fairlead::admin::v1;

// kOut: who is out of rotation comes first, the latest first; what is wrong stands on top.
enum class TopOrder { kOut, kName, kLatency, kRestarts };

// What a key asks for: o, n, l, r; nothing for any other.
std::optional<TopOrder> OrderOfKey(char key);

struct TopPicture {
  pb::Status status;
  std::vector<pb::Replica> replicas;
  std::string trouble;  // why the daemon does not answer now; the rest is then what it said last
};

struct TopFrame {
  TopOrder order = TopOrder::kOut;
  std::size_t lines_max = SIZE_MAX;  // the screen's; 4 at least are used
  bool shows_keys = false;           // there is somebody to press them
  TableStyle style = {};
};

// Head, table, and how many replicas there was no room for; at most frame.lines_max lines. `now`:
// seconds since 1970.
std::string ShowTop(const TopPicture& picture, std::int64_t now, const TopFrame& frame);

// Equal for two pictures between which only time has passed: ages and latencies do not count.
std::string TopDigest(const TopPicture& picture);

}  // namespace fairlead::cli
