#include "confine/syscall_filter.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <thread>

#include "confine/capabilities.h"
#include "unit/confine/in_a_child.h"

namespace fairlead::confine {
namespace {

struct Call {
  std::uint32_t number = 0;
  std::array<std::uint64_t, 6> arguments = {};
  std::uint32_t architecture = AUDIT_ARCH_X86_64;
};

constexpr std::uint32_t kAllowed = SECCOMP_RET_ALLOW;

std::uint32_t Word(const seccomp_data& data, std::uint32_t offset) {
  std::uint32_t word = 0;
  std::memcpy(&word, reinterpret_cast<const char*>(&data) + offset, sizeof word);
  return word;
}

// What the kernel would say, by the few instructions that our programs are made of. 0 when one runs
// over its end.
std::uint32_t Verdict(const FilterProgram& program, const Call& call) {
  seccomp_data data{};
  data.nr = static_cast<int>(call.number);
  data.arch = call.architecture;
  for (std::size_t i = 0; i < call.arguments.size(); ++i) data.args[i] = call.arguments[i];
  std::uint32_t loaded = 0;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const sock_filter& step = program[at];
    if (BPF_CLASS(step.code) == BPF_RET) return step.k;
    if (BPF_CLASS(step.code) == BPF_LD) {
      loaded = Word(data, step.k);
      continue;
    }
    bool is_so = loaded == step.k;
    if (BPF_OP(step.code) == BPF_JGE) is_so = loaded >= step.k;
    if (BPF_OP(step.code) == BPF_JSET) is_so = (loaded & step.k) != 0;
    at += is_so ? step.jt : step.jf;
  }
  return 0;
}

bool Allows(const FilterProgram& program, const Call& call) {
  return Verdict(program, call) == kAllowed;
}

#if defined(__x86_64__)
TEST(NetworkFilter, RefusesWhatGivesPowerAndLeavesTheRest) {
  const FilterProgram program = NetworkFilter();
  for (const std::uint32_t number :
       {SYS_mount, SYS_setns, SYS_unshare, SYS_bpf, SYS_process_vm_writev, SYS_init_module,
        SYS_execve, SYS_execveat, SYS_open_by_handle_at, SYS_capset, SYS_pidfd_getfd})
    EXPECT_FALSE(Allows(program, {.number = number})) << number;
  EXPECT_FALSE(Allows(program, {.number = 425})) << "io_uring passes filters by";
  for (const std::uint32_t number :
       {SYS_read, SYS_openat, SYS_accept4, SYS_socketpair, SYS_kill, SYS_futex, SYS_pidfd_open})
    EXPECT_TRUE(Allows(program, {.number = number})) << number;
}

TEST(SinkFilter, StartsProgramsOnlyWhereThereAreChecksAndEntersNoNamespace) {
  for (const bool has_checks : {true, false}) {
    const FilterProgram program = SinkFilter(has_checks);
    EXPECT_EQ(Allows(program, {.number = SYS_execve}), has_checks);
    EXPECT_EQ(Allows(program, {.number = SYS_execveat}), has_checks);
    for (const std::uint64_t family : {AF_INET, AF_INET6, AF_NETLINK})
      EXPECT_EQ(Allows(program, {.number = SYS_socket, .arguments = {family}}), has_checks);
    EXPECT_FALSE(Allows(program, {.number = SYS_socket, .arguments = {AF_UNIX}}));
    EXPECT_FALSE(Allows(program, {.number = SYS_setns, .arguments = {0, CLONE_NEWNET}}));
    for (const std::uint32_t number : {SYS_unshare, SYS_mount, SYS_setuid, SYS_capset, SYS_bpf})
      EXPECT_FALSE(Allows(program, {.number = number})) << number;
    for (const std::uint32_t number :
         {SYS_openat, SYS_rename, SYS_link, SYS_unlink, SYS_kill, SYS_recvmsg, SYS_futex})
      EXPECT_TRUE(Allows(program, {.number = number})) << number;
  }
}

TEST(NetworkFilter, MakesNoSocketThatCouldReachTheEngines) {
  const FilterProgram program = NetworkFilter();
  for (const std::uint64_t family : {AF_INET, AF_INET6, AF_NETLINK})
    EXPECT_TRUE(Allows(program, {.number = SYS_socket, .arguments = {family}})) << family;
  for (const std::uint64_t family : {AF_UNIX, AF_PACKET, AF_ALG, AF_VSOCK, AF_UNSPEC})
    EXPECT_FALSE(Allows(program, {.number = SYS_socket, .arguments = {family}})) << family;
  // The kernel looks at the low half of it alone.
  EXPECT_FALSE(Allows(
      program, {.number = SYS_socket, .arguments = {0x1'0000'0000U | std::uint64_t{AF_UNIX}}}));
}

TEST(NetworkFilter, ThreadsAreMadeAndNamespacesAreNot) {
  const FilterProgram program = NetworkFilter();
  EXPECT_TRUE(Allows(program, {.number = SYS_clone, .arguments = {CLONE_VM | CLONE_THREAD}}));
  for (const std::uint64_t flag : {CLONE_NEWUSER, CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWPID})
    EXPECT_FALSE(Allows(program, {.number = SYS_clone, .arguments = {flag | CLONE_VM}})) << flag;
  EXPECT_EQ(Verdict(program, {.number = SYS_clone3}), SECCOMP_RET_ERRNO | ENOSYS)
      << "the C library then makes a clone";
}

TEST(NetworkFilter, OtherNumbersOfTheSameCallsAreRefused) {
  const FilterProgram program = NetworkFilter();
  EXPECT_FALSE(Allows(program, {.number = SYS_read, .architecture = AUDIT_ARCH_I386}));
  EXPECT_FALSE(Allows(program, {.number = 0x4000'0000U | SYS_read})) << "x32";
}

TEST(ActuatorFilter, KnowsTheCallsOfAnEventLoopAndNoOther) {
  const FilterProgram program = ActuatorFilter();
  for (const std::uint32_t number :
       {SYS_epoll_wait, SYS_recvmsg, SYS_connect, SYS_mmap, SYS_exit_group})
    EXPECT_TRUE(Allows(program, {.number = number})) << number;
  EXPECT_TRUE(Allows(program, {.number = SYS_socket, .arguments = {AF_UNIX}}));
  EXPECT_FALSE(Allows(program, {.number = SYS_socket, .arguments = {AF_PACKET}}));
  for (const std::uint32_t number :
       {SYS_execve, SYS_listen, SYS_accept4, SYS_kill, SYS_ptrace, SYS_setns, SYS_unlink,
        SYS_rename, SYS_fork, SYS_vfork, SYS_prctl, SYS_truncate, SYS_chmod, SYS_mkdir})
    EXPECT_FALSE(Allows(program, {.number = number})) << number;
  int allowed = 0;
  for (std::uint32_t number = 0; number < 600; ++number)
    allowed += Allows(program, {.number = number});
  EXPECT_LT(allowed, 110);
}

TEST(ActuatorFilter, AndThoseOfNamespacesAndFilesReadFilesAndWriteNone) {
  for (const FilterProgram& program :
       {ActuatorFilter(), NamespaceFilter(false), NamedFilesFilter(false)}) {
    EXPECT_TRUE(Allows(program, {.number = SYS_openat, .arguments = {0, 0, O_RDONLY | O_CLOEXEC}}));
    EXPECT_TRUE(Allows(program, {.number = SYS_open, .arguments = {0, O_RDONLY | O_CLOEXEC}}));
    for (const std::uint64_t flag : {O_WRONLY, O_RDWR, O_CREAT, O_TRUNC}) {
      EXPECT_FALSE(Allows(program, {.number = SYS_openat, .arguments = {0, 0, flag}})) << flag;
      EXPECT_FALSE(Allows(program, {.number = SYS_open, .arguments = {0, flag}})) << flag;
    }
  }
}

TEST(NamedFilesFilter, KnowsTheCallsOfItsWorkAndNoOther) {
  const FilterProgram program = NamedFilesFilter(false);
  for (const std::uint32_t number : {SYS_openat, SYS_fstat, SYS_sendmsg, SYS_recvmsg, SYS_close})
    EXPECT_TRUE(Allows(program, {.number = number})) << number;
  for (const std::uint32_t number : {SYS_socket, SYS_connect, SYS_write, SYS_unlink, SYS_rename,
                                     SYS_execve, SYS_setns, SYS_clone, SYS_kill, SYS_getdents64})
    EXPECT_FALSE(Allows(program, {.number = number})) << number;
}

TEST(NamespaceFilter, EntersNetworksAndNoOtherNamespace) {
  const FilterProgram program = NamespaceFilter(false);
  const auto enters = [&](std::uint64_t type) {
    return Allows(program, {.number = SYS_setns, .arguments = {5, type}});
  };
  EXPECT_TRUE(enters(CLONE_NEWNET));
  for (const std::uint64_t type :
       {0, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWUSER, CLONE_NEWCGROUP, CLONE_NEWNET | CLONE_NEWNS})
    EXPECT_FALSE(enters(type)) << type;
}

TEST(NamespaceFilter, MakesSocketsOfItsWorkAndConnectsNone) {
  const FilterProgram program = NamespaceFilter(false);
  const auto makes = [&](std::uint64_t family, std::uint64_t protocol) {
    return Allows(program, {.number = SYS_socket, .arguments = {family, SOCK_RAW, protocol}});
  };
  EXPECT_TRUE(makes(AF_INET, 0));
  EXPECT_TRUE(makes(AF_INET6, 0));
  EXPECT_TRUE(makes(AF_NETLINK, NETLINK_ROUTE));
  EXPECT_TRUE(makes(AF_NETLINK, NETLINK_SOCK_DIAG));
  for (const std::uint64_t protocol :
       {NETLINK_NETFILTER, NETLINK_XFRM, NETLINK_AUDIT, NETLINK_KOBJECT_UEVENT, NETLINK_GENERIC})
    EXPECT_FALSE(makes(AF_NETLINK, protocol)) << protocol;
  for (const std::uint64_t family : {AF_UNIX, AF_PACKET, AF_ALG, AF_VSOCK, AF_BLUETOOTH})
    EXPECT_FALSE(makes(family, 0)) << family;
}

TEST(NamespaceFilter, KnowsTheCallsOfItsWorkAndNoOther) {
  const FilterProgram program = NamespaceFilter(false);
  for (const std::uint32_t number :
       {SYS_recvmsg, SYS_sendmsg, SYS_read, SYS_poll, SYS_futex, SYS_readlinkat, SYS_exit_group})
    EXPECT_TRUE(Allows(program, {.number = number})) << number;
  for (const std::uint32_t number :
       {SYS_connect, SYS_bind,     SYS_listen,          SYS_accept,    SYS_accept4,  SYS_write,
        SYS_writev,  SYS_pwrite64, SYS_truncate,        SYS_ftruncate, SYS_sendfile, SYS_execve,
        SYS_fork,    SYS_kill,     SYS_ptrace,          SYS_unshare,   SYS_mount,    SYS_chroot,
        SYS_unlink,  SYS_rename,   SYS_mkdir,           SYS_chmod,     SYS_chown,    SYS_capset,
        SYS_setuid,  SYS_openat2,  SYS_process_vm_readv})
    EXPECT_FALSE(Allows(program, {.number = number})) << number;
  EXPECT_TRUE(
      Allows(program, {.number = SYS_mmap, .arguments = {0, 0, 3, MAP_PRIVATE | MAP_ANONYMOUS}}));
  EXPECT_FALSE(Allows(program, {.number = SYS_mmap, .arguments = {0, 0, 3, MAP_SHARED}}));
  int allowed = 0;
  for (std::uint32_t number = 0; number < 600; ++number)
    allowed += Allows(program, {.number = number});
  EXPECT_LT(allowed, 65);
}

TEST(AuthorityFilter, KnowsTheCallsOfItsFilesAndNoOther) {
  const FilterProgram program = AuthorityFilter(false);
  for (const std::uint32_t number :
       {SYS_recvmsg, SYS_sendmsg, SYS_poll, SYS_openat, SYS_read, SYS_write, SYS_mkdirat,
        SYS_renameat, SYS_unlinkat, SYS_symlinkat, SYS_fchown, SYS_fchmod, SYS_fsync,
        SYS_getdents64, SYS_getrandom, SYS_exit_group})
    EXPECT_TRUE(Allows(program, {.number = number})) << number;
  for (const std::uint32_t number : {SYS_socket,
                                     SYS_socketpair,
                                     SYS_connect,
                                     SYS_bind,
                                     SYS_listen,
                                     SYS_accept4,
                                     SYS_execve,
                                     SYS_execveat,
                                     SYS_clone,
                                     SYS_clone3,
                                     SYS_fork,
                                     SYS_vfork,
                                     SYS_kill,
                                     SYS_ptrace,
                                     SYS_unshare,
                                     SYS_setns,
                                     SYS_mount,
                                     SYS_chroot,
                                     SYS_mknod,
                                     SYS_mknodat,
                                     SYS_linkat,
                                     SYS_link,
                                     SYS_truncate,
                                     SYS_chown,
                                     SYS_lchown,
                                     SYS_fchownat,
                                     SYS_chmod,
                                     SYS_fchmodat,
                                     SYS_setxattr,
                                     SYS_capset,
                                     SYS_setuid,
                                     SYS_openat2,
                                     SYS_process_vm_readv,
                                     SYS_open_by_handle_at})
    EXPECT_FALSE(Allows(program, {.number = number})) << number;
  int allowed = 0;
  for (std::uint32_t number = 0; number < 600; ++number)
    allowed += Allows(program, {.number = number});
  EXPECT_LT(allowed, 70);
}

TEST(AuthorityFilter, GivesNoFileTheRightsOfItsOwner) {
  const FilterProgram program = AuthorityFilter(false);
  for (const std::uint64_t right : {S_ISUID, S_ISGID}) {
    const std::uint64_t mode = 0755 | right;
    EXPECT_FALSE(Allows(program, {.number = SYS_fchmod, .arguments = {3, mode}}));
    EXPECT_FALSE(Allows(program, {.number = SYS_openat, .arguments = {3, 0, O_CREAT, mode}}));
    EXPECT_FALSE(Allows(program, {.number = SYS_open, .arguments = {0, O_CREAT, mode}}));
    EXPECT_FALSE(Allows(program, {.number = SYS_mkdirat, .arguments = {3, 0, mode}}));
    EXPECT_FALSE(Allows(program, {.number = SYS_mkdir, .arguments = {0, mode}}));
  }
  EXPECT_TRUE(Allows(program, {.number = SYS_fchmod, .arguments = {3, 0440}}));
}
#endif

TEST(Install, HoldsForThreadsThatAreThereAndForThoseToCome) {
  const int status = testing::InAChild([] {
    const auto cannot_connect = [] {
      return socket(AF_UNIX, SOCK_STREAM, 0) < 0 && errno == EAFNOSUPPORT;
    };
    if (!ForbidNewPrivileges() || cannot_connect()) return 1;
    std::atomic<bool> is_installed = false;
    bool holds_before = false;
    std::thread before([&] {
      while (!is_installed) std::this_thread::yield();
      holds_before = cannot_connect();
    });
    const bool is_done = Install(NetworkFilter()).has_value();
    is_installed = true;
    before.join();
    if (!is_done) return 2;
    if (!holds_before || !cannot_connect()) return 3;
    bool holds_after = false;
    std::thread after([&] { holds_after = cannot_connect(); });
    after.join();
    if (!holds_after) return 4;
    if (unshare(CLONE_NEWNET) == 0 || errno != EPERM) return 5;
    char* const arguments[] = {const_cast<char*>("true"), nullptr};
    pid_t started = 0;
    if (posix_spawnp(&started, "true", nullptr, nullptr, arguments, environ) == 0) return 6;
    return 0;
  });
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace fairlead::confine
