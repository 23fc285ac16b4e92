// The values that many messages are made of. Pure.
#pragma once

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "fairlead/admin/v1/admin.pb.h"
#include "fleet/report.h"
#include "runtime/clock.h"

namespace fairlead::admin {

namespace pb = ::fairlead::admin::v1;

// Longer than any name or sentence that helps; bounds a page together with kPageItemsMax.
inline constexpr std::size_t kTextBytesMax = 512;

// Printable, and no longer than that.
std::string Shown(std::string_view text);
void SetTime(google::protobuf::Timestamp* out, runtime::WallTime when);
void SetDuration(google::protobuf::Duration* out, Duration duration);
pb::CheckClass RenderCheckClass(spec::CheckClass check_class);
// A number that a client told: it may be any.
std::int64_t Count(std::uint64_t told);

}  // namespace fairlead::admin
