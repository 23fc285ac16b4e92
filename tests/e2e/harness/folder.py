"""A new folder for a daemon: its network's part is not root, and has to get in."""

import os
import tempfile
from pathlib import Path


def new_folder(prefix, inside=None):
    """Whoever makes it removes it."""
    path = Path(tempfile.mkdtemp(prefix=prefix, dir=inside))
    os.chmod(path, 0o755)
    return path
