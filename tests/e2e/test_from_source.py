"""deploy/Dockerfile from source, as people run it: on Debian's image, by an engine, from nothing.

And the same sources in another directory, built without that Dockerfile: the same programs, byte for byte.
An hour or more of two processors, so only under FAIRLEAD_SOAK; needs Debian's mirror.
"""

import hashlib
import re
import shutil
import tarfile
import unittest
from pathlib import Path

from harness import cases, paths
from harness.deployed import IMAGE, Site
from harness.waiting import run

BUILD_SECONDS_MAX = 6600
IMAGE_BYTES_MAX = 40_000_000
DEBIAN = "debian:bookworm-slim"
PROGRAMS = ("fairleadd", "fairlead", "fairlead-probe")
# What the real image has as well.
SOURCES = """deb http://deb.debian.org/debian bookworm main
deb http://deb.debian.org/debian bookworm-updates main
deb http://deb.debian.org/debian-security bookworm-security main
"""


class FromSource(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cases.need(Path("/usr/sbin/debootstrap"), "./dev setup --engines")
        cls.site = Site("source")
        cls.addClassCleanup(cls.site.close)
        cls.site.start_engine()
        cls.make_debian_image()

    @classmethod
    def make_debian_image(cls):
        """debian:bookworm-slim, without a registry: what debootstrap makes, with the packages that ./dev setup
        would fetch, as containers of a private engine have no way out."""
        root, archive = cls.site.directory / "debian", cls.site.directory / "debian.tar"
        run(["debootstrap", "--variant=minbase", "bookworm", root], 900)
        (root / "etc/apt/sources.list").write_text(SOURCES)
        shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
        for name in ("dev", "tests/real_tools.sh"):
            (root / "setup" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(paths.ROOT / name, root / "setup" / name)
        run(["chroot", root, "/setup/dev", "setup"], 1800)
        shutil.rmtree(root / "setup")
        run(["tar", "-C", root, "--one-file-system", "-cf", archive, "."], 300)
        shutil.rmtree(root)
        cls.site.engine.docker("import", str(archive), DEBIAN, seconds=600)
        archive.unlink()

    def build_image(self):
        """By the engine. Returns the path of a tarball of the image's files, and the folder of the programs as
        the stage "build" linked them."""
        docker = self.site.engine.docker
        command = ("build", "-q", "-f", str(paths.DEPLOY / "Dockerfile"), str(paths.ROOT))
        # One after the other and not at once: the stage has a name by then, and nothing is done twice.
        docker(*command, "--no-cache", "--target", "build", "-t", f"{IMAGE}:build", seconds=BUILD_SECONDS_MAX)
        docker(*command, "-t", f"{IMAGE}:source", seconds=600)
        archive, linked = self.site.directory / "image.tar", self.site.directory / "linked"
        linked.mkdir()
        whole, stage = docker("create", f"{IMAGE}:source").strip(), docker("create", f"{IMAGE}:build", "none").strip()
        docker("export", "-o", str(archive), whole)
        for name in PROGRAMS:
            docker("cp", f"{stage}:/fairlead/build/release/daemon/{name}", str(linked / name))
        return archive, linked

    def build_elsewhere(self, folder):
        """The sources as git has them, in `folder`, by hand. Returns the folder of the programs."""
        folder.mkdir(parents=True)
        run(["cp", "-r", *(paths.ROOT / name for name in self.sources()), folder])
        self.site.engine.docker("run", "--rm", "--network", "none", "-v", f"{folder}:{folder}", "-w", str(folder),
                                "-e", "CI=true", DEBIAN, "./dev", "build", "release", "daemon/all",
                                seconds=BUILD_SECONDS_MAX)
        return folder / "build/release/daemon"

    def sources(self):
        """What .dockerignore lets through."""
        return re.findall(r"^!(\S+)$", (paths.ROOT / ".dockerignore").read_text(), re.M)

    def test_an_engine_builds_it_small_and_another_directory_gives_the_same_programs(self):
        archive, linked = self.build_image()
        with tarfile.open(archive) as tar:
            files = {item.name: item.size for item in tar if item.isfile()}
        print(f"image: {sum(files.values())} bytes in {len(files)} files", flush=True)
        self.assertLess(sum(files.values()), IMAGE_BYTES_MAX)
        self.assertEqual({name for name in files if name.startswith("usr/bin/")}, {"usr/bin/fairleadd", "usr/bin/fairlead"})
        self.assertIn("usr/share/doc/fairlead/sbom.spdx.json", files)
        again = self.build_elsewhere(self.site.directory / "some/other/place")
        for name in PROGRAMS:
            # Debug information and all.
            sums = [hashlib.sha256((folder / name).read_bytes()).hexdigest() for folder in (linked, again)]
            print(f"{name}: {sums[0]}", flush=True)
            self.assertEqual(sums[0], sums[1], name)


if __name__ == "__main__":
    cases.main()
