"""Runs before a server's own program: gives up root, ties the server to its parent, then becomes the program.

A server must not outlive the run that started it, whatever kills that run. Linux sends a chosen signal to a child when
the thread that made it ends; the wish is forgotten when the user changes, so it is stated after that. This file is
started by its path, with nothing installed, and therefore imports the standard library only.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """`guard.py PARENT SIGNAL UID GID PROGRAM ARGUMENT...`; a negative UID keeps the present user."""
    parent, death_signal, uid, gid = (int(value) for value in sys.argv[1:5])
    command = sys.argv[5:]
    libc = ctypes.CDLL(None, use_errno=True)
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
        sys.exit(f"guard: prctl: {os.strerror(ctypes.get_errno())}")
    # The parent may have died before the wish was stated.
    if os.getppid() != parent:
        sys.exit("guard: the parent is gone")
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


main()
