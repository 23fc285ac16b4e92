"""A host with systemd: namespaces of its own in which Debian's systemd is the first process, over a copy on
write of this machine's files. What is installed, written or started in it is gone with it."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

from . import paths
from .engine import Engine, chosen_options
from .waiting import Failed, poll, run

SYSTEMD = Path("/lib/systemd/systemd")
# A folder of the host that is no overlay and not hidden by PrivateTmp.
ENGINE = Path("/var/lib/fairlead-e2e")
CGROUPS = Path("/sys/fs/cgroup")
# $1: name, $2: folder, $3: where the engine of the host keeps everything, and then what has to be there in any case,
# wherever it is mounted from. Of the units only the journal starts by itself: neither this machine's clock nor its
# kernel's settings are the test's.
START = """
set -eu
name=$1 files=$2/files root=$2/root engine=$2/engine place=$3
shift 3
mkdir -p "$files" "$root" "$engine"
mount --make-rprivate /
mount -t tmpfs files "$files"
mkdir "$files/upper" "$files/work"
mount -t overlay overlay -o "lowerdir=/,upperdir=$files/upper,workdir=$files/work" "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 run "$root/run"
mount --rbind /sys "$root/sys"
# With version 1 systemd makes folders and links beside the hierarchies, so it has a place of its own. It would also
# mount one for every controller that has none, which the kernel then shows all containers of this machine: their
# engines do not know it and hear of no death by memory any more. So it is told that there are no such controllers.
if [ ! -e /sys/fs/cgroup/cgroup.procs ]; then
  mount -t tmpfs -o mode=755 cgroups "$root/sys/fs/cgroup"
  for hierarchy in /sys/fs/cgroup/*; do
    if [ ! -L "$hierarchy" ] && [ -e "$hierarchy/cgroup.procs" ]; then
      mkdir "$root$hierarchy"
      mount --bind "$hierarchy" "$root$hierarchy"
    fi
  done
  awk '!/^#/ && $2 == 0 { $4 = 0 } { print }' /proc/cgroups >"$files/controllers"
  mount --bind "$files/controllers" "$root/proc/cgroups"
fi
mount --rbind /dev "$root/dev"
mkdir -p "$root$place"
mount --bind "$engine" "$root$place"
for needed do
  mkdir -p "$root$needed"
  mount --bind "$needed" "$root$needed"
done
mkdir -p "$root/run/netns"
touch "$root/run/netns/$name"
mount --bind /proc/self/ns/net "$root/run/netns/$name"
rm -rf "$root"/etc/systemd/system/* "$root"/etc/fairlead
cd "$root/lib/systemd/system"
find multi-user.target.wants basic.target.wants timers.target.wants sysinit.target.wants local-fs.target.wants \
  sockets.target.wants -type l ! -name 'systemd-journald*' -delete 2>/dev/null || true
hostname "$name"
ip link set lo up
export container=fairlead
exec chroot "$root" /lib/systemd/systemd --unit=multi-user.target --show-status=0
"""


class HostEngine(Engine):
    """Its engine, which shares the host's network."""

    def __init__(self, host):
        super().__init__(ENGINE)
        self.name = host.name
        self._host = host

    def inside(self, command):
        return self._host.inside(command)

    def start(self, *options, flags=()):
        before, after = chosen_options()
        run(self.inside([paths.PRIVATE_ENGINE, "start", self.name, ENGINE, *before, *options, "--", *after, *flags]), 60)

    def stop(self):
        with contextlib.suppress(Failed):
            run(self.inside([paths.PRIVATE_ENGINE, "stop", self.name, ENGINE]), 60)


class SystemdHost:
    """`name` makes it different from every other on this machine."""

    def __init__(self, name):
        self.name = name
        self.directory = Path("/var/tmp") / f"fairlead-e2e-{name}"
        self.engine = HostEngine(self)
        self._outer = None  # unshare, which waits for it
        self._first = None  # pid of its systemd, as seen from here

    def start(self):
        self._remove()
        self.directory.mkdir(parents=True)
        for hierarchy in self._hierarchies():
            (hierarchy / self.name).mkdir(exist_ok=True)
        with (self.directory / "systemd.log").open("w") as log:
            # Nothing of it outlives this program, whatever ends it.
            self._outer = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--net", "--uts", "--ipc", "--fork",
                 "--kill-child", "sh", "-c", START, "sh", self.name, str(self.directory), str(ENGINE),
                 str(paths.ROOT), str(paths.BUILD)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, preexec_fn=self._enter_cgroups)
        children = Path(f"/proc/{self._outer.pid}/task/{self._outer.pid}/children")
        self._first = int(poll("the host's first process", 10, lambda: children.read_text().split())[0])
        try:
            poll("systemd to have started", 30, self._is_running, every=0.1)
        except Failed as error:
            raise Failed(f"{error}\n{(self.directory / 'systemd.log').read_text()}") from error

    def _is_running(self):
        if self._outer.poll() is not None:
            raise Failed(f"the host's first process ended with {self._outer.returncode}")
        if Path(f"/proc/{self._first}/comm").read_text().strip() != "systemd":
            return False
        done = run(self.inside(["systemctl", "is-system-running"]), 10, is_checked=False)
        return done.stdout.strip() in ("running", "degraded")

    def _hierarchies(self):
        """Where control groups are made: one tree, or with version 1 one for each controller."""
        if (CGROUPS / "cgroup.procs").exists():
            return [CGROUPS]
        return [path for path in CGROUPS.iterdir() if (path / "cgroup.procs").exists() and not path.is_symlink()]

    def _enter_cgroups(self):
        # systemd takes the group that it was started in for the root of all.
        for hierarchy in self._hierarchies():
            # A group of this one has no processors until it is given some.
            if hierarchy.name != "cpuset":
                (hierarchy / self.name / "cgroup.procs").write_text(str(os.getpid()))

    def inside(self, command):
        if self._first is None:
            raise Failed("the host is not there")
        return ["nsenter", "-t", str(self._first), "--mount", "--pid", "--net", "--uts", "--ipc", "--root", "--wd", *command]

    def run(self, *command, seconds=60):
        return run(self.inside(command), seconds)

    def status(self, process):
        """Lines of /proc/PID/status in it, by their name."""
        return dict(re.findall(r"^(\w+):\s*(.*)$", self.run("cat", f"/proc/{process}/status"), re.M))

    def stop(self):
        if self._first is not None:
            self.engine.stop()
            # With the first process of a PID namespace the kernel ends all others.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._first, signal.SIGKILL)
            self._outer.wait(20)
            self._first = None
        self._remove()

    def _remove(self):
        for hierarchy in self._hierarchies():
            for folder, _, _ in os.walk(hierarchy / self.name, topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(folder)
        shutil.rmtree(self.directory, ignore_errors=True)
