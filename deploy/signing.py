#!/usr/bin/env python3
"""The list of what was packed, SHA256SUMS, and its signature, SHA256SUMS.sig.

    signing.py KEY

says whether KEY can sign, and writes nothing: ./dev package asks before it builds. KEY is the PEM file of an
Ed25519 private key that nobody but its owner may use. The list has sha256sum's form and is sorted by name; the
signature is the 64 bytes of Ed25519 over it. Equal files give an equal list, and with the same key an equal
signature.
"""

import argparse
import hashlib
import os
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from image_root import Refused

LIST = "SHA256SUMS"
SIGNATURE = "SHA256SUMS.sig"
# What stands before the 32 bytes of such a public key in DER: RFC 8410, section 4.
ED25519 = bytes.fromhex("302a300506032b6570032100")
MAKE_ONE = "make one by openssl genpkey -algorithm ed25519 -out KEY"


@dataclass(frozen=True)
class Key:
    path: Path
    public: bytes  # DER


def refused(path, why, what_next):
    return Refused(f"signing with {path}: {why}; {what_next}")


def openssl(*words, given=b""):
    """Asks nobody for a passphrase."""
    return subprocess.run(["openssl", *map(str, words), "-passin", "pass:"], input=given, capture_output=True, check=False)


def mode_of(path):
    """A pipe could be read once, and the key is needed more often."""
    what_next = f"name the file of a key, or {MAKE_ONE}"
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise refused(path, "it is no file", what_next)
        with path.open("rb") as file:
            return stat.S_IMODE(os.fstat(file.fileno()).st_mode)
    except OSError as error:
        raise refused(path, f"it cannot be read ({error.strerror})", what_next) from error


def read_key(path):
    """The key that will sign, or Refused."""
    path = path.absolute()
    mode = mode_of(path)
    if mode & 0o077:
        raise refused(path, f"its mode {mode:04o} gives rights to others than its owner",
                      "chmod 0600 it, or make a new one if somebody may have read it")
    told = openssl("pkey", "-in", path, "-pubout", "-outform", "DER")
    if told.returncode != 0:
        raise refused(path, "openssl finds no private key in it, or one with a passphrase", MAKE_ONE)
    if not told.stdout.startswith(ED25519):
        raise refused(path, "its key is not of Ed25519", MAKE_ONE)
    return Key(path, told.stdout)


def forget(out):
    """No list stands beside files that it is not of."""
    for name in (SIGNATURE, LIST):
        (out / name).unlink(missing_ok=True)


def write_list(out, made):
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(made)]
    (out / LIST).write_text("".join(lines))
    return out / LIST


def sign(key, listed):
    """The signature's file. It has been verified, as a receiver does it."""
    target = listed.with_name(SIGNATURE)
    done = openssl("pkeyutl", "-sign", "-rawin", "-inkey", key.path, "-in", listed, "-out", target)
    if done.returncode == 0:
        done = openssl("pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey", "/dev/stdin",
                       "-in", listed, "-sigfile", target, given=key.public)
    if done.returncode != 0:
        target.unlink(missing_ok=True)
        said = " ".join((done.stdout + done.stderr).decode(errors="replace").split())
        raise refused(key.path, f"the signature of {listed} does not verify ({said})",
                      "the files are not signed: see that nobody changes the key or the list, and package again")
    return target


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("key", type=Path)
    try:
        read_key(parser.parse_args().key)
    except Refused as error:
        sys.exit(f"package: {error}")


if __name__ == "__main__":
    main()
