"""Waiting with a deadline, and commands with one. Nothing here waits without saying for what."""

import subprocess
import time


class Failed(Exception):
    """Something did not happen; the message says what, and what was seen instead."""


def poll(what, seconds, probe, every=0.02):
    """Returns the first true value of probe() within `seconds`; else tells what it last saw."""
    end = time.monotonic() + seconds
    while True:
        seen = probe()
        if seen:
            return seen
        if time.monotonic() > end:
            raise Failed(f"waited {seconds} s for {what}; last seen: {seen!r}")
        time.sleep(every)


def run(command, seconds=60, environment=None, stdin=None, is_checked=True):
    """Runs a command to its end. Returns its output; raises Failed with its errors."""
    command = [str(part) for part in command]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds,
                              env=environment, input=stdin)
    except subprocess.TimeoutExpired as error:
        raise Failed(f"{' '.join(command)}: no end within {seconds} s") from error
    if is_checked and done.returncode != 0:
        raise Failed(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done if not is_checked else done.stdout


def end_process(process, seconds):
    """SIGTERM, then SIGKILL after `seconds`. Returns the exit code."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return process.returncode
