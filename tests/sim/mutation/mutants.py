"""Mutants of the remediation code: small changes of conditions and constants, found in its text.

What is changed: comparisons, what is joined by && and ||, conditions as a whole, early ends of a
function or loop, `true` and `false`, single statements, min and max, steps of one, and the numbers
of limits.h. What only words something for people is left out.
"""

import hashlib
import re

from variants import CORE, Edit, Variant

# Who decides what is done, when, how often and to whom.
FILES = ("acts.cc", "brake.cc", "braking.cc", "commands.cc", "departure.cc", "drain.cc", "engine_end.cc", "evidence.cc",
         "fleet.cc", "health_tracker.cc", "host_turns.cc", "limits.h", "panic.cc", "pauses.cc", "pausing.cc", "phases.cc",
         "repair.cc", "repair_budget.cc", "rotation.cc")
# Functions that make texts, reports or names.
WORDS = re.compile(r"^(Why\w*|\w*Text|\w*Name|\w*Code|ResumeCommand|ScopesOf|WhatWasAsked|NotFound|Evidence\w*|Note\w*|"
                   r"Diagnostics|services|pauses|Tell\w*|RunningSharersOf)$")
OPPOSITE = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}


def blanked(text):
    """The same length, with comments and the insides of strings replaced by spaces."""
    def blank(match):
        found = match.group()
        if found[0] == '"':
            return '"' + " " * (len(found) - 2) + '"'
        return re.sub(r"[^\n]", " ", found)
    return re.sub(r'//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', blank, text)


def closing(text, at):
    """Where the bracket that opens at `at` is closed."""
    depth = 0
    for index in range(at, len(text)):
        depth += text[index] in "([{"
        depth -= text[index] in ")]}"
        if depth == 0:
            return index
    raise ValueError("a bracket is not closed")


def pieces(text, start, end, operator):
    """The spans that `operator` joins at the top level of text[start:end]."""
    spans, depth, begin, index = [], 0, start, start
    while index < end:
        depth += text[index] in "([{"
        depth -= text[index] in ")]}"
        if depth == 0 and text.startswith(operator, index):
            spans.append((begin, index))
            index += len(operator)
            begin = index
            continue
        index += 1
    return [trimmed(text, *span) for span in [*spans, (begin, end)]]


def trimmed(text, start, end):
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


class Finder:
    def __init__(self, name):
        self.name = name
        self.text = (CORE / name).read_text()
        self.code = blanked(self.text)
        self.found = []

    def add(self, what, start, end, text):
        line = self.text.count("\n", 0, start) + 1
        old = " ".join(self.text[start:end].split())
        self.found.append(Variant(f"{self.name}:{line} {what}: {old[:90]}", [Edit(self.name, start, end, text)]))

    def source(self, start, end):
        return self.text[start:end]

    def condition(self, start, end):
        """An expression that is true or false, and what it is made of."""
        start, end = trimmed(self.code, start, end)
        if self.code[start:end].startswith("(") and closing(self.code, start) == end - 1:
            return self.condition(start + 1, end - 1)
        if pieces(self.code, start, end, "?")[0] != (start, end):
            return
        for operator, other, dropped in (("||", "&&", "(!SWITCHED && ({}))"), ("&&", "||", "(SWITCHED || ({}))")):
            parts = pieces(self.code, start, end, operator)
            if len(parts) < 2:
                continue
            for part in parts:
                self.add(f"dropped from {operator}", *part, dropped.format(self.source(*part)))
                self.condition(*part)
            swapped = f" {other} ".join(f"({self.source(*part)})" for part in parts)
            self.add(f"{operator} to {other}", start, end, f"(SWITCHED ? ({swapped}) : ({self.source(start, end)}))")
            return
        if "=" in re.sub(r"[<>=!]=", "", self.code[start:end]):
            return  # declares or assigns something
        for operator, other in OPPOSITE.items():
            parts = pieces(self.code, start, end, f" {operator} ")
            if len(parts) != 2:
                continue
            left, right = (self.source(*part) for part in parts)
            self.add(f"{operator} to {other}", start, end,
                     f"(SWITCHED ? ({left} {other} {right}) : ({left} {operator} {right}))")

    def conditions(self):
        for match in re.finditer(r"\b(if|while) \(", self.code):
            begin, end = match.end(), closing(self.code, match.end() - 1)
            parts = pieces(self.code, begin, end, ";")
            if match.group(1) == "if":
                self.negation(*parts[-1])
            self.condition(*parts[-1])
        for match in re.finditer(r"\breturn ([^;]+);|\bconst bool \w+ =\s([^;]+);", self.code):
            group = 1 if match.group(1) else 2
            if not re.search(r"[&|<>=!]", match.group(group)) or "[" in match.group(group) or "{" in match.group(group):
                continue
            self.condition(match.start(group), match.end(group))

    def negation(self, start, end):
        code = self.code[start:end]
        if "=" in re.sub(r"[<>=!]=", "", code) or "[" in code:
            return
        self.add("negated", start, end, f"SWITCHED != static_cast<bool>({self.source(start, end)})")
        if re.match(r"\)\s*(return\b|continue;|\{\s*return\b)", self.code[end:]):
            self.add("end dropped", start, end, f"!SWITCHED && ({self.source(start, end)})")

    def statements(self):
        for match in re.finditer(r"\breturn (true|false);", self.code):
            if self.is_behind_a_switch(match.start()):
                continue
            meant = "!SWITCHED" if match.group(1) == "true" else "SWITCHED"
            self.add("flipped", match.start(), match.end(), f"return {meant};")
        for match in re.finditer(r"(?m)^( +)((?:\+\+|--)?[\w.>:-]+(?:\[[^\]\n]*\])?(?:\([^\n]*\))?(?: [-+|]?= [^\n]+)?);$", self.code):
            if re.match(r"(return|break|continue|using|case|\w+:$)", match.group(2)) or self.code[match.start(2):].startswith("const"):
                continue
            before = self.code[:match.start()].rstrip()
            if before[-1:] not in "{};)" or match.group(2).startswith((".", "->")):
                continue  # the end of something longer
            start, end = match.span(2)
            self.add("dropped", start, end + 1, f"if (!SWITCHED) {{ {self.source(start, end)}; }}")
        for match in re.finditer(r"std::(min|max)(<\w+>)?\(", self.code):
            end = closing(self.code, match.end() - 1) + 1
            other = "max" if match.group(1) == "min" else "min"
            rest = self.source(match.start() + 8, end)
            self.add(f"{match.group(1)} to {other}", match.start(), end, f"(SWITCHED ? std::{other}{rest} : std::{match.group(1)}{rest})")
        for match in re.finditer(r"(?<=[\w)] [-+] )1\b(?!')", self.code):
            self.add("1 to 0", *match.span(), "(SWITCHED ? 0 : 1)")

    def is_behind_a_switch(self, start):
        """What is returned for no value of the enumeration: each has its case, as the compiler demands."""
        before = self.code[:start].rstrip()
        if not before.endswith("}"):
            return False
        depth, index = 0, len(before) - 1
        while True:
            depth += (before[index] == "}") - (before[index] == "{")
            if depth == 0:
                break
            index -= 1
        head = before[:index].rstrip().splitlines()[-1]
        cases = re.findall(r"(?m)^ +case [^:]+(?:::\w+)+:|^ +default:", before[index:])
        return head.lstrip().startswith("switch (") and bool(cases) and "break;" not in before[index:]

    def numbers(self):
        for match in re.finditer(r"(?m)^(inline )?constexpr (\S+) (k\w+) = ([^;]+);", self.code):
            value = self.source(*match.span(4))
            kind = match.group(2)
            for what, other in (("doubled", f"2 * ({value})"), ("halved", f"({value}) / 2")):
                if kind == "Duration":
                    self.add(what, match.start(), match.end(),
                             f"inline const Duration {match.group(3)} = SWITCHED ? Duration({other}) : Duration({value});")
            if kind == "int":
                self.add("one more", match.start(), match.end(),
                         f"inline const int {match.group(3)} = SWITCHED ? {value} + 1 : {value};")

    def function_at(self, position):
        names = re.findall(r"(?m)^\S[^\n;=]*?(\w+)\([^;{]*\)[^;{\n]*\{$", self.code[:position])
        return names[-1] if names else ""

    def all(self):
        if self.name.endswith(".h"):
            self.numbers()
        else:
            self.conditions()
            self.statements()
        return [one for one in self.found if self.is_worth_it(one.edits[0])]

    def is_worth_it(self, edit):
        if WORDS.match(self.function_at(edit.start)):
            return False
        body = self.code[edit.start:edit.end]
        return not re.search(r"fmt::|AddNote|note\.|\bnames \+=|\btext \+=|effects_\.notes|reports_changed|candidates|CHECK|last_cause|\.callers|NotePause|TellPhase|\.empty\(\) \? \"", body)


def all_mutants(seed):
    """Every mutant, in an order that is drawn by `seed`."""
    found = [mutant for name in FILES for mutant in Finder(name).all()]
    return sorted(found, key=lambda one: hashlib.sha256(f"{seed} {nameless(one)}".encode()).hexdigest())


# Changes that change nothing, by name without the line, and why.
EQUIVALENT = {
    "drain.cc end dropped: replica.spec.routable && !replica.absent_since":
        "an act puts its replica out of the list that the same step publishes first; it stands there for the day this changes",
    "pauses.cc end dropped: pauses_.empty()":
        "four look-ups find nothing where nothing is; it saves them",
    **dict.fromkeys((
        "braking.cc dropped from &&: brake_.state() == Brake::State::kOff",
        "braking.cc dropped from &&: counts.is_cause()",
        "braking.cc && to ||: brake_.state() == Brake::State::kOff && counts.is_cause()"),
        "the longest round is taken where the brake goes on; the question saves a walk over everybody"),
    "brake.cc dropped: next_trial_ = now;":
        "no wait between trials is longer than the brake's for its first, so an earlier one is over",
    "brake.cc end dropped: state_ != State::kTrial":
        "what it notes outside a trial is set anew when one begins",
    "evidence.cc >= to >: *service.adopted >= event.revision":
        "an adoption that is told twice changes nothing",
    "fleet.cc dropped: timers_.erase(old);":
        "the time that stays behind is in no queue, and the next one takes its place",
    "repair.cc dropped: waiting_.erase(service.name);":
        "who stays in it has no candidate; it saves looking at him",
    "repair.cc dropped: wish.kind = ActKind::kRestart;":
        "a wish is one to restart unless something else is said; it is said for the reader",
    "repair.cc end dropped: replica.facts.status == EngineStatus::kPaused":
        "what is paused has not departed, so nothing behind this wants it; it is said for the reader",
    "evidence.cc dropped: replica.gone_until.reset();":
        "the kernel's word, set in the next line, says for good what this would say for a moment",
    "health_tracker.cc dropped: passes_ = 0;":
        "what ends readiness counts from zero as well",
    "health_tracker.cc dropped from &&: suspicion_.stage != spec::Suspect::kNone":
        "passes without a suspicion end none, and the next suspicion counts its own from zero",
}


def is_equivalent(mutant):
    return nameless(mutant) in EQUIVALENT


def nameless(mutant):
    place, rest = mutant.name.split(" ", 1)
    return f"{place.split(':')[0]} {rest}"
