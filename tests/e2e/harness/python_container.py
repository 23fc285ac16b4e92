"""Python programs in containers of images that have no Python."""

from . import paths
from .waiting import run


def python_mounts(program):
    """Options of `docker run` with which an image without anything runs a program of this tree by the Python that has
    grpcio, and that command."""
    python = paths.CLIENTS / "python"
    prefix = run([python, "-c", "import sys; print(sys.base_prefix)"]).strip()
    folders = {"/usr": "/usr", "/lib": "/usr/lib", "/lib64": "/usr/lib64", paths.CLIENTS.parent: paths.CLIENTS.parent,
               program.parent: program.parent}
    if not prefix.startswith("/usr/"):
        folders[prefix] = prefix
    words = [word for place, folder in folders.items() for word in ("-v", f"{folder}:{place}:ro")]
    return words, [str(python), str(program)]
