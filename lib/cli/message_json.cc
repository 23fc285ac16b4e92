#include "cli/message_json.h"

#include <google/protobuf/util/json_util.h>

namespace fairlead::cli {

std::string Json(const google::protobuf::Message& message, bool is_pretty) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = is_pretty;
  options.always_print_primitive_fields = true;
  std::string text;
  const auto done = google::protobuf::util::MessageToJsonString(message, &text, options);
  if (!done.ok()) return "{}";
  if (text.empty() || text.back() != '\n') text += '\n';
  return text;
}

}  // namespace fairlead::cli
