#include "config/shown_value.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/http_url.h"
#include "base/text.h"

namespace fairlead::config {
namespace {

using nlohmann::json;

constexpr std::string_view kHidden = "(hidden)";

bool IsSecretName(std::string_view name) {
  constexpr std::array<std::string_view, 3> kWords = {"secret", "token", "password"};
  return !name.ends_with("_file") && std::ranges::any_of(kWords, [&](std::string_view word) {
    return name.find(word) != std::string_view::npos;
  });
}

// REQUIRES: `value` nests at most kJsonDepthMax levels.
json WithoutSecrets(const json& value) {
  if (value.is_string()) {
    const auto url = ParseHttpUrl(value.get_ref<const std::string&>());
    return url ? json(url->Shown()) : value;
  }
  json shown = value;
  if (value.is_object()) {
    for (const auto& [name, inner] : value.items())
      shown[name] = IsSecretName(name) ? json(kHidden) : WithoutSecrets(inner);
  } else if (value.is_array()) {
    for (json& inner : shown) inner = WithoutSecrets(inner);
  }
  return shown;
}

std::string Dumped(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

std::string ExactValue(const json& value) {
  return Dumped(value);
}

std::string ShownValue(const json& value) {
  const json shown = WithoutSecrets(value);
  if (shown.is_string()) return Printable(shown.get_ref<const std::string&>(), kShownBytesMax);
  const bool is_list_of_words = shown.is_array() && std::ranges::all_of(shown, [](const json& one) {
                                  return one.is_string();
                                });
  if (shown.is_object() && shown.empty()) return "";
  if (!is_list_of_words) return Printable(Dumped(shown), kShownBytesMax);
  std::string text;
  for (const json& word : shown)
    text += (text.empty() ? "" : ",") + word.get_ref<const std::string&>();
  return Printable(text, kShownBytesMax);
}

}  // namespace fairlead::config
