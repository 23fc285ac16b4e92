#!/usr/bin/env python3
"""`./dev demo`: the whole main job, live. See show/acts.py for what happens.

Exit code 0 when everything went as expected, 1 when not; whatever it started is taken down again,
also after Ctrl-C, unless --keep was given.
"""

import argparse
import json
import signal
import sys
from pathlib import Path

from harness import paths
from harness.waiting import Failed
from show.acts import ACTS
from show.screen import Screen
from show.stage import PROJECT, SERVICE, Stage


def arguments():
    parser = argparse.ArgumentParser(prog="./dev demo", description="Shows the whole main job live.")
    parser.add_argument("--keep", action="store_true", help="leave everything running at the end")
    parser.add_argument("--stop", action="store_true", help="take down what --keep left, and do nothing else")
    parser.add_argument("--act", action="append", choices=list(ACTS), help="only this act; may be repeated")
    parser.add_argument("--json", type=Path, help="also write what was measured to this file")
    parser.add_argument("--directory", type=Path, default=Path("/var/tmp/fairlead-demo"),
                        help="where everything of this run lives (at most 64 bytes)")
    parser.add_argument("--private", action="store_true", help="a private engine even if one answers")
    parser.add_argument("--compose", help="path of the Compose program to use")
    return parser.parse_args()


def what_to_try(stage):
    run = f"nsenter --net=/run/netns/{stage.engine.name} " if stage.engine.is_private else ""
    fairlead = f"{run}{paths.FAIRLEAD} --admin {stage.daemon.admin}"
    docker = f"{run}docker -H {stage.engine.endpoint}"
    return f"""
It all runs on. Try:
  {fairlead} status
  {fairlead} replicas {SERVICE}
  {fairlead} drain {SERVICE}.{PROJECT}/1
  {fairlead} events
  {docker} logs -f $({docker} ps -q --filter label=com.docker.compose.service=client)
  {docker} kill ...        a person's act: fairlead respects it until a person starts it again
and at the end: ./dev demo --stop
"""


def verdict(results):
    problems = [f"{result.name}: {problem}" for result in results for problem in result.problems]
    if problems:
        return "The demo did NOT go as expected:\n  " + "\n  ".join(problems)
    failed = sum(result.failed for result in results if result.expects_no_failure)
    lost = sum(result.failed for result in results if not result.expects_no_failure)
    text = f"As expected: {failed} failed calls in every act that promises none."
    if lost:
        text += f"\nThe freeze lost {lost}: calls that waited on the frozen replica and were not moved to another."
    return text


def perform(stage, names, screen):
    """Plays the acts. An act that cannot go on is a problem of its own, and ends the play."""
    results = []
    for name in names:
        results.append(ACTS[name](stage))
        screen.is_live = False
    return results


def play(options, screen):
    stage = Stage(options.directory, screen, [options.compose] if options.compose else None, options.private)
    if options.stop:
        stage.daemon.end_leftover()
        stage.close()
        return 0
    is_kept = False
    try:
        stage.open()
        results = perform(stage, options.act or list(ACTS), screen)
        is_good = not any(result.problems for result in results)
        screen.summary(results)
        screen.say("\n" + verdict(results))
        if options.json:
            told = {"is_good": is_good, "acts": [result.as_dict() for result in results]}
            options.json.write_text(json.dumps(told, indent=2) + "\n")
        is_kept = options.keep
        return 0 if is_good else 1
    except Failed as error:
        screen.say(f"\nThe demo stopped: {error}\n--- fairleadd's last words:\n{stage.daemon.tail()}")
        return 1
    finally:
        if is_kept:
            screen.say(what_to_try(stage))
        else:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            stage.close()


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return play(arguments(), Screen())
    except KeyboardInterrupt:
        print("\nstopped by hand; everything was taken down", flush=True)
        return 130


if __name__ == "__main__":
    sys.exit(main())
