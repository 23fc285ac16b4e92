"""One build of the core that has many changes in it, each switched on by an environment variable.

Why: a build for each change costs half a minute, and there are hundreds. Here each change becomes
an expression that asks whether it is meant (`::fairlead::IsVariant(7) ? changed : original`), the
changed copies of lib/fleet are compiled once, and a run takes one of them: FAIRLEAD_VARIANT=7.
Copies and objects are below BUILD/variants; neither the tree nor the build is touched.
"""

import concurrent.futures
import json
import os
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CORE = ROOT / "lib/fleet"
PROGRAMS = ("sim_main", "fleet_scenario_test", "fleet_test", "fleet_property_test")
NUMBER = "FAIRLEAD_VARIANT"
# What is not there is not looked at unnoticed, where a change has dropped the question for it.
FLAGS = ("-w", "-D_GLIBCXX_ASSERTIONS")

SWITCH = """// Made by tests/sim/mutation/variants.py: which of the changes in these copies is meant.
#pragma once
#include <cstdlib>
namespace fairlead {
inline bool IsVariant(int number) {
  static const int chosen = [] {
    const char* text = std::getenv("%s");
    return text == nullptr ? 0 : std::atoi(text);
  }();
  return chosen == number;
}
}  // namespace fairlead
""" % NUMBER


@dataclass(frozen=True)
class Edit:
    """`file`[start:end] becomes `text`, in which SWITCHED stands for "this change is meant"."""
    file: str  # below lib/fleet
    start: int
    end: int
    text: str

    def overlaps(self, other):
        return self.file == other.file and self.start < other.end and other.start < self.end


@dataclass
class Variant:
    name: str
    edits: list
    number: int = field(default=0)


def without_overlaps(variants, taken=()):
    """(those that fit into one build with `taken` and each other, the rest), in their order."""
    edits = [edit for variant in taken for edit in variant.edits]
    fitting, rest = [], []
    for variant in variants:
        if any(edit.overlaps(other) for edit in variant.edits for other in edits):
            rest.append(variant)
        else:
            fitting.append(variant)
            edits += variant.edits
    return fitting, rest


class Build:
    """The variants compiled and linked; REQUIRES: none overlaps another, PROGRAMS are built."""

    def __init__(self, build, variants, programs=PROGRAMS):
        self.build = build
        self.place = build / "variants"
        self.programs = programs
        for number, variant in enumerate(variants, start=1):
            variant.number = number
        shutil.rmtree(self.place, ignore_errors=True)
        (self.place / "lib/fleet").mkdir(parents=True)
        (self.place / "lib/variant_switch.h").write_text(SWITCH)
        changed = self._write_copies(variants)
        has_header = any(name.endswith(".h") for name in changed)
        sources = [path.name for path in CORE.glob("*.cc") if has_header or path.name in changed]
        commands = {entry["file"]: entry["command"]
                    for entry in json.loads((build / "compile_commands.json").read_text())}
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            objects = list(pool.map(lambda name: self._compile(name, commands), sorted(sources)))
        for program in programs:
            self._link(program, objects)

    def _write_copies(self, variants):
        by_file = {}
        for variant in variants:
            for edit in variant.edits:
                by_file.setdefault(edit.file, []).append((edit, variant.number))
        for name, edits in by_file.items():
            text = (CORE / name).read_text()
            for edit, number in sorted(edits, key=lambda one: one[0].start, reverse=True):
                changed = edit.text.replace("SWITCHED", f"::fairlead::IsVariant({number})")
                text = text[:edit.start] + changed + text[edit.end:]
            # A header keeps its guard in front; the order does not matter to what follows.
            (self.place / "lib/fleet" / name).write_text('#include "variant_switch.h"\n' + text)
        return set(by_file)

    def _compile(self, name, commands):
        made = self.place / (name + ".o")
        words = shlex.split(commands[str(CORE / name)])
        copy = self.place / "lib/fleet" / name
        words[words.index("-o") + 1] = str(made)
        words[words.index("-c") + 1] = str(copy if copy.exists() else CORE / name)
        launcher = os.environ.get("FAIRLEAD_LAUNCHER")
        run([*([launcher] if launcher else []), words[0], f"-I{self.place / 'lib'}", *words[1:], *FLAGS], self.build)
        return made

    def _link(self, program, objects):
        listed = subprocess.run(["ninja", "-C", str(self.build), "-t", "commands", program],
                                capture_output=True, text=True, check=True).stdout.strip().splitlines()[-1]
        listed = re.sub(r" && :$|^: && ", "", listed).split(" && ")[0]
        words = shlex.split(listed)
        words[words.index("-o") + 1] = str(self.place / program)
        # In front of the library, whose members of the same names are then not wanted any more.
        own = max(index for index, word in enumerate(words) if word.endswith((".cc.o", ".cxx.o")))
        run(words[:own + 1] + [str(path) for path in objects] + words[own + 1:], self.build)

    def run(self, variant, program, arguments=(), seconds=20):
        """(exit status, output); one that takes more than `seconds` of CPU is ended by the kernel (SIGXCPU).

        Not of the clock: who else computes on the machine must not decide what is called an endless loop.
        """
        environment = {**os.environ, NUMBER: str(variant.number if variant else 0)}
        limit = lambda: resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        ran = subprocess.run([str(self.place / program), *arguments], cwd=ROOT, env=environment, check=False,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=limit)
        if ran.returncode == -signal.SIGXCPU:
            return ran.returncode, f"{program} was still running after {seconds} s of CPU"
        return ran.returncode, ran.stdout.decode(errors="replace")


def run(words, place):
    ran = subprocess.run(words, cwd=place, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        sys.exit(f"{shlex.join(words)}\n{ran.stderr[-4000:]}")
