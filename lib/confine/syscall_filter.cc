#include "confine/syscall_filter.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <system_error>

namespace fairlead::confine {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "say which architecture this is"
#endif

constexpr std::uint32_t kX32Bit = 0x4000'0000;
constexpr std::uint32_t kAllow = SECCOMP_RET_ALLOW;
constexpr std::uint32_t Refuse(int error) {
  return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error);
}

// Calls that Debian 12's headers may not name everywhere; the same numbers on all architectures.
constexpr std::uint32_t kIoUringSetup = 425;
constexpr std::uint32_t kIoUringEnter = 426;
constexpr std::uint32_t kIoUringRegister = 427;

constexpr auto kPowerful = std::to_array<std::uint32_t>({
    SYS_setns,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kcmp,
    SYS_pidfd_getfd,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_move_mount,
    SYS_open_tree,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_fspick,
    SYS_mount_setattr,
    SYS_unshare,
    SYS_bpf,
    SYS_kexec_load,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_add_key,
    SYS_keyctl,
    SYS_request_key,
    SYS_open_by_handle_at,
    SYS_userfaultfd,
    SYS_perf_event_open,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_acct,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_clock_adjtime,
    SYS_adjtimex,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_mknodat,
    SYS_quotactl,
    SYS_syslog,
    SYS_personality,
    SYS_setuid,
    SYS_setgid,
    SYS_setreuid,
    SYS_setregid,
    SYS_setresuid,
    SYS_setresgid,
    SYS_setgroups,
    SYS_capset,
    kIoUringSetup,
    kIoUringEnter,
    kIoUringRegister,
#if defined(__x86_64__)
    SYS_kexec_file_load,
    SYS_iopl,
    SYS_ioperm,
    SYS_mknod,
#endif
});

// Memory, threads, time, chance, who we are, the end.
constexpr auto kOfAnyProcess = std::to_array<std::uint32_t>({
    SYS_brk,
    SYS_mmap,
    SYS_munmap,
    SYS_mremap,
    SYS_mprotect,
    SYS_madvise,
    SYS_futex,
    SYS_set_robust_list,
    SYS_rseq,
    SYS_sched_yield,
    SYS_sched_getaffinity,
    SYS_membarrier,
    SYS_clock_gettime,
    SYS_clock_getres,
    SYS_clock_nanosleep,
    SYS_nanosleep,
    SYS_gettimeofday,
    SYS_getrandom,
    SYS_getpid,
    SYS_gettid,
    SYS_getppid,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_getgroups,
    SYS_uname,
    SYS_sysinfo,
    SYS_prlimit64,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_sigaltstack,
    SYS_restart_syscall,
    SYS_tgkill,
    SYS_exit,
    SYS_exit_group,
#if defined(__x86_64__)
    SYS_time,
    SYS_arch_prctl,
#endif
});

constexpr auto kOfAnEventLoop = std::to_array<std::uint32_t>({
    // Sockets and descriptors.
    SYS_connect,
    SYS_bind,
    SYS_getsockname,
    SYS_getpeername,
    SYS_getsockopt,
    SYS_setsockopt,
    SYS_sendto,
    SYS_recvfrom,
    SYS_sendmsg,
    SYS_recvmsg,
    SYS_sendmmsg,
    SYS_shutdown,
    SYS_read,
    SYS_write,
    SYS_readv,
    SYS_writev,
    SYS_pread64,
    SYS_close,
    SYS_fcntl,
    SYS_ioctl,
    SYS_dup,
    SYS_pipe2,
    SYS_lseek,
    SYS_ppoll,
    SYS_pselect6,
    SYS_epoll_create1,
    SYS_epoll_ctl,
    SYS_epoll_pwait,
    SYS_eventfd2,
    SYS_timerfd_create,
    SYS_timerfd_settime,
    SYS_timerfd_gettime,
    // Files, to be read (openat: below): certificates, and what surrounds a socket that fails.
    SYS_fstat,
    SYS_newfstatat,
    SYS_statx,
    SYS_readlinkat,
    SYS_faccessat,
    SYS_faccessat2,
    SYS_getdents64,
    SYS_getcwd,
#if defined(__x86_64__)
    SYS_stat,
    SYS_lstat,
    SYS_access,
    SYS_readlink,
    SYS_poll,
    SYS_select,
    SYS_epoll_wait,
    SYS_pipe,
#endif
});

// Packets over the pair, questions to netlink, files under /proc and of containers.
constexpr auto kOfNamespaceWork = std::to_array<std::uint32_t>({
    SYS_sendmsg,
    SYS_recvmsg,
    SYS_sendto,
    SYS_recvfrom,
    SYS_getsockopt,
    SYS_setsockopt,
    SYS_ppoll,
    SYS_read,
    SYS_readv,
    SYS_lseek,
    SYS_close,
    SYS_fstat,
    SYS_newfstatat,
    SYS_readlinkat,
#if defined(__x86_64__)
    SYS_poll,
#endif
});

// Packets over the pair, and what a file is.
constexpr auto kOfNamedFiles = std::to_array<std::uint32_t>({
    SYS_sendmsg,
    SYS_recvmsg,
    SYS_getsockopt,
    SYS_ppoll,
    SYS_close,
    SYS_fstat,
    SYS_newfstatat,
#if defined(__x86_64__)
    SYS_poll,
#endif
});

// Packets over the pair; directories, files and links with their owners.
constexpr auto kOfAuthorityWork = std::to_array<std::uint32_t>({
    SYS_sendmsg,    SYS_recvmsg,  SYS_getsockopt, SYS_ppoll,     SYS_read,
    SYS_pread64,    SYS_write,    SYS_lseek,      SYS_close,     SYS_fcntl,
    SYS_fsync,      SYS_fstat,    SYS_newfstatat, SYS_statx,     SYS_readlinkat,
    SYS_getdents64, SYS_renameat, SYS_unlinkat,   SYS_symlinkat, SYS_fchown,
#if defined(__x86_64__)
    SYS_poll,
#endif
});

constexpr std::uint32_t kNewNamespaces = std::uint32_t{CLONE_NEWNS} | CLONE_NEWCGROUP |
                                         CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                                         CLONE_NEWPID | CLONE_NEWNET;
constexpr std::uint32_t kWrites = std::uint32_t{O_WRONLY} | O_RDWR | O_CREAT | O_TRUNC;

constexpr std::uint32_t OffsetOfArgument(int index) {
  return static_cast<std::uint32_t>(offsetof(seccomp_data, args)) +
         static_cast<std::uint32_t>(index) * 8;  // little-endian: the low half is first
}

// Each rule is complete in itself and leaves the call's number loaded.
class Program {
 public:
  Program() {
    Load(offsetof(seccomp_data, arch));
    JumpIf(BPF_JEQ, kArchitecture, 1, 0);
    Return(Refuse(EPERM));
    LoadNumber();
    JumpIf(BPF_JGE, kX32Bit, 0, 1);
    Return(Refuse(EPERM));
  }
  void OnCall(std::uint32_t number, std::uint32_t verdict) {
    JumpIf(BPF_JEQ, number, 0, 1);
    Return(verdict);
  }
  // Where any of `bits` is set in an argument; otherwise the rules go on.
  void OnBits(std::uint32_t number, int argument, std::uint32_t bits, std::uint32_t verdict) {
    JumpIf(BPF_JEQ, number, 0, 4);
    Load(OffsetOfArgument(argument));
    JumpIf(BPF_JSET, bits, 0, 1);
    Return(verdict);
    LoadNumber();
  }
  // Where an argument is none of `values`; otherwise the rules go on.
  void OnlyValues(std::uint32_t number, int argument, std::span<const std::uint32_t> values,
                  std::uint32_t verdict) {
    const auto count = static_cast<std::uint8_t>(values.size());
    JumpIf(BPF_JEQ, number, 0, static_cast<std::uint8_t>(count + 3));
    Load(OffsetOfArgument(argument));
    for (std::uint8_t i = 0; i < count; ++i)
      JumpIf(BPF_JEQ, values[i], static_cast<std::uint8_t>(count - i), 0);
    Return(verdict);
    LoadNumber();
  }
  // Sockets of these families may be made, and no others.
  void OnlyFamilies(std::span<const std::uint32_t> families) {
    OnlyValues(SYS_socket, 0, families, Refuse(EAFNOSUPPORT));
  }
  FilterProgram Otherwise(std::uint32_t verdict) {
    Return(verdict);
    return std::move(code_);
  }

 private:
  void LoadNumber() { Load(offsetof(seccomp_data, nr)); }
  void Load(std::size_t offset) {
    code_.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)));
  }
  void JumpIf(int condition, std::uint32_t value, std::uint8_t yes, std::uint8_t no) {
    code_.push_back(
        BPF_JUMP(static_cast<std::uint16_t>(BPF_JMP | condition | BPF_K), value, yes, no));
  }
  void Return(std::uint32_t verdict) { code_.push_back(BPF_STMT(BPF_RET | BPF_K, verdict)); }

  FilterProgram code_;
};

void AllowReadingFiles(Program& program) {
  program.OnBits(SYS_openat, 2, kWrites, Refuse(EPERM));
  program.OnCall(SYS_openat, kAllow);
#if defined(__x86_64__)
  program.OnBits(SYS_open, 1, kWrites, Refuse(EPERM));
  program.OnCall(SYS_open, kAllow);
#endif
}

// What any process makes and `calls`, where files are read and none is written.
void AllowToReadAlone(Program& program, std::span<const std::uint32_t> calls, bool is_sanitized) {
  // What is mapped for others to see could be a file.
  constexpr std::uint32_t kMappedShared = MAP_SHARED;
  program.OnBits(SYS_mmap, 3, kMappedShared, Refuse(EPERM));
  for (const std::uint32_t number : kOfAnyProcess) program.OnCall(number, kAllow);
  for (const std::uint32_t number : calls) program.OnCall(number, kAllow);
  if (is_sanitized)
    for (const std::uint32_t number : {SYS_pipe2, SYS_write}) program.OnCall(number, kAllow);
  AllowReadingFiles(program);
}

void AllowThreads(Program& program) {
  // Its arguments are in memory; the C library falls back to clone, whose flags can be seen.
  program.OnCall(SYS_clone3, Refuse(ENOSYS));
  program.OnBits(SYS_clone, 0, kNewNamespaces, Refuse(EPERM));
  program.OnCall(SYS_clone, kAllow);
}

void RefusePower(Program& program) {
  for (const std::uint32_t number : kPowerful) program.OnCall(number, Refuse(EPERM));
  if (!kIsSanitized) program.OnCall(SYS_ptrace, Refuse(EPERM));
  AllowThreads(program);
}

void RefusePrograms(Program& program) {
  program.OnCall(SYS_execve, Refuse(EPERM));
  program.OnCall(SYS_execveat, Refuse(EPERM));
}

constexpr std::array<std::uint32_t, 3> kFamiliesOfNetworks{AF_INET, AF_INET6, AF_NETLINK};

}  // namespace

FilterProgram NetworkFilter() {
  Program program;
  RefusePower(program);
  RefusePrograms(program);
  program.OnlyFamilies(kFamiliesOfNetworks);
  return program.Otherwise(kAllow);
}

FilterProgram SinkFilter(bool has_checks) {
  Program program;
  RefusePower(program);
  if (has_checks) {
    program.OnlyFamilies(kFamiliesOfNetworks);
  } else {
    RefusePrograms(program);
    program.OnCall(SYS_socket, Refuse(EAFNOSUPPORT));
  }
  return program.Otherwise(kAllow);
}

FilterProgram ActuatorFilter() {
  Program program;
  for (const std::uint32_t number : kOfAnyProcess) program.OnCall(number, kAllow);
  for (const std::uint32_t number : kOfAnEventLoop) program.OnCall(number, kAllow);
  AllowReadingFiles(program);
  AllowThreads(program);
  constexpr std::array<std::uint32_t, 4> kFamilies{AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};
  program.OnlyFamilies(kFamilies);
  program.OnCall(SYS_socket, kAllow);
  return program.Otherwise(Refuse(EPERM));
}

FilterProgram NamespaceFilter(bool is_sanitized) {
  // By these bits no protocol is left but NETLINK_ROUTE and that of NETLINK_SOCK_DIAG.
  static_assert(NETLINK_ROUTE == 0);
  constexpr std::uint32_t kOtherProtocols = ~std::uint32_t{NETLINK_SOCK_DIAG};
  Program program;
  AllowToReadAlone(program, kOfNamespaceWork, is_sanitized);
  AllowThreads(program);
  constexpr std::array<std::uint32_t, 3> kFamilies{AF_INET, AF_INET6, AF_NETLINK};
  program.OnlyFamilies(kFamilies);
  program.OnBits(SYS_socket, 2, kOtherProtocols, Refuse(EPERM));
  program.OnCall(SYS_socket, kAllow);
  // 0 stands for whatever the descriptor is of.
  constexpr std::array<std::uint32_t, 1> kNetwork{CLONE_NEWNET};
  program.OnlyValues(SYS_setns, 1, kNetwork, Refuse(EPERM));
  program.OnCall(SYS_setns, kAllow);
  return program.Otherwise(Refuse(EPERM));
}

FilterProgram NamedFilesFilter(bool is_sanitized) {
  Program program;
  AllowToReadAlone(program, kOfNamedFiles, is_sanitized);
  if (is_sanitized) AllowThreads(program);
  return program.Otherwise(Refuse(EPERM));
}

FilterProgram AuthorityFilter(bool is_sanitized) {
  constexpr std::uint32_t kRightsOfItsOwner = std::uint32_t{S_ISUID} | S_ISGID;
  struct ModeOf {
    std::uint32_t call = 0;
    int argument = 0;
  };
  constexpr auto kModes = std::to_array<ModeOf>({
      {SYS_openat, 3},
      {SYS_mkdirat, 2},
      {SYS_fchmod, 1},
#if defined(__x86_64__)
      {SYS_open, 2},
      {SYS_mkdir, 1},
#endif
  });
  Program program;
  for (const ModeOf& mode : kModes) {
    program.OnBits(mode.call, mode.argument, kRightsOfItsOwner, Refuse(EPERM));
    program.OnCall(mode.call, kAllow);
  }
  for (const std::uint32_t number : kOfAnyProcess) program.OnCall(number, kAllow);
  for (const std::uint32_t number : kOfAuthorityWork) program.OnCall(number, kAllow);
  if (is_sanitized) program.OnCall(SYS_pipe2, kAllow);
  return program.Otherwise(Refuse(EPERM));
}

Result<> Install(const FilterProgram& program) {
  const sock_fprog filter{.len = static_cast<unsigned short>(program.size()),
                          .filter = const_cast<sock_filter*>(program.data())};
  const long done =
      syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter);
  if (done == 0) return {};
  return Fail(Code::kUnimplemented,
              "filter system calls: " + (done > 0 ? std::string("a thread has filters of its own")
                                                  : std::generic_category().message(errno)));
}

}  // namespace fairlead::confine
