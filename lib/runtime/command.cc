#include "runtime/command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <system_error>
#include <utility>
#include <vector>

#include "base/text.h"
#include "runtime/clock.h"

extern char** environ;

namespace fairlead::runtime {
namespace {

constexpr std::size_t kErrorLinesShown = 10;
constexpr std::size_t kLineBytesShown = 200;
// Shells report "ended by signal n" as 128 + n.
constexpr int kSignalExitBase = 128;

// The reading end of a program's output.
class Pipe {
 public:
  Pipe() { is_open_ = pipe2(ends_.data(), O_CLOEXEC) == 0; }
  ~Pipe() {
    CloseWriter();
    if (ends_[0] >= 0) close(ends_[0]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  bool is_open() const { return is_open_; }
  int reader() const { return is_at_end_ ? -1 : ends_[0]; }  // poll() skips -1
  int writer() const { return ends_[1]; }
  bool is_at_end() const { return is_at_end_; }
  std::string& text() { return text_; }

  void CloseWriter() {
    if (ends_[1] >= 0) close(ends_[1]);
    ends_[1] = -1;
  }

  void Read() {
    std::array<char, 16384> bytes{};
    const ssize_t count = read(ends_[0], bytes.data(), bytes.size());
    if (count == 0 || (count < 0 && errno != EINTR)) is_at_end_ = true;
    if (count <= 0) return;
    const std::size_t room = kCommandOutputBytesMax - text_.size();
    text_.append(bytes.data(), std::min(static_cast<std::size_t>(count), room));
  }

 private:
  std::array<int, 2> ends_ = {-1, -1};
  bool is_open_ = false;
  bool is_at_end_ = false;
  std::string text_;
};

Result<pid_t> Spawn(std::span<const std::string> words, const Pipe& output, const Pipe& errors) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, output.writer(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, errors.writer(), STDERR_FILENO);
  // Asio's sockets are not closed by exec.
  posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
  // Threads of ours may hold back signals that the program has to hear.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t pid = 0;
  const int error =
      posix_spawnp(&pid, arguments[0], &files, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (error == 0) return pid;
  return Fail(
      error == ENOENT ? Code::kNotFound : Code::kUnavailable,
      fmt::format("run {}: {}", Printable(words[0]), std::generic_category().message(error)));
}

// Reads both outputs to their end. False when the deadline came first.
bool ReadAll(Pipe& output, Pipe& errors, TimePoint deadline) {
  while (!output.is_at_end() || !errors.is_at_end()) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Now()).count();
    if (left <= 0) return false;
    std::array<pollfd, 2> polled = {pollfd{output.reader(), POLLIN, 0},
                                    pollfd{errors.reader(), POLLIN, 0}};
    // In turns of a minute, as the deadline may be longer than poll() can wait.
    if (poll(polled.data(), polled.size(), static_cast<int>(std::min<long long>(left, 60'000))) < 0)
      continue;
    if (polled[0].revents != 0) output.Read();
    if (polled[1].revents != 0) errors.Read();
  }
  return true;
}

std::string Shown(std::span<const std::string> words) {
  std::string shown;
  for (const std::string& word : words) shown += (shown.empty() ? "" : " ") + word;
  return Printable(shown, kLineBytesShown);
}

}  // namespace

Result<CommandEnd> RunCommand(std::span<const std::string> words, Duration limit) {
  const TimePoint deadline = Now() + limit;
  Pipe output;
  Pipe errors;
  if (!output.is_open() || !errors.is_open()) {
    return Fail(Code::kUnavailable, fmt::format("run {}: {}", Printable(words[0]),
                                                std::generic_category().message(errno)));
  }
  const Result<pid_t> pid = Spawn(words, output, errors);
  if (!pid) return std::unexpected(pid.error());
  output.CloseWriter();
  errors.CloseWriter();
  const bool is_done = ReadAll(output, errors, deadline);
  if (!is_done) kill(*pid, SIGKILL);
  int status = 0;
  while (waitpid(*pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!is_done) {
    return Fail(Code::kDeadlineExceeded,
                fmt::format("run {}: it did not end within {} and was killed\n{}", Shown(words),
                            FormatDuration(limit), LastLines(errors.text(), kErrorLinesShown)));
  }
  return CommandEnd{
      .exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : kSignalExitBase + WTERMSIG(status),
      .output = std::move(output.text()),
      .errors = std::move(errors.text())};
}

Result<std::string> RunChecked(std::span<const std::string> words, Duration limit) {
  Result<CommandEnd> end = RunCommand(words, limit);
  if (!end) return std::unexpected(end.error());
  if (end->exit_code == 0) return std::move(end->output);
  return Fail(Code::kFailedPrecondition,
              fmt::format("run {}: exit code {}\n{}", Shown(words), end->exit_code,
                          LastLines(end->errors, kErrorLinesShown)));
}

std::string LastLines(const std::string& text, std::size_t lines) {
  std::size_t begin = text.size();
  while (begin > 0 && text[begin - 1] == '\n') --begin;
  const std::size_t end = begin;
  for (std::size_t count = 0; begin > 0; --begin) {
    if (text[begin - 1] == '\n' && ++count == lines) break;
  }
  std::string shown;
  while (begin < end) {
    const std::size_t next = std::min(text.find('\n', begin), end);
    shown += "  " + Printable(text.substr(begin, next - begin), kLineBytesShown) + "\n";
    begin = next + 1;
  }
  if (!shown.empty()) shown.pop_back();
  return shown;
}

}  // namespace fairlead::runtime
