#include "cli/screen.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <string_view>

#include "runtime/write_all.h"

namespace fairlead::cli {
namespace {

// Alternate screen, no cursor; and back.
constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l";
constexpr std::string_view kLeave = "\x1b[?25h\x1b[?1049l";
constexpr std::string_view kHome = "\x1b[H";
constexpr std::string_view kClearLine = "\x1b[K";
constexpr std::string_view kClearBelow = "\x1b[J";

constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH};

// Where a handler may write: the screen's pipe.
std::atomic<int> signal_pipe = -1;

extern "C" void OnSignal(int number) {
  const int former = errno;
  const auto byte = static_cast<unsigned char>(number);
  [[maybe_unused]] const auto written = write(signal_pipe.load(), &byte, 1);
  errno = former;
}

void Handle(int number, void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, nullptr);
}

}  // namespace

Screen::Screen() {
  tcgetattr(STDIN_FILENO, &former_);
  if (pipe2(pipe_.data(), O_CLOEXEC | O_NONBLOCK) == 0) {
    signal_pipe = pipe_[1];
    for (const int number : kSignals) Handle(number, OnSignal);
  }
  Take();
}

Screen::~Screen() {
  GiveBack();
  for (const int number : kSignals) Handle(number, SIG_DFL);
  signal_pipe = -1;
  for (const int end : pipe_) {
    if (end >= 0) close(end);
  }
}

void Screen::Take() {
  termios raw = former_;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
  runtime::WriteAll(STDOUT_FILENO, kEnter);
  is_taken_ = true;
}

void Screen::GiveBack() {
  if (!is_taken_) return;
  is_taken_ = false;
  runtime::WriteAll(STDOUT_FILENO, kLeave);
  tcsetattr(STDIN_FILENO, TCSADRAIN, &former_);
}

Screen::Size Screen::size() const {
  winsize window{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_col == 0 || window.ws_row == 0)
    return {};
  return {.columns = window.ws_col, .lines = window.ws_row};
}

bool Screen::Draw(const std::string& text) {
  std::string drawn(kHome);
  for (const char c : text) {
    if (c == '\n') drawn += kClearLine;
    drawn += c == '\n' ? "\r\n" : std::string(1, c);
  }
  // No line end after the last line, which would move a full screen up.
  if (drawn.ends_with("\r\n")) drawn.resize(drawn.size() - 2);
  drawn += kClearBelow;
  return runtime::WriteAll(STDOUT_FILENO, drawn);
}

Screen::Event Screen::Wait(Duration limit) {
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(limit).count();
  std::array<pollfd, 2> polled = {pollfd{pipe_[0], POLLIN, 0}, pollfd{STDIN_FILENO, POLLIN, 0}};
  if (poll(polled.data(), polled.size(), static_cast<int>(milliseconds)) <= 0) return {};
  if (polled[0].revents != 0) {
    unsigned char number = 0;
    if (read(pipe_[0], &number, 1) != 1) return {};
    if (number == SIGWINCH) return {.news = News::kResized};
    if (number != SIGTSTP) {
      ended_by_ = number;
      return {.news = News::kEnd};
    }
    GiveBack();
    raise(SIGSTOP);
    Take();
    return {.news = News::kResized};
  }
  char key = 0;
  if (read(STDIN_FILENO, &key, 1) != 1) return {.news = News::kEnd};
  return {.news = News::kKey, .key = key};
}

}  // namespace fairlead::cli
