// Logger: one line per entry, constant text with fields, as text or as JSON.
//
// Why constant text: people search and count log lines by their text; what varies stands in fields
// with stable keys. Everything that came from outside is made printable, so that no container name
// can forge a line or move a cursor.
// Threads: everything may be called from any thread. Passed by reference; there is no global one.
// Limits: a value is cut at kFieldBytesMax; one text at one level is written kLinesPerWindowMax
// times in kWindow, and the number left out is told with the next line of that text.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/time.h"

namespace fairlead::telemetry {

enum class Level { kDebug, kInfo, kWarning, kError };
std::string_view LevelName(Level level);  // "debug", "info", "warning", "error"
// These names, and "warn", as the config writes it.
std::optional<Level> ParseLevel(std::string_view name);

enum class Format { kText, kJson };

// A label value or error text longer than this helps nobody in a log.
inline constexpr std::size_t kFieldBytesMax = 256;
// A flapping fleet repeats one text per replica; ten in ten seconds show that, thousands bury it.
inline constexpr int kLinesPerWindowMax = 10;
inline constexpr std::chrono::seconds kWindow{10};

// One field. The key is a literal of ours: lower case with underscores.
struct Field {
  using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

  Field(std::string_view field_key, std::string_view text) : key(field_key), value(text) {}
  Field(std::string_view field_key, const std::string& text)
      : key(field_key), value(std::string_view(text)) {}
  Field(std::string_view field_key, const char* text)
      : key(field_key), value(std::string_view(text)) {}
  Field(std::string_view field_key, bool flag) : key(field_key), value(flag) {}
  Field(std::string_view field_key, double number) : key(field_key), value(number) {}
  template <std::signed_integral Integer>
  Field(std::string_view field_key, Integer number)
      : key(field_key), value(static_cast<std::int64_t>(number)) {}
  template <std::unsigned_integral Integer>
    requires(!std::same_as<Integer, bool>)
  Field(std::string_view field_key, Integer number)
      : key(field_key), value(static_cast<std::uint64_t>(number)) {}

  std::string_view key;
  Value value;  // a view: the text must live as long as the call
};

class Logger {
 public:
  // Takes one finished line without its line feed. Called under the logger's lock, one at a time.
  using Sink = std::function<void(Level, std::string_view line)>;

  struct Options {
    Level level = Level::kInfo;
    Format format = Format::kText;
  };

  // Writes to standard error.
  explicit Logger(Options options);
  // Writes to `sink`; `now` is what the rate limit is measured with.
  Logger(Options options, Sink sink, std::function<TimePoint()> now);
  ~Logger();
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  // Both count from the next entry on; any thread.
  void SetLevel(Level level);
  void SetFormat(Format format);
  Level level() const;
  // Whether an entry of this level would be written; for fields that are costly to make.
  bool Writes(Level at) const { return at >= level(); }

  // `text` is a literal: the same every time. log.Info("engine synced", {{"containers", 12}}).
  void Debug(std::string_view text, std::initializer_list<Field> fields = {});
  void Info(std::string_view text, std::initializer_list<Field> fields = {});
  void Warning(std::string_view text, std::initializer_list<Field> fields = {});
  void Error(std::string_view text, std::initializer_list<Field> fields = {});

 private:
  class State;
  void Write(Level at, std::string_view text, std::initializer_list<Field> fields);

  std::unique_ptr<State> state_;
};

}  // namespace fairlead::telemetry
