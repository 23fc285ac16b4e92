// The gateway's own answer to server reflection, v1 and v1alpha: what callers can reach through it.
//
// Files come one by one, as they were described; those of protobuf are this program's. Where two
// services have files of one name, a file is looked for first where the last answer was from.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/descriptor_set.h"
#include "gateway/passed_call.h"

namespace fairlead::gateway {

// Threads: none; each value for itself.
class ReflectionIndex {
 public:
  using Sets = std::vector<std::shared_ptr<const DescriptorSet>>;
  explicit ReflectionIndex(Sets sets) : sets_(std::move(sets)) {}

  // The bytes of the answer to the question of these bytes.
  std::string Answer(std::string_view question);

 private:
  // Null: no set has it.
  template <class Find>
  auto FindIn(Find find) -> decltype(find(std::declval<const DescriptorSet&>()));

  Sets sets_;  // that of the last answer first
};

std::shared_ptr<PassedCall> AnswerReflection(ReflectionIndex::Sets sets);

}  // namespace fairlead::gateway
