// SecretText: a text whose bytes are overwritten before their memory is given back.
//
// Why: what was freed stays readable to whoever gets to read the process's memory, and a key is
// needed for a moment only.
// Threads: a value.
#pragma once

#include <cstring>
#include <string>
#include <utility>

namespace fairlead {

// Overwrites all that `text` has room for, and empties it.
inline void Wipe(std::string& text) {
  text.resize(text.capacity());
  ::explicit_bzero(text.data(), text.size());
  text.clear();
}

class SecretText {
 public:
  SecretText() = default;
  // Any text may become one; the way back is text().
  SecretText(std::string text) : text_(std::move(text)) {}
  SecretText(const SecretText&) = default;
  // A short text is copied by a move.
  SecretText(SecretText&& other) noexcept : text_(std::move(other.text_)) { Wipe(other.text_); }
  SecretText& operator=(SecretText other) noexcept {
    text_.swap(other.text_);
    return *this;
  }
  ~SecretText() { Wipe(text_); }

  const std::string& text() const { return text_; }
  bool operator==(const SecretText&) const = default;

 private:
  std::string text_;
};

}  // namespace fairlead
