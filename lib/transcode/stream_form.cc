#include "transcode/stream_form.h"

#include <charconv>
#include <cstdint>
#include <vector>

#include "base/text.h"
#include "transcode/bind.h"

namespace fairlead::transcode {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const FieldDescriptor* NumberNamed(const Message& message, const char* name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  const bool is_number = field != nullptr && !field->is_repeated() &&
                         field->cpp_type() == FieldDescriptor::CPPTYPE_UINT64;
  return is_number ? field : nullptr;
}

// The `id` of the message inside that has one.
std::optional<std::uint64_t> CursorIn(const Message& message) {
  std::vector<const FieldDescriptor*> set;
  message.GetReflection()->ListFields(message, &set);
  for (const FieldDescriptor* field : set) {
    if (field->is_repeated() || field->message_type() == nullptr) continue;
    const Message& inner = message.GetReflection()->GetMessage(message, field);
    if (const FieldDescriptor* id = NumberNamed(inner, "id"))
      return inner.GetReflection()->GetUInt64(inner, id);
  }
  return std::nullopt;
}

}  // namespace

StreamForm FormFor(std::string_view accept) {
  return accept.find("text/event-stream") == std::string_view::npos ? StreamForm::kLines
                                                                    : StreamForm::kEvents;
}

std::string_view ContentTypeOf(StreamForm form) {
  return form == StreamForm::kEvents ? "text/event-stream" : "application/json";
}

std::string PieceOf(StreamForm form, const Message& message) {
  if (form == StreamForm::kLines) return "{\"result\":" + JsonOf(message) + "}\n";
  const std::optional<std::uint64_t> cursor = CursorIn(message);
  const std::string id = cursor ? "id: " + std::to_string(*cursor) + "\n" : "";
  return id + "data: " + JsonOf(message) + "\n\n";
}

std::string PieceOfJson(StreamForm form, std::string_view json) {
  const std::string text(json);
  return form == StreamForm::kLines ? "{\"result\":" + text + "}\n" : "data: " + text + "\n\n";
}

std::string ErrorPieceOf(StreamForm form, std::string_view status_json) {
  const std::string status(status_json);
  return form == StreamForm::kLines ? "{\"error\":" + status + "}\n"
                                    : "event: error\ndata: " + status + "\n\n";
}

Result<> Resume(std::string_view last_event_id, Message& request) {
  const FieldDescriptor* field = NumberNamed(request, "after_id");
  std::uint64_t id = 0;
  const char* const end = last_event_id.data() + last_event_id.size();
  const auto [stop, error] = std::from_chars(last_event_id.data(), end, id);
  if (field == nullptr || error != std::errc() || stop != end) {
    return Fail(Code::kInvalidArgument, "read Last-Event-ID " + Printable(last_event_id) +
                                            ": it is no id of this stream; leave it out");
  }
  request.GetReflection()->SetUInt64(&request, field, id);
  return {};
}

}  // namespace fairlead::transcode
