// Log lines as text. Pure.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "telemetry/log.h"

namespace fairlead::telemetry {

struct Entry {
  std::string_view time;  // "2026-01-02T03:04:05.678Z"
  Level level = Level::kInfo;
  std::string_view text;
  std::initializer_list<Field> fields;
  std::uint64_t left_out = 0;  // entries of the same text that the rate limit held back
};

// `2026-01-02T03:04:05.678Z info    engine synced containers=12 name="a b"`
std::string TextLine(const Entry& entry);

// `{"time":"...","level":"info","message":"engine synced","containers":12}`
std::string JsonLine(const Entry& entry);

}  // namespace fairlead::telemetry
