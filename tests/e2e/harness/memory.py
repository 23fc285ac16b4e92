"""What stands in the memory of a process and its children, as root sees it."""

from pathlib import Path


def family(pid):
    """The process and all that it has started, and those in turn."""
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").iterdir():
            found += map(int, (task / "children").read_text(encoding="utf-8").split())
    return found


def mappings_with(pid, wanted):
    """The writable mappings in which `wanted` stands, each as the kernel names it."""
    found = []
    with open(f"/proc/{pid}/mem", "rb") as memory:
        for line in Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").splitlines():
            span, rights, *_ = line.split()
            if not rights.startswith("rw"):
                continue
            begin, end = (int(part, 16) for part in span.split("-"))
            try:
                memory.seek(begin)
                held = memory.read(end - begin)
            except OSError:
                continue  # of a device, or gone
            found += [line] * (wanted in held)
    return found
