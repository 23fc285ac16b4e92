"""The manual pages: what --help tells is in them, and man and mandoc have nothing to say against them."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("FAIRLEAD_BUILD", ROOT / "build" / "release"))
sys.path.insert(0, str(ROOT / "deploy"))
import man_pages  # noqa: E402 (its place is known only now)


class Manual(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.pages = list(man_pages.write(BUILD, Path(cls.folder), ("0.1.0", "2026-01-31")))

    def shown(self, name):
        """As plain text, in one line."""
        page = next(path for path in self.pages if path.stem == name)
        text = subprocess.run(["mandoc", "-T", "utf8", "-O", "width=400", page], check=True, capture_output=True, text=True).stdout
        return " ".join(re.sub(".\b", "", text).split())

    def test_man_and_mandoc_read_them_without_a_word(self):
        for page in self.pages:
            for words in (["mandoc", "-T", "lint", "-W", "warning", page],
                          *([["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page]] if shutil.which("man") else [])):
                done = subprocess.run(words, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C.UTF-8"})
                told = done.stderr + (done.stdout if words[0] == "mandoc" else "")
                self.assertEqual((done.returncode, told), (0, ""), words)

    def test_every_verb_and_option_of_help_is_there_with_its_meaning(self):
        for name, flag in (("fairlead", "help"), ("fairleadd", "--help"), ("fairlead-probe", "-h")):
            page = self.shown(name)
            told = man_pages.said(BUILD / "daemon" / name, flag)
            items = [content for kind, content in man_pages.parts_of(told) if kind == "item"]
            self.assertGreater(len(items), 15, name)
            for term, meaning in items:
                for words in (term.split()[0], meaning.split("\n")[0][1:]):
                    self.assertIn(" ".join(words.split()), page, f"{name}: {term}")
            for section in ("NAME", "SYNOPSIS", "EXIT STATUS" if name != "fairleadd" else "SIGNALS", "SEE ALSO"):
                self.assertIn(section, page, name)


if __name__ == "__main__":
    if shutil.which("mandoc") is None:
        print("skipped: mandoc is missing; ./dev setup --clients installs it", file=sys.stderr)
        sys.exit(77)
    unittest.main()
