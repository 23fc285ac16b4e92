#include "gateway/reflection_wire.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/wire_format_lite.h>

#include <cstdint>

#include "base/text.h"

namespace fairlead::gateway {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

// Field numbers of ServerReflectionRequest and ServerReflectionResponse.
constexpr int kFileByFilename = 3;
constexpr int kFileContainingSymbol = 4;
constexpr int kFileContainingExtension = 5;
constexpr int kAllExtensionNumbersOfType = 6;
constexpr int kListServices = 7;
constexpr int kOriginalRequest = 2;
constexpr int kAllExtensionNumbersResponse = 5;
constexpr int kFileDescriptorResponse = 4;
constexpr int kListServicesResponse = 6;
constexpr int kErrorResponse = 7;

std::string TextField(int number, std::string_view text) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream out(&stream);
    out.WriteTag(WireFormatLite::MakeTag(number, WireFormatLite::WIRETYPE_LENGTH_DELIMITED));
    out.WriteVarint32(static_cast<std::uint32_t>(text.size()));
    out.WriteRaw(text.data(), static_cast<int>(text.size()));
  }
  return bytes;
}

std::string NumberField(int number, int value) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream out(&stream);
    out.WriteTag(WireFormatLite::MakeTag(number, WireFormatLite::WIRETYPE_VARINT));
    out.WriteVarint32(static_cast<std::uint32_t>(value));
  }
  return bytes;
}

struct WireField {
  int number = 0;
  std::uint64_t value = 0;  // of a varint
  std::string text;         // of what has a length
};

// Calls `take` for each field that has a length or is a varint. False: it is no message.
template <class Take>
bool ForEach(std::string_view bytes, Take take) {
  CodedInputStream in(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                      static_cast<int>(bytes.size()));
  while (const std::uint32_t tag = in.ReadTag()) {
    WireField field{.number = WireFormatLite::GetTagFieldNumber(tag)};
    const auto type = WireFormatLite::GetTagWireType(tag);
    if (type == WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      std::uint32_t size = 0;
      if (!in.ReadVarint32(&size) || !in.ReadString(&field.text, static_cast<int>(size)))
        return false;
      take(std::move(field));
    } else if (type == WireFormatLite::WIRETYPE_VARINT) {
      if (!in.ReadVarint64(&field.value)) return false;
      take(std::move(field));
    } else if (!WireFormatLite::SkipField(&in, tag)) {
      return false;
    }
  }
  return in.ConsumedEntireMessage();
}

// The server's code where it is one, and its text made printable.
Error ErrorOf(std::string_view bytes) {
  Error error{.code = Code::kUnknown, .message = "the server's reflection says no"};
  ForEach(bytes, [&](const WireField& field) {
    if (field.number == 1 && field.value >= 1 && field.value <= 16)
      error.code = static_cast<Code>(field.value);
    if (field.number == 2) error.message = Printable(field.text);
  });
  return error;
}

}  // namespace

std::string AskForServices() {
  return TextField(kListServices, "*");
}

std::string AskForFile(std::string_view name) {
  return TextField(kFileByFilename, name);
}

std::string AskForSymbol(std::string_view full_name) {
  return TextField(kFileContainingSymbol, full_name);
}

bool IsReflection(std::string_view method) {
  return method == kReflectionV1 || method == kReflectionV1Alpha;
}

Result<ReflectionQuestion> ReadReflectionQuestion(std::string_view bytes) {
  using Kind = ReflectionQuestion::Kind;
  ReflectionQuestion question;
  bool is_whole = true;
  const bool is_message = ForEach(bytes, [&](WireField field) {
    const auto take = [&](Kind kind) { question = {.kind = kind, .name = std::move(field.text)}; };
    if (field.number == kFileByFilename) take(Kind::kFile);
    if (field.number == kFileContainingSymbol) take(Kind::kSymbol);
    if (field.number == kAllExtensionNumbersOfType) take(Kind::kExtensionNumbers);
    if (field.number == kListServices) take(Kind::kServices);
    if (field.number != kFileContainingExtension) return;
    question = {.kind = Kind::kExtension};
    is_whole &= ForEach(field.text, [&](WireField of) {
      if (of.number == 1) question.name = std::move(of.text);
      if (of.number == 2) question.number = static_cast<int>(of.value);
    });
  });
  if (!is_message || !is_whole)
    return Fail(Code::kInvalidArgument, "read a question of reflection: it is no such message");
  return question;
}

std::string AnswerWithFile(std::string_view question, std::string_view file) {
  return TextField(kOriginalRequest, question) +
         TextField(kFileDescriptorResponse, TextField(1, file));
}

std::string AnswerWithServices(std::string_view question, const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += TextField(1, TextField(1, name));
  return TextField(kOriginalRequest, question) + TextField(kListServicesResponse, list);
}

std::string AnswerWithNumbers(std::string_view question, std::string_view type,
                              const std::vector<int>& numbers) {
  std::string list = TextField(1, type);
  for (const int number : numbers) list += NumberField(2, number);
  return TextField(kOriginalRequest, question) + TextField(kAllExtensionNumbersResponse, list);
}

std::string AnswerWithError(std::string_view question, const Error& error) {
  return TextField(kOriginalRequest, question) +
         TextField(kErrorResponse,
                   NumberField(1, static_cast<int>(error.code)) + TextField(2, error.message));
}

Result<ReflectionAnswer> ReadReflectionAnswer(std::string_view bytes) {
  ReflectionAnswer answer;
  bool is_whole = true;
  const bool is_message = ForEach(bytes, [&](WireField field) {
    if (field.number == kErrorResponse) answer.error = ErrorOf(field.text);
    if (field.number == kFileDescriptorResponse) {
      is_whole &= ForEach(field.text, [&](WireField file) {
        if (file.number == 1) answer.files.push_back(std::move(file.text));
      });
    }
    if (field.number == kListServicesResponse) {
      is_whole &= ForEach(field.text, [&](const WireField& service) {
        if (service.number != 1) return;
        is_whole &= ForEach(service.text, [&](WireField name) {
          if (name.number == 1) answer.services.push_back(std::move(name.text));
        });
      });
    }
  });
  if (!is_message || !is_whole)
    return Fail(Code::kInvalidArgument, "read an answer of reflection: it is no such message");
  return answer;
}

}  // namespace fairlead::gateway
