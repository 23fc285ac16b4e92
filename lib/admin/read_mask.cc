#include "admin/read_mask.h"

#include <fmt/format.h>
#include <google/protobuf/util/field_mask_util.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/error_reasons.h"
#include "base/text.h"

namespace fairlead::admin {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldMask;
using google::protobuf::util::FieldMaskUtil;

constexpr const char* kAll = "*";

bool IsAll(const FieldMask& mask) {
  return mask.paths().empty() || std::ranges::find(mask.paths(), kAll) != mask.paths().end();
}

// The library passes over empty names, "a..b", and knows no path through a list.
bool IsPath(const Descriptor& item, const std::string& path) {
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  const auto names = static_cast<std::size_t>(std::ranges::count(path, '.')) + 1;
  return FieldMaskUtil::GetFieldDescriptors(&item, path, &fields) && fields.size() == names;
}

}  // namespace

Result<> CheckReadMask(const FieldMask& mask, const Descriptor& item) {
  if (mask.paths_size() > kMaskPathsMax) {
    return Fail(Code::kInvalidArgument,
                fmt::format("read_mask: has more than {} paths", kMaskPathsMax),
                {.subject = "read_mask"});
  }
  for (const std::string& path : mask.paths()) {
    if (path == kAll || IsPath(item, path)) continue;
    return Fail(Code::kInvalidArgument,
                fmt::format("read_mask: \"{}\" is no field of {}; name fields as its .proto and "
                            "/openapi.json do, such as name",
                            Printable(path, 100), item.name()),
                {.reason = reasons::kNoSuchField, .subject = "read_mask"});
  }
  return {};
}

void ApplyReadMask(const FieldMask& mask, google::protobuf::Message& item) {
  if (!IsAll(mask)) FieldMaskUtil::TrimMessage(mask, &item);
}

}  // namespace fairlead::admin
