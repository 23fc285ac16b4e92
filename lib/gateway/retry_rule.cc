#include "gateway/retry_rule.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/backoff.h"

namespace fairlead::gateway {
namespace {

// "deadline-exceeded" is DEADLINE_EXCEEDED.
bool IsNamed(std::string_view word, Code code) {
  return std::ranges::equal(word, CodeName(code), [](char label, char name) {
    return label == '-' ? name == '_' : label - 'a' + 'A' == name;
  });
}

}  // namespace

std::optional<Duration> RetryRule::After(Code code, std::optional<Duration> pushback, Rng& rng) {
  const bool is_retried =
      std::ranges::any_of(retry_.on, [&](const std::string& word) { return IsNamed(word, code); });
  if (!retry_.enabled() || !is_retried || failed_ + 1 >= retry_.attempts) return std::nullopt;
  if (pushback && *pushback < Duration::zero()) return std::nullopt;
  ++failed_;
  if (pushback) {
    waits_ = 0;
    return pushback;
  }
  const DoublingBackoff backoff{.first = retry_.backoff_base, .most = retry_.backoff_max};
  return backoff.Jittered(waits_++, rng);
}

}  // namespace fairlead::gateway
