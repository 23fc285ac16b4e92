"""The rules of the tree, as tables and small functions: text in, problems out. See tidy_test.py.

A rule that no test checks is not a rule. Each problem says what to do instead.
"""

import re
from dataclasses import dataclass

LINES_MAX = 500         # of one source file: one idea per file
README_LINES_MAX = 40   # of a module's README

# --- who may include whom ---------------------------------------------------------------------
# A module, or single headers of one; nothing is allowed that is not used. `daemon` may name
# everything and is not listed. ARCHITECTURE.md shows this table, and CMake's links follow it.
MAY_INCLUDE = {
    "base": (),
    "access": ("base",),
    "spec": ("base",),
    "fleet": ("base", "spec"),
    "runtime": ("base",),
    "confine": ("base", "runtime"),
    "telemetry": ("base",),
    "config": ("base", "access", "spec", "runtime/open_file.h"),
    "tls": ("base", "runtime"),
    "ca": ("base", "spec", "runtime", "tls"),
    "h2": ("base", "runtime", "tls"),
    "front": ("base", "runtime", "tls", "h2"),
    "netdiag": ("base", "spec", "runtime"),
    "pidwatch": ("base", "spec", "runtime"),
    "docker": ("base", "spec", "runtime", "tls"),
    "health": ("base", "spec", "runtime", "tls", "h2"),
    "xds": ("base", "spec", "runtime", "h2", "fleet/view.h"),
    "store": ("base", "runtime", "fleet/effects.h", "fleet/ledger.h"),
    "controller": ("base", "spec", "fleet", "runtime", "docker/engine.h", "health/prober.h", "store/journal.h",
                   "store/store.h", "xds/client_locator.h", "xds/publisher.h"),
    "admin": ("base", "access", "runtime", "telemetry", "tls", "front", "config/in_force.h", "fleet/event.h",
              "fleet/explanation.h", "fleet/report.h", "controller/control.h", "diagnose/diagnosis.h",
              "lint", "xds/client_report.h"),
    "webhook": ("base", "runtime", "tls", "fleet/effects.h", "controller/control.h"),
    "filesink": ("base", "spec", "runtime", "fleet/view.h", "controller/control.h", "xds/publisher.h", "xds/viewer.h"),
    "http": ("base", "runtime", "h2/arrivals.h", "h2/limits.h", "h2/peer.h", "h2/room.h"),
    "dashboard": ("http",),
    "metrics": ("base", "runtime", "spec/check.h", "fleet/effects.h", "fleet/report.h", "controller/control.h"),
    "transcode": ("base", "http/target.h"),
    "grpcbody": ("runtime", "http"),
    "rest": ("base", "access", "runtime", "h2/grpc_headers.h", "http", "grpcbody", "transcode"),
    "gateway": ("base", "spec", "runtime", "h2", "http", "transcode"),
    "dns": (),
    "nameserver": ("base", "spec", "runtime", "dns", "fleet/view.h", "xds/client_locator.h", "xds/publisher.h",
                   "xds/viewer.h"),
    "diagnose": ("base", "spec", "runtime", "tls", "h2", "dns", "health/grpc_health.h", "probe/connection.h"),
    "lint": ("base", "spec"),
    "rollout": ("base",),
    "cli": ("base", "runtime/command.h", "runtime/write_all.h", "admin/finding_message.h", "lint", "rollout"),
    "probe": ("base", "runtime", "tls", "h2", "health/grpc_health.h"),
}
PURE_RING = ("base", "access", "spec", "fleet")

# Generated headers by the first folder of their path, and who may use them.
GENERATED = {"fairlead": ("admin", "cli"), "envoy": ("xds",), "google": ("xds", "admin", "transcode", "gateway", "cli", "rest"), "grpc": ()}

# CHECK writes why it ends the process; nothing else in the pure ring speaks.
LAST_WORDS = "lib/base/check.cc"

# What the pure ring may not include from outside.
PURE_BANNED_INCLUDES = re.compile(
    r"^(boost/|grpc|google/protobuf|nlohmann/|spdlog/|sqlite3|nghttp2/|openssl/"
    r"|thread$|mutex$|shared_mutex$|atomic$|condition_variable$|future$|fstream$|filesystem$|iostream$"
    r"|random$|ctime$|unistd\.h$|sys/|netinet/|arpa/|fcntl\.h$|time\.h$|stdio\.h$|cstdio$)")


@dataclass(frozen=True)
class Ban:
    pattern: str      # searched in code without comments and text literals
    instead: str
    where: str        # regular expression on the path
    but_in: str = r"^$"


BANS = (
    Ban(r"\b(strcpy|strcat|sprintf|vsprintf|gets|strtok)\s*\(", "std::string and fmt::format", r"."),
    Ban(r"\b(atoi|atol|atof|strtol|strtoul|strtoll|strtoull|strtod|std::sto[a-z]+)\s*\(",
        "base/text.h or std::from_chars, which neither throw nor guess", r"^(lib|daemon)/"),
    Ban(r"\b(rand|srand|drand48)\s*\(|std::(mt19937|random_device|default_random_engine)",
        "fairlead::Rng with a seed by argument", r"^(lib|tests/(unit|scenario|sim))/"),
    # telemetry stands below runtime; gRPC takes its deadlines by the system clock.
    Ban(r"\b(system_clock|steady_clock|high_resolution_clock)::now\b|\b(gettimeofday|clock_gettime)\s*\("
        r"|(?<![\w.>])(std::|::)?time\s*\(\s*(nullptr|NULL|0|&)",
        "runtime/clock.h in shells, a TimePoint argument in the core", r"^lib/",
        r"^lib/(runtime/clock\.(cc|h)$|telemetry/|admin/|cli/)"),
    Ban(r"\b(getenv|secure_getenv)\s*\(", "lib/config, which reads the environment once", r"^lib/", r"^lib/config/"),
    Ban(r"\b(system|popen)\s*\(", "the engine's API: fairlead runs no commands", r"^(lib|daemon)/"),
    Ban(r"\bstd::(jthread|thread)\b(?!::)", "runtime::IoThread", r"^lib/", r"^lib/(runtime|admin|netdiag)/"),
    Ban(r"\.detach\s*\(\s*\)", "an owner that joins", r"^(lib|daemon)/"),
    # The admin plane is called on gRPC's own threads; telemetry stands below runtime.
    Ban(r"\bstd::(mutex|shared_mutex|recursive_mutex|lock_guard|unique_lock|scoped_lock)\b",
        "runtime/mutex.h, which clang checks", r"^lib/", r"^lib/(runtime|telemetry|admin)/"),
    Ban(r"\bthrow\b", "Result<T>: we throw nothing", r"^(lib|daemon)/"),
    Ban(r"\bassert\s*\(", "CHECK, which stays on", r"^(lib|daemon)/"),
    Ban(r"\bstd::(cout|cerr|clog)\b|\b(puts|printf)\s*\(", "telemetry/log.h", r"^lib/", r"^lib/(cli|telemetry)/"),
    Ban(r"\busing namespace std\b\s*;", "names in full", r"."),
    Ban(r"\b(sleep_for|sleep_until|usleep|nanosleep)\s*\(|\bsleep\s*\(", "a clock that the test moves, or a timer",
        r"^(lib|tests/(unit|scenario|sim))/"),
)
BANNED_INCLUDES = {"boost/asio.hpp": "the single Asio headers: it costs seconds per file",
                   "boost/beast.hpp": "the single Beast headers",
                   "bits/stdc++.h": "the headers that are used"}

_LITERALS = re.compile(r'R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/', re.S)
_INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]', re.M)


def code_only(text):
    """The text with comments and text literals blanked; lines stay where they are."""
    return _LITERALS.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)


def _line(text, offset):
    return text.count("\n", 0, offset) + 1


def reason_problems(path, text):
    """Reasons of errors that are written out where they are given."""
    if not path.startswith(("lib/", "daemon/")) or path == "lib/base/error_reasons.h":
        return []
    return [f'{path}:{_line(text, found.start())}: the reason {found.group(1)}: use its name of base/error_reasons.h'
            for found in re.finditer(r'\breason\s*=\s*"([A-Z][A-Z0-9_]+)"', text)]


def _may_include(module, header):
    if header.split("/")[0] == module:
        return True
    allowed = MAY_INCLUDE[module]
    return header in allowed or header.split("/")[0] in allowed


def include_problems(path, text):
    """Includes of lib/<module>/ that leave the graph."""
    parts = path.split("/")
    module = parts[1] if parts[0] == "lib" and len(parts) > 2 else None
    problems = []
    for found in _INCLUDE.finditer(text):
        quote, header = found.groups()
        place = f"{path}:{_line(text, found.start())}"
        if header in BANNED_INCLUDES:
            problems.append(f"{place}: do not include {header}; use {BANNED_INCLUDES[header]}")
        if module is None:
            continue
        if module not in MAY_INCLUDE:
            problems.append(f"{place}: module {module} has no line in MAY_INCLUDE (tests/tidy/rules.py)")
            break
        if module in PURE_RING and path != LAST_WORDS and PURE_BANNED_INCLUDES.match(header):
            problems.append(f"{place}: the pure ring does not include {header}; a shell does, and hands in values")
        if quote == '"':
            owners = GENERATED.get(header.split("/")[0])
            if not (module in owners if owners is not None else _may_include(module, header)):
                problems.append(f"{place}: {module} may not include {header}; pass a value or an interface instead")
    return problems


def own_includes(text):
    """The headers of ours that a source file includes."""
    return {header for quote, header in _INCLUDE.findall(text) if quote == '"'}


def modules_of(allowed):
    """The modules that a line of MAY_INCLUDE names, be it by single headers."""
    return {name.split("/")[0] for name in allowed}


def idle_permissions(included):
    """`included`: module -> the headers of other modules that it includes. What nobody needs is not allowed."""
    problems = []
    for module, allowed in MAY_INCLUDE.items():
        headers = included.get(module, set())
        for name in allowed:
            if name not in headers and not any(header.startswith(name + "/") for header in headers):
                problems.append(f"tests/tidy/rules.py: {module} does not include {name}; take it out of MAY_INCLUDE")
    return problems


def link_problems(links):
    """`links`: module -> the modules that its CMakeLists.txt links. They follow MAY_INCLUDE."""
    def reach(module):
        found, waiting = set(), [module]
        while waiting:
            fresh = links.get(waiting.pop(), set()) - found
            found |= fresh
            waiting += fresh
        return found

    problems = []
    for module, allowed in MAY_INCLUDE.items():
        place = f"lib/{module}/CMakeLists.txt"
        for name in sorted(links.get(module, set()) - modules_of(allowed)):
            problems.append(f"{place}: {module} may not link {name}; see MAY_INCLUDE in tests/tidy/rules.py")
        for name in sorted({name for name in allowed if "/" not in name} - reach(module)):
            problems.append(f"{place}: {module} includes {name} and does not link it")
    return problems


def linked_modules(cmake):
    """The modules that the text of a lib/*/CMakeLists.txt links."""
    return {name for name in re.findall(r"fairlead::(\w+)", cmake) if name in MAY_INCLUDE}


def table_problems(page):
    """The table of ARCHITECTURE.md shows MAY_INCLUDE, line by line."""
    shown = re.findall(r"^\| `(\w+)` +\| (.*?) *\|$", page.split("## Who may include whom")[-1].split("\n## ")[0], re.M)
    wanted = [(module, ", ".join(f"`{name}`" for name in allowed) or "nothing") for module, allowed in MAY_INCLUDE.items()]
    return [f"ARCHITECTURE.md: who may include whom should have a line | `{module}` | {names} |"
            for module, names in wanted if (module, names) not in shown] + [
            f"ARCHITECTURE.md: {module} is not in MAY_INCLUDE" for module, names in shown if module not in MAY_INCLUDE]


def ban_problems(path, text):
    code, problems = code_only(text), []
    for ban in BANS:
        if not re.search(ban.where, path) or re.search(ban.but_in, path):
            continue
        for found in re.finditer(ban.pattern, code):
            problems.append(f"{path}:{_line(code, found.start())}: not {found.group().strip()} but {ban.instead}")
    return problems


def text_problems(path, text):
    """What holds for every source file, whatever its language."""
    lines, problems = text.splitlines(), []
    if len(lines) > LINES_MAX:
        problems.append(f"{path}: {len(lines)} lines, at most {LINES_MAX}: split it by idea")
    for number, line in enumerate(lines, 1):
        if re.search(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b", line):
            problems.append(f"{path}:{number}: finish it now, or open an issue and say nothing here")
    for number, line in enumerate(lines, 1):
        if re.match(r"(<{7}|>{7})( |$)", line):
            problems.append(f"{path}:{number}: a merge that nobody finished")
    if path.endswith(".h") and "#pragma once" not in text:
        problems.append(f"{path}: a header begins with what, why, threads, invariants and then #pragma once")
    return problems


def readme_problems(module, text):
    """`text` is None when the module has no README.md."""
    path = f"lib/{module}/README.md"
    if text is None:
        return [f"{path}: missing; say what it consumes, produces and owns, its invariants, the first file to read"]
    lines = len(text.splitlines())
    return [f"{path}: {lines} lines, at most {README_LINES_MAX}"] if lines > README_LINES_MAX else []


def name_problems(path):
    """Files that are named after no idea."""
    stem = path.rsplit("/", 1)[-1].split(".")[0]
    if re.search(r"(^|_)(util|utils|common|manager|helper|helpers|misc)($|_)", stem) and "connection_manager" not in stem:
        return [f"{path}: name it after its one idea"]
    return []


def label_problems(labels, reference):
    """Labels of the reference table that the reference page does not show."""
    return [f"manifests/README.md: label {label} is not described" for label in labels if f"`{label}" not in reference]


# --- rows of faults ---------------------------------------------------------------------------
FAULT_ROWS = tuple(f"F{number:02}" for number in range(1, 30)) + tuple(f"P{number:02}" for number in range(1, 13))


def fault_row_problems(page, known):
    """`page` has a table row for each row of faults, and what it names in backticks is in `known`: cases of
    GoogleTest as Suite.Case, methods of Python tests as "file.py: how_it_begins", files of stories."""
    rows = re.findall(r"^\| ((?:[FP]\d\d )+)[^|]*\|(.*)\|$", page, re.M)
    told = {row for names, _ in rows for row in names.split()}
    problems = [f"tests/faults/README.md: row {row} has no test" for row in FAULT_ROWS if row not in told]
    named = {name for _, tests in rows for name in re.findall(r"`([^`]+)`", tests)}
    for name in sorted(named):
        is_method = ".py: " in name
        is_there = any(one.startswith(name) for one in known) if is_method else name in known
        if not is_there:
            problems.append(f"tests/faults/README.md: there is no test {name}")
    return problems
