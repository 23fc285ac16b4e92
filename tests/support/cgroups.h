// Cgroups of a test's own: one that is named like a container's, and one in which processes stand
// still. It takes root; without it they are not there. Gone with the object, with all in them.
#pragma once

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <string>
#include <utility>

namespace fairlead::testing {

// Its processes are taken for those of the container of that id.
class ContainerGroup {
 public:
  explicit ContainerGroup(std::string id) : id_(std::move(id)) {
    for (const char* root : {"/sys/fs/cgroup/pids", "/sys/fs/cgroup/freezer", "/sys/fs/cgroup"}) {
      path_ = std::string(root) + "/" + id_;
      if (mkdir(path_.c_str(), 0755) == 0) return;
      if (errno == EEXIST) return;
    }
    path_.clear();
  }
  // Its processes have ended by then.
  ~ContainerGroup() {
    if (!path_.empty()) rmdir(path_.c_str());
  }
  ContainerGroup(const ContainerGroup&) = delete;
  ContainerGroup& operator=(const ContainerGroup&) = delete;

  bool is_there() const { return !path_.empty(); }
  const std::string& id() const { return id_; }
  void Add(pid_t pid) const { std::ofstream(path_ + "/cgroup.procs") << pid << std::flush; }

 private:
  const std::string id_;
  std::string path_;
};

// A freezer of the test's own, beside whatever other group its one process, or one thread, is in.
// Of cgroup v1: in that of v2 a frozen process ends when it is killed.
class Freezer {
 public:
  Freezer() { is_there_ = mkdir(path_.c_str(), 0755) == 0 || errno == EEXIST; }
  ~Freezer() {
    Thaw();
    rmdir(path_.c_str());
  }
  Freezer(const Freezer&) = delete;
  Freezer& operator=(const Freezer&) = delete;

  bool is_there() const { return is_there_; }
  void Add(pid_t pid) const { std::ofstream(path_ + "/cgroup.procs") << pid << std::flush; }
  void AddThread(pid_t thread) const { std::ofstream(path_ + "/tasks") << thread << std::flush; }
  // Returns when what is in it stands still.
  void Freeze() const {
    std::string state;
    while (state != "FROZEN") {
      Become("FROZEN");
      std::ifstream(path_ + "/freezer.state") >> state;
    }
  }
  void Thaw() const { Become("THAWED"); }

 private:
  void Become(const char* state) const {
    std::ofstream(path_ + "/freezer.state") << state << std::flush;
  }

  const std::string path_ = "/sys/fs/cgroup/freezer/fairlead-test-" + std::to_string(getpid());
  bool is_there_ = false;
};

}  // namespace fairlead::testing
