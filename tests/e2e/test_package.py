"""deploy/package.py: versions, the Debian package and what is beside it, its signature; no engine."""

import hashlib
import os
import re
import shutil
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from harness import cases, paths
from harness.waiting import run

sys.path.insert(0, str(paths.DEPLOY))
import package  # noqa: E402  pylint: disable=wrong-import-position
import signing  # noqa: E402  pylint: disable=wrong-import-position


class TheVersion(unittest.TestCase):
    """Of a tree that is a git repository of its own."""

    def setUp(self):
        cases.need(Path(shutil.which("git") or "/usr/bin/git"), "./dev setup --engines")
        self.tree = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(mock.patch.object(package.image, "TREE", self.tree))
        (self.tree / "CMakeLists.txt").write_text("project(fairlead VERSION 1.2.3 LANGUAGES CXX)\n")
        (self.tree / "CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n")

    def git(self, *words):
        return run(["git", "-C", self.tree, "-c", "user.name=test", "-c", "user.email=test@localhost", *words])

    def commit(self):
        self.git("init", "-q")
        self.git("add", ".")
        self.git("commit", "-q", "-m", "test")

    def test_it_is_gits(self):
        self.assertEqual(package.version(), "1.2.3")  # a tarball of the sources
        self.commit()
        self.assertRegex(package.version(), r"^1\.2\.3\+git\d{8}\.[0-9a-f]{7,}$")
        self.git("tag", "v1.2.3")
        self.assertEqual(package.version(), "1.2.3")

    def test_a_release_without_a_section_in_the_changelog_is_refused(self):
        self.assertRaisesRegex(package.image.Refused, "no section 1.2.3", package.check_told, "1.2.3")
        package.check_told("1.2.3+git20260101.abcdef0")
        (self.tree / "CHANGELOG.md").write_text("# Changelog\n\n## 1.2.3 (2026-01-01)\n")
        package.check_told("1.2.3")


def make_package(out, *options, is_checked=True):
    return run([sys.executable, paths.DEPLOY / "package.py", paths.BUILD, out, "--version", "0.1.0+test", *options], 120,
               is_checked=is_checked)


def make_key(path, algorithm="ed25519"):
    run(["openssl", "genpkey", "-quiet", "-algorithm", algorithm, "-out", path])
    return path


class ThePackage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.key = make_key(cls.folder / "KEY")
        cls.made = cls.folder / "made"
        make_package(cls.made, "--sign", cls.key)

    def setUp(self):
        self.out = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def unpack(self):
        """Folder with what the .deb installs, and one with the debug information."""
        out = self.out
        made, = self.made.glob("*.deb")
        for name in ("root", "debug"):
            (out / name).mkdir()
        run(["dpkg-deb", "-x", made, out / "root"])
        debug, = self.made.glob("fairlead-debug-*.tar.gz")
        run(["tar", "-C", out / "debug", "-xzf", debug])
        self.assertIn("libgrpc++1.51", run(["dpkg-deb", "-f", made, "Depends"]))
        self.assertEqual(run(["dpkg-deb", "-f", made, "Version"]).strip(), "0.1.0+test")
        return out / "root", out / "debug"

    def test_manual_pages_and_completions_come_with_it(self):
        root, _ = self.unpack()
        for page in ("man1/fairlead.1", "man8/fairleadd.8", "man1/fairlead-probe.1"):
            text = run(["gzip", "-dc", root / f"usr/share/man/{page}.gz"])
            self.assertTrue(text.startswith(f".TH {Path(page).stem.upper()} "), text[:80])
        for shell, file in (("bash", "bash-completion/completions/fairlead"), ("zsh", "zsh/vendor-completions/_fairlead")):
            self.assertIn("complete-words", (root / "usr/share" / file).read_text(), shell)

    def assert_hardened(self, program):
        headers, dynamic = run(["readelf", "-hlW", program]), run(["readelf", "-dW", program])
        self.assertRegex(headers, r"Type:\s+DYN")
        self.assertIn("GNU_RELRO", headers)
        self.assertRegex(headers, r"GNU_STACK .* RW ")
        self.assertRegex(dynamic, r"FLAGS_1\).*NOW")
        self.assertNotRegex(dynamic, r"RPATH|RUNPATH")
        # A static program has none left.
        symbols = run(["readelf", "-sW", paths.BUILD / "daemon" / program.name])
        self.assertIn("__stack_chk_fail", symbols)
        self.assertRegex(symbols, r"__(\w+)_chk\b")
        if os.uname().machine == "x86_64":
            # A function begins with endbr64 where it can be called through a pointer.
            self.assertGreater(program.read_bytes().count(b"\xf3\x0f\x1e\xfa"), 100)

    def test_its_programs_are_hardened_and_stripped_and_their_debug_information_is_beside(self):
        root, debug = self.unpack()
        for name in ("fairleadd", "fairlead", "fairlead-probe"):
            program = root / "usr/bin" / name
            self.assert_hardened(program)
            self.assertNotIn(".debug_info", run(["readelf", "-SW", program]))
            build_id = re.search(r"Build ID: (\w+)", run(["readelf", "-nW", program])).group(1)
            kept = debug / f"usr/lib/debug/.build-id/{build_id[:2]}/{build_id[2:]}.debug"
            self.assertIn(".debug_info", run(["readelf", "-SW", kept]))
            done = run([program, "--help"], is_checked=False)
            self.assertIn("usage", (done.stdout + done.stderr).lower())
        for path in ("lib/systemd/system/fairleadd.service", "usr/lib/tmpfiles.d/fairlead.conf",
                     "usr/share/doc/fairlead/copyright", "usr/share/doc/fairlead/sbom.spdx.json"):
            self.assertTrue((root / path).is_file(), path)

    def received(self):
        """Folder of somebody who has the files and, by another way, the builder's public key."""
        folder = self.out / "received"
        shutil.copytree(self.made, folder)
        self.give_public_key(folder, self.key)
        return folder

    def give_public_key(self, folder, key):
        run(["openssl", "pkey", "-in", key, "-pubout", "-out", folder / "fairlead.pub"])

    def verify(self, folder):
        """Exit codes of the two commands that deploy/README.md has for it: the signature's and the files'."""
        blocks = re.findall(r"^```\n(.*?)^```", (paths.DEPLOY / "README.md").read_text(), re.M | re.S)
        commands, = [block for block in blocks if "pkeyutl -verify" in block]
        return [run(["sh", "-c", f"cd '{folder}' && {command}"], is_checked=False).returncode for command in commands.split("&&")]

    def test_its_signature_verifies_as_the_page_says(self):
        self.assertEqual(self.verify(self.received()), [0, 0])
        files = sorted(path.name for path in self.made.glob("fairlead*"))
        self.assertEqual([line.split("  ")[1] for line in (self.made / "SHA256SUMS").read_text().splitlines()], files)
        self.assertEqual({path.name for path in self.made.iterdir()}, {*files, "SHA256SUMS", "SHA256SUMS.sig"})
        self.assertEqual(len((self.made / "SHA256SUMS.sig").read_bytes()), 64)

    def test_what_is_not_as_it_was_signed_does_not_verify(self):
        folder = self.received()
        deb, = folder.glob("*.deb")
        content = bytearray(deb.read_bytes())
        content[len(content) // 2] ^= 1
        deb.write_bytes(content)
        self.assertEqual(self.verify(folder), [0, 1])
        # Who changes the list as well has no key to sign it.
        listed = folder / "SHA256SUMS"
        listed.write_text(re.sub(rf".*(  {re.escape(deb.name)})", hashlib.sha256(content).hexdigest() + r"\1", listed.read_text()))
        self.assertEqual(self.verify(folder), [1, 0])
        listed.write_bytes((self.made / "SHA256SUMS").read_bytes())
        self.give_public_key(folder, make_key(self.out / "another"))
        self.assertEqual(self.verify(folder), [1, 1])

    def test_the_same_binaries_make_the_same_list_and_a_former_signature_goes(self):
        again = self.out / "again"
        again.mkdir()
        for name in ("SHA256SUMS", "SHA256SUMS.sig", "fairlead_0.1.0+test_old.deb"):
            (again / name).write_text("of an earlier run\n")
        make_package(again)
        self.assertEqual((again / "SHA256SUMS").read_text(), (self.made / "SHA256SUMS").read_text())
        self.assertFalse((again / "SHA256SUMS.sig").exists())

    def test_a_key_that_cannot_sign_is_refused_before_anything_is_made(self):
        self.give_public_key(self.out, self.key)
        (self.out / "fairlead.pub").chmod(0o600)
        for mode in ("644", "640"):
            run(["install", "-m", mode, self.key, self.out / mode])
        for key, why in ((make_key(self.out / "rsa", "rsa"), "not of Ed25519; make one"),
                         (self.out / "fairlead.pub", "no private key .*; make one"),
                         (self.out / "missing", "cannot be read .*; name"), (self.out, "is no file; name"),
                         (self.out / "644", "mode 0644 .*; chmod 0600"), (self.out / "640", "mode 0640 .*; chmod 0600")):
            done = make_package(self.out / "made", "--sign", key, is_checked=False)
            self.assertEqual(done.returncode, 1, key)
            self.assertRegex(done.stderr, rf"^package: signing with {key}: .*{why}")
            self.assertFalse((self.out / "made").exists(), key)

    def test_a_key_that_cannot_sign_is_refused_before_anything_is_built(self):
        cmake = self.out / "cmake"
        cmake.write_text(f"#!/bin/sh\ntouch {self.out}/built\nexit 9\n")
        cmake.chmod(0o755)
        environment = {**os.environ, "PATH": f"{self.out}:{os.environ['PATH']}"}
        run(["install", "-m", "644", self.key, self.out / "KEY"])
        # Its name is one in the directory where it is said.
        done = run(["sh", "-c", f"cd '{self.out}' && '{paths.ROOT}/dev' package --sign KEY"], environment=environment, is_checked=False)
        self.assertEqual((done.returncode, (self.out / "built").exists()), (1, False), done.stderr)
        self.assertIn("mode 0644", done.stderr)

    def test_a_signature_that_does_not_verify_does_not_stay(self):
        shutil.copy(self.made / "SHA256SUMS", self.out)
        exchanged = signing.Key(make_key(self.out / "another"), signing.read_key(self.key).public)
        self.assertRaises(package.image.Refused, signing.sign, exchanged, self.out / "SHA256SUMS")
        self.assertFalse((self.out / "SHA256SUMS.sig").exists())


class TheBuild(unittest.TestCase):
    def test_programs_do_not_tell_where_they_were_built(self):
        """The sources' directory is in none of them, debug information included: another gives the same bytes, and
        test_from_source.py compares them."""
        for name in ("fairleadd", "fairlead", "fairlead-probe"):
            content = (paths.BUILD / "daemon" / name).read_bytes()
            self.assertEqual([place for place in (paths.ROOT, paths.BUILD) if f"{place}/".encode() in content], [], name)


if __name__ == "__main__":
    cases.main()
