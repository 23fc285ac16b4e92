// The messages of grpc.reflection (v1 and v1alpha are the same bytes), read and made by hand. Pure.
//
// Why by hand: gRPC's own copies of them live in a library that registers them at start, and a
// second copy beside it ends the program; three fields of each are all that is needed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace fairlead::gateway {

inline constexpr const char* kReflectionV1 =
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
inline constexpr const char* kReflectionV1Alpha =
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";

// Requests.
std::string AskForServices();
std::string AskForFile(std::string_view name);
std::string AskForSymbol(std::string_view full_name);

// One response: at most one of the three is filled.
struct ReflectionAnswer {
  std::vector<std::string> files;     // serialized FileDescriptorProtos
  std::vector<std::string> services;  // full names
  std::optional<Error> error;         // the server's own word
};

// kInvalidArgument: these bytes are no such message.
Result<ReflectionAnswer> ReadReflectionAnswer(std::string_view bytes);

// The other side.
bool IsReflection(std::string_view method);  // one of the two above

struct ReflectionQuestion {
  enum class Kind { kNone, kFile, kSymbol, kExtension, kExtensionNumbers, kServices };
  Kind kind = Kind::kNone;  // of none that is known
  std::string name;         // of a file, a symbol, or the type that is extended
  int number = 0;           // of an extension
};
// kInvalidArgument: these bytes are no such message.
Result<ReflectionQuestion> ReadReflectionQuestion(std::string_view bytes);

// Answers to the question of these bytes.
std::string AnswerWithFile(std::string_view question, std::string_view file);
std::string AnswerWithServices(std::string_view question, const std::vector<std::string>& names);
std::string AnswerWithNumbers(std::string_view question, std::string_view type,
                              const std::vector<int>& numbers);
std::string AnswerWithError(std::string_view question, const Error& error);

}  // namespace fairlead::gateway
