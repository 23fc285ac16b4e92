// StrongId: a string or number that cannot be mistaken for another kind of id.
#pragma once

#include <compare>
#include <functional>
#include <utility>

namespace fairlead {

template <class Tag, class Value>
struct StrongId {
  Value value{};

  StrongId() = default;
  explicit StrongId(Value v) : value(std::move(v)) {}
  auto operator<=>(const StrongId&) const = default;
};

}  // namespace fairlead

template <class Tag, class Value>
struct std::hash<fairlead::StrongId<Tag, Value>> {
  std::size_t operator()(const fairlead::StrongId<Tag, Value>& id) const {
    return std::hash<Value>{}(id.value);
  }
};
