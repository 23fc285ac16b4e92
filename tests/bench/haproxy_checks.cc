#include "bench/haproxy_checks.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include "bench/probe_targets.h"
#include "bench/sockets.h"

namespace fairlead::bench {
namespace {

using namespace std::chrono_literals;

constexpr const char* kProgram = "/usr/sbin/haproxy";
constexpr auto kPatience = 20s;  // until all are up by HAProxy's word

std::string TargetAddress(int index) {
  const in_addr address{.s_addr = htonl(TargetIp(index))};
  char text[INET_ADDRSTRLEN];
  return inet_ntop(AF_INET, &address, text, sizeof text);
}

class Haproxy {
 public:
  Haproxy(int count, std::uint16_t port, std::chrono::milliseconds interval)
      : directory_(std::filesystem::temp_directory_path() /
                   ("fairlead-haproxy-" + std::to_string(getpid()))),
        count_(count) {
    std::filesystem::create_directories(directory_);
    WriteConfig(port, interval);
    process_ = fork();
    if (process_ < 0) Die("fork");
    if (process_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      execl(kProgram, kProgram, "-db", "-q", "-f", Config().c_str(), nullptr);
      Die("start haproxy");
    }
    WaitUp();
  }
  ~Haproxy() {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
    std::filesystem::remove_all(directory_);
  }

  double CpuSeconds() const {
    std::string text = Read("stat");
    std::istringstream fields(text.substr(text.rfind(')') + 2));
    std::string skipped;
    for (int i = 0; i < 11; ++i) fields >> skipped;  // utime and stime are fields 14 and 15
    double user = 0;
    double system = 0;
    fields >> user >> system;
    return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
  }

  double ResidentKib() const {
    std::istringstream fields(Read("statm"));
    double all = 0;
    double resident = 0;
    fields >> all >> resident;
    return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1024;
  }

 private:
  std::string Config() const { return directory_ / "haproxy.cfg"; }
  std::string Socket() const { return directory_ / "stats.sock"; }

  void WriteConfig(std::uint16_t port, std::chrono::milliseconds interval) const {
    std::ofstream config(Config());
    config << "global\n  nbthread 1\n  spread-checks 50\n  stats socket " << Socket()
           << "\ndefaults\n  mode http\n  timeout connect 1s\n  timeout client 1s\n"
           << "  timeout server 1s\n  timeout check 1s\n"
           << "backend targets\n  option httpchk\n  http-check connect proto h2\n"
           << "  http-check send meth POST uri /grpc.health.v1.Health/Check "
           << "hdr content-type application/grpc hdr te trailers\n  http-check expect status 200\n";
    for (int i = 0; i < count_; ++i)
      config << "  server s" << i << ' ' << TargetAddress(i) << ':' << port << " check inter "
             << interval.count() << "ms\n";
  }

  std::string Read(const char* what) const {
    std::ifstream file("/proc/" + std::to_string(process_) + "/" + what);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  // How many targets HAProxy has checked and found up.
  int Up() const {
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_un address = UnixAddress(Socket());
    std::string told;
    if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
      SendAll(fd, "show stat\n");
      char part[4096];
      for (ssize_t got = 0; (got = recv(fd, part, sizeof part, 0)) > 0;)
        told.append(part, static_cast<std::size_t>(got));
    }
    close(fd);
    int up = 0;
    for (std::size_t at = 0; (at = told.find(",L7OK,", at)) != std::string::npos; ++at) ++up;
    return up;
  }

  void WaitUp() const {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (Up() < count_) {
      if (std::chrono::steady_clock::now() > until) Die("HAProxy does not find every target up");
      std::this_thread::sleep_for(100ms);
    }
  }

  const std::filesystem::path directory_;
  const int count_;
  pid_t process_ = 0;
};

}  // namespace

std::optional<HaproxyRun> RunHaproxy(int count, std::uint16_t port,
                                     std::chrono::milliseconds interval,
                                     std::chrono::milliseconds length) {
  if (access(kProgram, X_OK) != 0) return std::nullopt;
  const double kib_of_one = Haproxy(1, port, interval).ResidentKib();
  const Haproxy haproxy(count, port, interval);
  const double before = haproxy.CpuSeconds();
  std::this_thread::sleep_for(length);
  const double checks = static_cast<double>(count) * std::chrono::duration<double>(length) /
                        std::chrono::duration<double>(interval);
  return HaproxyRun{.cpu_us_per_check = (haproxy.CpuSeconds() - before) * 1e6 / checks,
                    .kib_per_target = (haproxy.ResidentKib() - kib_of_one) / count};
}

}  // namespace fairlead::bench
