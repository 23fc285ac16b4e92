// ReflectionDialogue: what to ask a server's reflection next, until its services are described.
//
// Order: the list of services, the file of each, then each file that those import and the server
// has not sent. Bounded by DescriptorLimits whatever the server says.
// Pure; threads: none.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gateway/limits.h"

namespace fairlead::gateway {

// What one generation says of itself.
struct Description {
  std::map<std::string, std::string> files;  // by name: serialized FileDescriptorProtos
  std::vector<std::string> services;         // full names, in the server's order
  bool operator==(const Description&) const = default;
};

// Served by gRPC's own libraries for themselves (health, reflection, channelz): not a service's
// API.
bool IsInfrastructure(std::string_view service);
// The files that protobuf brings along: the server's own copies are not taken, so that no server
// decides what a Timestamp is.
bool IsWellKnownFile(std::string_view name);

class ReflectionDialogue {
 public:
  explicit ReflectionDialogue(const DescriptorLimits& limits) : limits_(limits) {}

  // The bytes of the next question; nothing: it is over, and Take() has no use any more.
  std::optional<std::string> Next();
  // The answer to the last question. An error ends the dialogue: kResourceExhausted above a limit,
  // kInvalidArgument for what is no answer, kNotFound for a file that is missing.
  Result<> Take(std::string_view bytes);

  Description Finish() && { return std::move(made_); }

 private:
  struct Question {
    enum class Kind { kServices, kSymbol, kFile } kind = Kind::kServices;
    std::string name;
  };
  Result<> TakeFile(std::string bytes);
  Result<> TakeServices(std::vector<std::string> services);

  const DescriptorLimits limits_;
  std::deque<Question> questions_ = {{}};
  Question asked_;
  std::set<std::string> wanted_;   // files that were asked for, or are there
  std::set<std::string> defined_;  // services that a file of ours defines
  std::size_t bytes_ = 0;
  Description made_;
};

}  // namespace fairlead::gateway
