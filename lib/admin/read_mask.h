// Read masks: only the fields of each item that a caller asked for (AIP-157). Pure.
#pragma once

#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/message.h>

#include "base/result.h"

namespace fairlead::admin {

// No item of ours has as many fields.
inline constexpr int kMaskPathsMax = 64;

// kInvalidArgument: a path that is no field of `item`, with the path. An empty mask and "*" are
// all.
Result<> CheckReadMask(const google::protobuf::FieldMask& mask,
                       const google::protobuf::Descriptor& item);

// Clears what was not asked for. REQUIRES: CheckReadMask of its type.
void ApplyReadMask(const google::protobuf::FieldMask& mask, google::protobuf::Message& item);

}  // namespace fairlead::admin
