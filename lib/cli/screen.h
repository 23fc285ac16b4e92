// Screen: a terminal taken over for a live view, and given back as it was on every way out.
//
// Threads: one, which polls; signals come by a pipe, as any thread of the process may be given
// them. One per process at a time. What cannot be caught (SIGKILL) leaves the terminal as it is:
// `reset`.
#pragma once

#include <termios.h>

#include <array>
#include <cstddef>
#include <optional>
#include <string>

#include "base/time.h"

namespace fairlead::cli {

class Screen {
 public:
  // Of standard input and output, which are a terminal.
  Screen();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  struct Size {
    std::size_t columns = 80;
    std::size_t lines = 24;
  };
  Size size() const;

  // False when the terminal is gone.
  bool Draw(const std::string& text);

  enum class News { kNothing, kKey, kResized, kEnd };
  struct Event {
    News news = News::kNothing;
    char key = 0;
  };
  // Waits for at most `limit`. A stop by the shell (Ctrl-Z) happens in here: the terminal is given
  // back before it and taken again after, which is told as kResized.
  Event Wait(Duration limit);

  // The signal that ended it; nothing: none did.
  std::optional<int> ended_by() const { return ended_by_; }

 private:
  void Take();
  void GiveBack();

  termios former_{};
  std::array<int, 2> pipe_ = {-1, -1};
  bool is_taken_ = false;
  std::optional<int> ended_by_;
};

}  // namespace fairlead::cli
