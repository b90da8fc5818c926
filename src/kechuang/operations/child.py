"""Becomes another program that ends when its parent does: `python -m kechuang.operations.child PROGRAM ARGUMENT…`.

A killed supervisor can stop nothing any more, so the kernel is asked to send SIGTERM in its place (Linux only).
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(command: list[str]) -> None:
    """Never returns: this process becomes `command`."""
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before it could be watched
            sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - becoming the program is the point


if __name__ == "__main__":
    main(sys.argv[1:])
