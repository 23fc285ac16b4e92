// RunCommand: a program run to its end, its output kept, with a deadline.
//
// Why: Compose owns what is created, and its only interface is its command; and nobody but nginx
// can tell whether nginx takes a file. No shell is involved: an argument is an argument, whatever
// is in it. The program gets no descriptor of ours. Threads: any; blocks.
#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "base/time.h"

namespace fairlead::runtime {

// Of each of the two outputs; what comes after is read and dropped. An inspect has some 8 KB.
inline constexpr std::size_t kCommandOutputBytesMax = std::size_t{16} << 20;

struct CommandEnd {
  int exit_code = 0;  // 128 + N when signal N ended it
  std::string output;
  std::string errors;
};

// `words`: the program, looked up by PATH, and its arguments; its input is empty. It inherits the
// environment. kNotFound: there is no such program; kUnavailable: it could not be started;
// kDeadlineExceeded: it ran for `limit` and was killed.
Result<CommandEnd> RunCommand(std::span<const std::string> words, Duration limit);

// The same; an exit code other than 0 is kFailedPrecondition with the last lines that it printed.
// Returns what it printed.
Result<std::string> RunChecked(std::span<const std::string> words, Duration limit);

// The last `lines` lines of text from outside, each as it may stand on a terminal and indented.
std::string LastLines(const std::string& text, std::size_t lines);

}  // namespace fairlead::runtime
