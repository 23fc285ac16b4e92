#!/usr/bin/env python3
"""Collects what the image holds into a folder: our programs, the libraries that they load, authorities'
certificates, a user database, the licence of everything in it, and a list of it all (SPDX).

    image_root.py BUILD ROOT

BUILD is a build directory of the release preset; ROOT is made anew, and ROOT.spdx.json beside it. Runs
on the Debian 12 that BUILD was built on, because it asks dpkg whose each file is. Equal binaries and
packages give an equal folder; SOURCE_DATE_EPOCH (seconds) is the date in the list, else the newest
program's.
"""

import argparse
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

import sbom

TREE = Path(__file__).resolve().parents[1]
# The probe is for other people's images. It is static, 6.7 MB, and here it would do nothing that
# `fairlead status` does not do, so it is in the package alone.
NEEDED = ("fairleadd", "fairlead")
# Compiled into our programs; what is a library of its own is found by ldd.
COMPILED_IN = ("libboost1.81-dev", "nlohmann-json3-dev", "libspdlog-dev", "libfmt-dev", "libabsl-dev",
               "libgrpc++-dev", "libprotobuf-dev")
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
LICENCES = Path("/usr/share/common-licenses")
# Bytes. Boost's text has 2.2 MB, a twentieth of the image, and an eighth of that when it is packed.
PACKED_ABOVE = 256 * 1024
TEXTS = {
    "etc/passwd": "root:x:0:0:root:/:/sbin/nologin\nfairlead:x:65530:0:fairlead:/:/sbin/nologin\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n",
    "etc/group": "root:x:0:\nnogroup:x:65534:\n",
    "etc/nsswitch.conf": "hosts: files dns\n",
    "etc/ld.so.conf": "/usr/lib/x86_64-linux-gnu\n/usr/lib/aarch64-linux-gnu\n",
    "etc/os-release": "",  # filled in below
}
# Where things are mounted, or kept; with a read-only root they have to be there.
FOLDERS = ("etc/fairlead", "run/fairlead", "run/engine", "var/lib/fairlead", "tmp", "proc", "sys", "dev")


class Refused(Exception):
    """Says what is missing and how to get it."""


def version():
    return re.search(r"project\(fairlead VERSION (\S+)", (TREE / "CMakeLists.txt").read_text()).group(1)


def programs(build, names=NEEDED):
    found = [build / "daemon" / name for name in names]
    missing = [path.name for path in found if not path.is_file()]
    if missing:
        raise Refused(f"{build}/daemon has no {', '.join(missing)}: ./dev build release daemon/all")
    return found


def libraries(program):
    """Paths of the shared libraries and the loader, as the loader finds them; none for a static program."""
    done = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=False)
    if "not a dynamic executable" in done.stdout + done.stderr or "statically linked" in done.stdout:
        return set()
    if "not found" in done.stdout or done.returncode != 0:
        raise Refused(f"{program} lacks libraries here:\n{done.stdout}{done.stderr}")
    return {Path(path) for path in re.findall(r"(/\S+) \(0x", done.stdout)}


def owners(paths):
    """The packages that these files of this system belong to. One question for all: each takes dpkg a while."""
    # A merged /usr: the file list may have the path without it.
    spellings = {path: {str(path), str(path.resolve()), str(path.resolve()).removeprefix("/usr")} for path in paths}
    asked = sorted(set().union(*spellings.values()))
    done = subprocess.run(["dpkg-query", "-S", *asked], capture_output=True, text=True, check=False)
    found = dict(reversed(line.split(": ", 1)) for line in done.stdout.splitlines() if ": " in line)
    for path, names in spellings.items():
        if not names & set(found):
            raise Refused(f"{path} belongs to no package of Debian")
    return {found[name].split(",")[0].split(":")[0] for names in spellings.values() for name in names if name in found}


def described(names, is_linked):
    """DebianPackage of each of these installed packages."""
    form = "${Package}\t${Version}\t${source:Package} ${source:Version}\t${Architecture}\n"
    done = subprocess.run(["dpkg-query", "-W", "-f", form, *sorted(names)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Refused(f"{done.stderr.strip()}: ./dev setup")
    return {sbom.DebianPackage(*line.split("\t"), is_linked) for line in done.stdout.splitlines()}


def place(source, target, mode):
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(mode)


def put_programs(found, root):
    for path in found:
        target = root / "usr/bin" / path.name
        place(path, target, 0o755)
        subprocess.run(["strip", "--strip-all", str(target)], check=True)


def put_libraries(paths, root):
    for name in ("lib", "lib64"):
        (root / "usr" / name).mkdir(parents=True, exist_ok=True)
        (root / name).symlink_to(f"usr/{name}")
    for path in sorted(paths):
        below_usr = str(path).removeprefix("/usr").lstrip("/")
        place(path.resolve(), root / "usr" / below_usr, 0o755 if "ld-linux" in path.name else 0o644)


def put_licences(packages, root):
    """The texts of all packages, and the licences that they refer to."""
    wanted = set()
    for package in packages:
        text = Path("/usr/share/doc") / package.name / "copyright"
        if not text.exists():
            raise Refused(f"{text} is missing, and what is in the image needs its licence")
        target = root / f"usr/share/doc/{package.name}/copyright"
        place(text.resolve(), target, 0o644)
        if text.stat().st_size > PACKED_ABOVE:
            target.with_suffix(".gz").write_bytes(gzip.compress(target.read_bytes(), mtime=0))
            target.with_suffix(".gz").chmod(0o644)
            target.unlink()
        wanted.update(re.findall(r"/usr/share/common-licenses/([\w.-]*\w)", text.read_text(errors="replace")))
    for name in sorted(wanted):
        if (LICENCES / name).exists():
            place((LICENCES / name).resolve(), root / f"usr/share/common-licenses/{name}", 0o644)
    place(TREE / "LICENSE", root / "usr/share/doc/fairlead/copyright", 0o644)


def put_texts(root):
    texts = {**TEXTS, "etc/os-release": f'ID=fairlead\nNAME=fairlead\nVERSION_ID="{version()}"\nID_LIKE=debian\n'}
    for name, text in texts.items():
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(0o644)
    for name in FOLDERS:
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / "tmp").chmod(0o1777)
    if not AUTHORITIES.exists():
        raise Refused(f"{AUTHORITIES} is missing: apt-get install ca-certificates")
    place(AUTHORITIES, root / str(AUTHORITIES).lstrip("/"), 0o644)
    # Where Debian's OpenSSL looks for the file that holds all authorities.
    (root / "usr/lib/ssl").mkdir(parents=True, exist_ok=True)
    (root / "usr/lib/ssl/cert.pem").symlink_to(AUTHORITIES)


def date(found):
    seconds = int(os.environ.get("SOURCE_DATE_EPOCH") or max(path.stat().st_mtime for path in found))
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def text_of(document):
    return json.dumps(document, indent=1) + "\n"


def collect(build, root):
    found = programs(build)
    if root.exists():
        shutil.rmtree(root)
    root.mkdir(parents=True)
    loaded = set().union(*(libraries(path) for path in found))
    packages = described(owners(loaded) | {"ca-certificates"}, True) | described(COMPILED_IN, False)
    put_programs(found, root)
    put_libraries(loaded, root)
    put_texts(root)
    put_licences(packages, root)
    subprocess.run(["ldconfig", "-X", "-r", str(root)], check=True)
    ours = {f"/usr/bin/{path.name}": (root / "usr/bin" / path.name).read_bytes() for path in found}
    text = text_of(sbom.document(version(), ours, packages, date(found)))
    (root / "usr/share/doc/fairlead/sbom.spdx.json").write_text(text)
    Path(f"{root}.spdx.json").write_text(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("build", type=Path)
    parser.add_argument("root", type=Path)
    options = parser.parse_args()
    try:
        collect(options.build, options.root)
    except Refused as error:
        sys.exit(f"image_root: {error}")


if __name__ == "__main__":
    main()
