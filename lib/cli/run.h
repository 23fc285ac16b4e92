// Run: the whole `fairlead` command, from arguments to exit status.
#pragma once

#include <functional>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>

namespace fairlead::cli {

inline constexpr const char* kDefaultAdmin = "unix:/run/fairlead/admin/admin.sock";

// Exit statuses, part of the command's contract.
inline constexpr int kExitDone = 0;
inline constexpr int kExitNo = 1;  // refused by policy, not found, failed
inline constexpr int kExitUsage = 2;
inline constexpr int kExitUnreachable = 3;  // no daemon at the address

// What the command needs of its process.
struct Environment {
  std::string admin;            // FAIRLEAD_ADMIN; empty when unset
  std::string version;          // of this command
  bool is_terminal = false;     // colour on `out`
  bool is_screen = false;       // standard input and output are a terminal, for `top`
  bool tells_progress = false;  // standard error is one, for the phases of an act
  // The value of an environment variable, for Compose files; nothing when it is not set.
  std::function<std::optional<std::string>(const std::string& name)> variable = {};
  std::istream* in = nullptr;  // what `lint -` reads; null: nothing
};

// `arguments` without the program's name. Answers and help go to `out`, errors to `err`.
// Blocks until done; `events --follow` until the daemon ends or `out` fails.
int Run(std::span<const std::string> arguments, const Environment& environment, std::ostream& out,
        std::ostream& err);

}  // namespace fairlead::cli
