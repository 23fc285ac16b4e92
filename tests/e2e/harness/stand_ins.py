"""What stands for images of others where there is no registry: this machine's packages and folders, under the
names that Dockerfiles have."""

import io
import json
import os
import subprocess
import tarfile
from pathlib import Path

from .waiting import run

UNNEEDED = ("/usr/share/doc/", "/usr/share/man/", "/usr/share/locale/", "/usr/share/info/", "/usr/share/lintian/")
OF_THE_ROOT = ("bin", "sbin", "lib", "lib64", "tmp")
NOBODY = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n"
# What every image of Debian has, as far as it matters: a shell, and what apt loads.
SLIM = ("apt", "dash", "coreutils", "sed", "grep")


def with_dependencies(packages):
    """These installed packages, and all that they need."""
    said = run(["apt-cache", "depends", "--recurse", "--installed", "--no-recommends", "--no-suggests", "--no-conflicts",
                "--no-breaks", "--no-replaces", "--no-enhances", *packages], 60)
    named = sorted({line for line in said.splitlines() if line[:1].isalnum()})
    done = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Abbrev} ${binary:Package}\n", *named], capture_output=True,
                          text=True, check=False)
    return [line.split()[1] for line in done.stdout.splitlines() if line.startswith("ii ")]


def _files_of(packages):
    """What packages have installed, where it really is: /bin is a link to /usr/bin."""
    for path in sorted(set(run(["dpkg-query", "-L", *with_dependencies(packages)], 60).splitlines())):
        if path.startswith("/") and path != "/." and not path.startswith(UNNEEDED) and os.path.lexists(path):
            yield Path(os.path.realpath(os.path.dirname(path))) / os.path.basename(path)


class StandIns:
    """Makes images on `engine`; its archives come and go in `directory`."""

    def __init__(self, engine, directory):
        self._engine = engine
        self._directory = directory

    def make(self, name, packages=SLIM, trees=None, texts=None, variables=None):
        """The image `name`. `trees`: folder in the image to folder here; `texts`: path in it to content, which may be
        run, also in place of a package's; `variables`: its environment."""
        texts = {"/etc/passwd": NOBODY, **(texts or {})}
        archive = self._directory / f"{name.replace('/', '-').replace(':', '-')}.tar"
        with tarfile.open(archive, "w") as tar:
            for path in OF_THE_ROOT:
                tar.add(f"/{path}", path, recursive=False)
            for path in dict.fromkeys(_files_of(packages)):
                if str(path)[1:] not in OF_THE_ROOT and str(path) not in texts:
                    tar.add(path, str(path)[1:], recursive=False)
            for place, source in (trees or {}).items():
                tar.add(source, place.lstrip("/"), filter=lambda item: None if "/testdata/" in item.name else item)
            for place, text in texts.items():
                item = tarfile.TarInfo(place.lstrip("/"))
                item.size, item.mode = len(text.encode()), 0o755
                tar.addfile(item, io.BytesIO(text.encode()))
        changes = [word for key, value in (variables or {}).items() for word in ("--change", f"ENV {key}={json.dumps(value)}")]
        self._engine.docker("import", *changes, str(archive), name, seconds=300)
        archive.unlink()
