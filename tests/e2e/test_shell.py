"""The command in a person's shell: completion in real bash and zsh, `top` on a terminal, progress of an act."""

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import termios
import time
import unittest

from harness import cases, paths
from harness.waiting import poll
from harness.yard_case import YardCase

SEQUENCE = re.compile(rb"\x1b\[[?0-9;]*[a-zA-Z]")
ENTER, LEAVE, SHOW = b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?25h"


class Terminal:
    """A program on a terminal of 100 columns and 20 lines."""

    def __init__(self, words):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 20, 100, 0, 0))
        self.former = termios.tcgetattr(slave)
        self.process = subprocess.Popen(words, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self.slave, self.seen = slave, b""

    def read(self):
        while select.select([self.master], [], [], 0)[0]:
            self.seen += os.read(self.master, 65536)
        return self.seen

    def wait(self, words, seconds=15):
        poll(f"{words} on the terminal", seconds, lambda: words in self.read(), 0.05)

    def press(self, keys):
        os.write(self.master, keys)

    def ended(self, seconds=10):
        """The exit code; the terminal must be as it was."""
        code = self.process.wait(seconds)
        self.read()
        return code, termios.tcgetattr(self.slave) == self.former and self.seen.rindex(LEAVE) > self.seen.rindex(ENTER)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)


class InAShell(YardCase):
    NAME = "shell"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in ("shell-1", "shell-2"):
            cls.yard.serve(name, service="shelled")
        cls.yard.wait_in("shell-1", "shell-2")

    def command(self, *words):
        return self.yard.engine.inside([paths.FAIRLEAD, "--admin", self.yard.daemon.admin, *words])

    def terminal(self, *words):
        made = Terminal([str(word) for word in self.command(*words)])
        self.addCleanup(made.close)
        return made

    def names(self):
        return sorted(replica["displayName"] for replica in self.yard.daemon.replicas("shelled"))

    # --- completion ------------------------------------------------------------------------------
    def bash(self, *words):
        """What bash would offer in place of the last word."""
        script = ('PATH="$1:$PATH"; source <(fairlead completion bash); shift; COMP_WORDS=(fairlead "$@"); COMP_CWORD=$#;'
                  ' _fairlead; printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "--norc", "-c", script, "bash", str(paths.FAIRLEAD.parent), *words],
                              env={**os.environ, "FAIRLEAD_ADMIN": self.yard.daemon.admin}, capture_output=True, text=True, timeout=30)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_bash_completes_verbs_options_words_and_what_the_daemon_knows(self):
        self.assertEqual(self.bash("rest"), ["restart"])
        self.assertEqual(self.bash("drain", "--re"), ["--reason"])
        self.assertEqual(self.bash("status", "--output", "="), ["table", "json"])
        self.assertEqual(sorted(self.bash("restart", "shel")), self.names())
        self.assertEqual(self.bash("pause", "--service", "sh"), [self.names()[0].split("/")[0]])
        self.assertEqual(self.bash("--admin", "unix:/nowhere", "restart", ""), [], "silent without a daemon")

    def test_bash_registers_it_and_leaves_files_to_itself(self):
        script = 'PATH="$1:$PATH"; source <(fairlead completion bash); complete -p fairlead'
        done = subprocess.run(["bash", "--norc", "-c", script, "bash", str(paths.FAIRLEAD.parent)], capture_output=True, text=True, timeout=30)
        self.assertEqual(done.stdout, "complete -F _fairlead fairlead\n", done.stderr)
        self.assertEqual(self.bash("lint", "comp"), [])

    @unittest.skipIf(shutil.which("zsh") is None, "zsh is missing")
    def test_zsh_completes_on_its_own_command_line(self):
        made = Terminal(["env", f"PATH={paths.FAIRLEAD.parent}:{os.environ['PATH']}", f"FAIRLEAD_ADMIN={self.yard.daemon.admin}",
                         "zsh", "-f"])
        self.addCleanup(made.close)
        made.press(b"PS1='ready> '; autoload -Uz compinit; compinit -D -u; source <(fairlead completion zsh)\n")
        made.wait(b"ready> ")
        made.press(b"fairlead bootst\tgr\t --tc\t\n")
        made.wait(b"xds_servers")
        self.assertIn(b"127.0.0.1:18000", made.read())
        made.press(b"fairlead explain " + self.names()[0].split("/")[0].encode() + b"/\t\t")
        for name in self.names():
            made.wait(name.encode())

    # --- top -------------------------------------------------------------------------------------
    def test_top_follows_what_happens_and_gives_the_terminal_back(self):
        top = self.terminal("top")
        top.wait(b"2 of 2 replicas in rotation")
        top.wait(b"q ends")
        mark = len(top.read())
        self.assertEqual(self.yard.daemon.ask("drain", "shell-1", "--force", "--reason", "seen")[0], 0)
        self.addCleanup(self.yard.wait_in, "shell-1")
        self.addCleanup(self.yard.daemon.ask, "undrain", "shell-1")
        poll("the drained replica on the screen", 10, lambda: b"1 of 2 replicas in rotation" in SEQUENCE.sub(b"", top.read()[mark:]), 0.05)
        lines = [SEQUENCE.sub(b"", line) for line in re.split(rb"\r+\n|\x1b\[H", top.read())]
        self.assertLessEqual(max(map(len, lines)), 100)
        top.press(b"q")
        self.assertEqual(top.ended(), (0, True))

    def test_top_gives_the_terminal_back_on_signals_and_takes_it_again_after_a_stop(self):
        for key, code in ((b"\x03", 128 + signal.SIGINT), (b"\x1c", 128 + signal.SIGQUIT)):
            top = self.terminal("top")
            top.wait(b"q ends")
            top.press(key)
            self.assertEqual(top.ended(), (code, True))
        top = self.terminal("top")
        top.wait(b"q ends")
        os.kill(top.process.pid, signal.SIGTSTP)
        poll("top to stand still", 10, lambda: self.state(top.process.pid) == "T", 0.05)
        self.assertEqual(termios.tcgetattr(top.slave), top.former)
        self.assertTrue(top.read().rindex(SHOW) > top.seen.rindex(ENTER))
        mark = len(top.read())
        os.kill(top.process.pid, signal.SIGCONT)
        poll("top to go on", 10, lambda: ENTER in top.read()[mark:] and b"q ends" in top.read()[mark:], 0.05)
        os.kill(top.process.pid, signal.SIGTERM)
        self.assertEqual(top.ended(), (128 + signal.SIGTERM, True))

    @staticmethod
    def state(pid):
        return open(f"/proc/{pid}/stat", encoding="utf-8").read().rpartition(")")[2].split()[0]

    def test_top_on_a_pipe_tells_each_change_once(self):
        with subprocess.Popen(self.command("top"), stdout=subprocess.PIPE) as told:
            self.addCleanup(told.kill)
            os.set_blocking(told.stdout.fileno(), False)
            text = ""

            def seen(words):
                nonlocal text
                text += (told.stdout.read() or b"").decode()
                return words in text
            poll("the first picture", 10, lambda: seen("2 of 2 replicas in rotation"), 0.05)
            time.sleep(1.5)  # two looks, in which nothing changes
            seen("")
            self.assertEqual(text.count("fairleadd "), 1, text)
            self.assertEqual(self.yard.daemon.ask("drain", "shell-2", "--force", "--reason", "seen")[0], 0)
            self.addCleanup(self.yard.wait_in, "shell-2")
            self.addCleanup(self.yard.daemon.ask, "undrain", "shell-2")
            poll("the change", 10, lambda: seen("1 of 2 replicas in rotation"), 0.05)
            self.assertNotIn("\x1b", text)
            told.kill()

    # --- progress --------------------------------------------------------------------------------
    def test_a_restart_tells_its_phases_on_a_terminal_and_only_there(self):
        restart = self.terminal("restart", "shell-1", "--force", "--reason", "seen")
        self.assertEqual(restart.process.wait(60), 0, restart.read())
        told = restart.read().decode()
        self.assertIn("was restarted and is ready again", told)
        name = self.yard.replica("shell-1")["displayName"]
        self.assertRegex(told, rf"(?s){name} draining\(restart\): .*{name} acting\(restart\): .*{name} verified: ")
        self.assertEqual(told.count(f"{name} acting(restart): "), 1, told)
        code, _, err = self.yard.daemon.ask("restart", "shell-1", "--force", "--reason", "unseen")
        self.assertEqual((code, err), (0, ""))


if __name__ == "__main__":
    cases.main()
