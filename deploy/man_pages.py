#!/usr/bin/env python3
"""Writes the manual pages fairlead.1, fairleadd.8 and fairlead-probe.1 from what the programs' own --help says.

    man_pages.py BUILD OUT [--version VERSION] [--date DAY]

BUILD is a build directory. There is one description of verbs, options and keys, in the programs; a page that
is written by hand tells of those that somebody remembered. Equal programs give equal pages.
"""

import argparse
import re
import subprocess
from pathlib import Path

SEE_ALSO = {"fairlead": "fairleadd(8), fairlead-probe(1)", "fairleadd": "fairlead(1), fairlead-probe(1), docker(1)",
            "fairlead-probe": "fairlead(1), fairleadd(8)"}
SECTIONS = {"fairlead": "1", "fairleadd": "8", "fairlead-probe": "1"}
FILES = {"fairleadd": (("/etc/fairlead/config.json", "the configuration; comments are allowed"),
                       ("/run/fairlead/xds/bootstrap.json", "what clients read, to be mounted with its directory"),
                       ("/run/fairlead/xds/bootstrap-tls.json", "the same, of clients that have a certificate in /certs"),
                       ("/run/fairlead/admin/admin.sock", "where the fairlead command asks"),
                       ("/var/lib/fairlead/", "what people asked for, what repairs have cost, the journal of events")),
         "fairlead": (("/run/fairlead/admin/admin.sock", "the daemon's usual socket"),)}
SIGNALS = (("SIGHUP", "reads the configuration again. What says so above is taken, all else needs a restart; with a mistake in "
            "it nothing is. The log tells which."),
           ("SIGTERM, SIGINT", "end the daemon; containers and clients stay as they are."))


def said(program, *words):
    """Standard output; the probe's help ends with 1, so that no HEALTHCHECK takes it for healthy."""
    return subprocess.run([str(program), *words], capture_output=True, text=True, timeout=60).stdout


def roff(text):
    """As a line of text that roff takes for nothing else."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga").replace("^", "\\(ha")
    return "\\&" + text if text.startswith(".") else text


def parts_of(help_text):
    """The help as (kind, text) in its order: heading, text, item (term, rest)."""
    parts = []
    for line in help_text.splitlines():
        body = line.strip()
        indent = len(line.expandtabs(8)) - len(line.expandtabs(8).lstrip())
        if not body:
            parts.append(("gap", ""))
        elif indent == 0 and re.fullmatch(r"[A-Z][A-Za-z ]*:", body):
            parts.append(("heading", body[:-1]))
        elif indent == 0:
            parts.append(("text", body))
        elif indent == 2:
            term, _, rest = re.match(r"(.*?)(\s{2,}|$)(.*)", body).groups()
            parts.append(("item", (term, rest)))
        else:
            kind, before = parts[-1]
            # What a key defaults to, and how it stands in the file, are lines of their own.
            joint = "\n" if body.startswith(("default:", "in the file:")) else " "
            parts[-1] = (kind, (before[0], (before[1] + joint + body).strip()) if kind == "item" else before + " " + body)
    return parts


def item(term, text):
    return [".TP", ".B " + roff(term), "\n.br\n".join(roff(line) for line in text.split("\n"))]


def body_of(parts):
    lines, ended = [], True
    for kind, content in parts:
        if kind == "heading":
            lines += [".SH " + content.upper()]
        elif kind == "item":
            lines += item(*content)
        elif kind == "gap":
            ended = True
        elif content.startswith(("Exit status:", "Exit:")):
            lines += [".SH EXIT STATUS", roff(content.partition(":")[2].strip())]
        else:
            if ended and not (lines and lines[-1].startswith(".SH")):
                lines += [".PP"]
            lines += [roff(content)]
        ended = kind != "text" if kind != "text" else content.endswith(".")
    return lines


def page(name, release, summary, synopsis, parts, extra=()):
    version, date = release
    lines = [f'.TH {name.upper()} {SECTIONS[name]} "{date}" "fairlead {version}" "fairlead"',
             ".SH NAME", f"{roff(name)} \\- {roff(summary)}", ".SH SYNOPSIS", *(part for use in synopsis for part in (".PP", ".B " + roff(use)))]
    lines += body_of(parts) + list(extra)
    if name in FILES:
        lines += [".SH FILES"] + [part for file in FILES[name] for part in item(*file)]
    lines += [".SH SEE ALSO", roff(SEE_ALSO[name])]
    # A paragraph right after a heading is none.
    return "\n".join(line for at, line in enumerate(lines) if not (line == ".PP" and lines[at - 1].startswith(".SH"))) + "\n"


def split_head(text, usage):
    """(summary, synopsis, the rest of the parts)"""
    first = text.splitlines()[0]
    parts = parts_of(text)[1:]
    uses = [content.partition(":")[2].strip() for kind, content in parts if kind == "text" and content.startswith(usage)]
    return first.partition(": ")[2].rstrip("."), uses, [part for part in parts if part[0] != "text" or not part[1].startswith(usage)]


def command_page(program, release):
    summary, synopsis, parts = split_head(said(program, "help"), "Usage:")
    verbs = []
    for kind, content in parts:
        if verbs and kind != "item":
            break
        if kind == "item":
            verbs.append(content[0].split()[0])
    told = {}
    for verb in verbs:
        meaning, uses, own = split_head(said(program, "help", verb), "Usage:")
        options = [part[1][0] for part in own if part[0] == "item" and not part[1][0].startswith(("--admin", "--output"))]
        told[verb] = (uses[0].replace(" [OPTIONS]", ""), meaning, options)
    shown = []
    for kind, content in parts:
        if kind == "item" and content[0].split()[0] in told:
            use, meaning, options = told[content[0].split()[0]]
            taken = " Takes " + ", ".join(options) + "." if options else ""
            content = (use.removeprefix("fairlead "), meaning[:1].upper() + meaning[1:] + "." + taken)
        shown.append((kind, content))
    return page("fairlead", release, summary, synopsis, shown,
                [".SH ENVIRONMENT", *item("FAIRLEAD_ADMIN", "where the daemon is asked, unless --admin says so"),
                 *item("NO_COLOR", "if set, tables have no colour on a terminal either")])


def daemon_page(program, release):
    summary, synopsis, parts = split_head(said(program, "--help"), "usage:")
    while parts and parts[0][0] == "gap":
        parts.pop(0)
    return page("fairleadd", release, summary, synopsis, [("heading", "Options")] + parts,
                [".SH SIGNALS", *(part for signal in SIGNALS for part in item(*signal))])


def probe_page(program, release):
    summary, _, parts = split_head(said(program, "-h"), "no line of it")
    return page("fairlead-probe", release, summary, ["fairlead-probe -addr HOST:PORT [FLAG ...]"], [("heading", "Description")] + parts)


PAGES = {"fairlead": command_page, "fairleadd": daemon_page, "fairlead-probe": probe_page}


def write(build, out, release):
    """The pages' paths. `release`: version and day, as 2026-01-31."""
    out.mkdir(parents=True, exist_ok=True)
    for name, made in PAGES.items():
        (out / f"{name}.{SECTIONS[name]}").write_text(made(Path(build) / "daemon" / name, release))
        yield out / f"{name}.{SECTIONS[name]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--version", default="")
    parser.add_argument("--date", default="")
    options = parser.parse_args()
    for path in write(options.build, options.out, (options.version, options.date)):
        print(path)


if __name__ == "__main__":
    main()
