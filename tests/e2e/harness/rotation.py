"""The manners in which a mounted certificate is replaced, each for a folder and a pair: the files of certificate and key."""

import os
import shutil
import time


def by_rename(folder, pair):
    """As openssl and certbot are used by hand: one file, then the other. Between them they do not fit together."""
    for end, file in zip(("key", "crt"), reversed(pair)):
        shutil.copy(file, folder / f"tls.{end}.next")
        os.rename(folder / f"tls.{end}.next", folder / f"tls.{end}")


def in_place(folder, pair):
    """As `docker cp` and editors do: the files are emptied and written anew, in two pieces."""
    for end, file in zip(("crt", "key"), pair):
        text = file.read_bytes()
        with (folder / f"tls.{end}").open("wb", buffering=0) as out:
            os.fchmod(out.fileno(), 0o600)
            out.write(text[:100])
            out.write(text[100:])


def by_symlink(folder, pair):
    """As Kubernetes' Secrets do: a new folder, and one symlink that is swapped."""
    before = os.readlink(folder / "..data") if (folder / "..data").is_symlink() else None
    new = f"..{time.monotonic_ns()}"
    (folder / new).mkdir()
    for end, file in zip(("crt", "key"), pair):
        shutil.copy(file, folder / new / f"tls.{end}")
        if not (folder / f"tls.{end}").is_symlink():
            os.symlink(f"..data/tls.{end}", folder / f"tls.{end}")
    os.symlink(new, folder / "..next")
    os.rename(folder / "..next", folder / "..data")
    if before:
        shutil.rmtree(folder / before)
