#!/usr/bin/env python3
"""Makes what is installed without a container: a package for Debian 12 and a tarball of the same files, and
beside them the debug information that was stripped off.

    package.py BUILD OUT [--version VERSION] [--sign KEY]

BUILD is a build directory of the release preset. In OUT are then fairlead_VERSION_ARCH.deb,
fairlead-VERSION-ARCH.tar.gz and fairlead-debug-VERSION-ARCH.tar.gz (usr/lib/debug/.build-id/..., where
gdb looks). The version is git's: 0.1.0 on its tag, else 0.1.0+git and the commit's day and name. A release,
which has no +, has a section in CHANGELOG.md. SHA256SUMS lists these files, and --sign adds its signature
(signing.py). Equal binaries give equal files.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import datetime, timezone
from pathlib import Path

import image_root as image
import man_pages
import sbom
import signing

PROGRAMS = image.NEEDED + ("fairlead-probe",)
CONTROL = """Package: fairlead
Version: {version}
Architecture: {architecture}
Maintainer: The developers of fairlead <root@localhost>
Installed-Size: {kilobytes}
Depends: {depends}
Recommends: ca-certificates
Section: admin
Priority: optional
Description: health, repair and discovery for gRPC services on plain Docker
 fairleadd finds the containers of a Docker host that carry its label, checks them by the gRPC health
 protocol, takes bad replicas out of rotation before callers notice, repairs them within a budget, and
 tells every gRPC client and every Envoy which replicas to use, by xDS.
"""
# The service is not started by installing it: it begins to act on containers when a person says so.
POSTINST = """#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemd-tmpfiles --create fairlead.conf
  if systemctl --quiet is-active fairleadd; then systemctl restart fairleadd; fi
fi
"""
PRERM = """#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then systemctl --quiet disable --now fairleadd; fi
"""
FILES = {
    "deploy/systemd/fairleadd.service": "lib/systemd/system/fairleadd.service",
    "deploy/systemd/fairlead.tmpfiles.conf": "usr/lib/tmpfiles.d/fairlead.conf",
    "deploy/README.md": "usr/share/doc/fairlead/README.md",
    "manifests/README.md": "usr/share/doc/fairlead/reference.md",
    "CHANGELOG.md": "usr/share/doc/fairlead/CHANGELOG.md",
    "LICENSE": "usr/share/doc/fairlead/copyright",
}
COMPLETIONS = {"bash": "usr/share/bash-completion/completions/fairlead", "zsh": "usr/share/zsh/vendor-completions/_fairlead"}


def said(*command):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True).stdout.strip()


def version():
    base = image.version()
    try:
        if f"v{base}" in said("git", "-C", image.TREE, "tag", "--points-at", "HEAD").split():
            return base
        return base + "+git" + said("git", "-C", image.TREE, "log", "-1", "--date=format:%Y%m%d", "--format=%cd.%h")
    except (OSError, subprocess.CalledProcessError):
        return base


def check_told(named):
    """What people get under a release's name is told under it."""
    if "+" not in named and not re.search(rf"^## {re.escape(named)}\b", (image.TREE / "CHANGELOG.md").read_text(), re.M):
        raise image.Refused(f"CHANGELOG.md has no section {named}: give what is Unreleased that name")


def depends(packages):
    """What our libraries come from, at least as new as what we were linked with."""
    return ", ".join(f"{package.name} (>= {package.version.split('-')[0].split('+')[0]})" for package in sorted(packages))


def split_debug(program, root, debug):
    """The stripped program into root; what was taken off into debug, under its build id."""
    build_id = re.search(r"Build ID: ([0-9a-f]+)", said("readelf", "-nW", program))
    if not build_id:
        raise image.Refused(f"{program} has no build id: build it with the release preset")
    target = root / "usr/bin" / program.name
    image.place(program, target, 0o755)
    subprocess.run(["strip", "--strip-all", str(target)], check=True)
    kept = debug / "usr/lib/debug/.build-id" / build_id.group(1)[:2] / f"{build_id.group(1)[2:]}.debug"
    kept.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["objcopy", "--only-keep-debug", str(program), str(kept)], check=True)


def pack(folder, target, seconds, level):
    """A tarball that depends on nothing but content, names and modes."""
    tar = subprocess.run(["tar", "-C", str(folder), "--sort=name", f"--mtime=@{seconds}", "--owner=0", "--group=0",
                          "--numeric-owner", "--exclude=./DEBIAN", "-c", "."], check=True, capture_output=True).stdout
    target.write_bytes(subprocess.run(["gzip", f"-{level}n"], input=tar, check=True, capture_output=True).stdout)


def put_help(root, build, named, seconds):
    """Manual pages and completions, as the programs themselves tell them."""
    day = datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d")
    with tempfile.TemporaryDirectory() as folder:
        for path in man_pages.write(build, Path(folder), (named, day)):
            target = root / f"usr/share/man/man{path.suffix[1:]}/{path.name}.gz"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(subprocess.run(["gzip", "-9nc", path], check=True, capture_output=True).stdout)
    for shell, target in COMPLETIONS.items():
        (root / target).parent.mkdir(parents=True)
        (root / target).write_text(said(build / "daemon/fairlead", "completion", shell) + "\n")


def put_files(root, found, packages, named, seconds):
    for source, target in FILES.items():
        image.place(image.TREE / source, root / target, 0o644)
    (root / "etc/fairlead").mkdir(parents=True)
    created = datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    ours = {f"/usr/bin/{path.name}": (root / "usr/bin" / path.name).read_bytes() for path in found}
    (root / "usr/share/doc/fairlead/sbom.spdx.json").write_text(
        image.text_of(sbom.document(named, ours, packages, created)))


def make(build, out, named):
    """The files, without their list."""
    check_told(named)
    found = image.programs(build, PROGRAMS)
    seconds = int(os.environ.get("SOURCE_DATE_EPOCH") or max(path.stat().st_mtime for path in found))
    loaded = image.described(image.owners(set().union(*(image.libraries(path) for path in found))), True)
    architecture = said("dpkg", "--print-architecture")
    out.mkdir(parents=True, exist_ok=True)
    signing.forget(out)
    work = out / "work"
    shutil.rmtree(work, ignore_errors=True)
    root, debug = work / "root", work / "debug"
    for path in found:
        split_debug(path, root, debug)
    put_help(root, build, named, seconds)
    put_files(root, found, loaded | image.described(image.COMPILED_IN, False), named, seconds)
    tarball = out / f"fairlead-{named}-{architecture}.tar.gz"
    pack(root, tarball, seconds, level=9)
    # Large, and seldom wanted.
    beside = out / f"fairlead-debug-{named}-{architecture}.tar.gz"
    pack(debug, beside, seconds, level=1)
    kilobytes = sum(path.stat().st_size for path in root.rglob("*") if path.is_file()) // 1024
    control = root / "DEBIAN"
    control.mkdir()
    (control / "control").write_text(CONTROL.format(version=named, architecture=architecture, kilobytes=kilobytes,
                                                    depends=depends(loaded)))
    for name, text in (("postinst", POSTINST), ("prerm", PRERM)):
        (control / name).write_text(text)
        (control / name).chmod(0o755)
    package = out / f"fairlead_{named}_{architecture}.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zxz", "-z1", "--build", str(root), str(package)], check=True,
                   stdout=subprocess.DEVNULL, env={**os.environ, "SOURCE_DATE_EPOCH": str(seconds)})
    shutil.rmtree(work)
    return [tarball, beside, package]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("build", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--version")
    parser.add_argument("--sign", type=Path, metavar="KEY", help="PEM file of an Ed25519 private key")
    options = parser.parse_args()
    os.umask(0o022)
    try:
        key = signing.read_key(options.sign) if options.sign is not None else None
        made = make(options.build, options.out, options.version or version())
        made.append(signing.write_list(options.out, made))
        if key is not None:
            made.append(signing.sign(key, made[-1]))
        print(*made, sep="\n")
    except image.Refused as error:
        sys.exit(f"package: {error}")


if __name__ == "__main__":
    main()
