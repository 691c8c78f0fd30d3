"""Become another program that cannot outlive its parent, if asked as another user.

Run by path with `python -I`, so it imports the standard library only. On Linux the kernel sends
the given signal when the parent's starting thread ends, even by SIGKILL; elsewhere the guard does.
"""

import argparse
import ctypes
import os
import sys

PR_SET_PDEATHSIG, PR_SET_KEEPCAPS = 1, 8
PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 47, 2
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2
CAPABILITY_VERSION_3 = 0x20080522


def main() -> None:
    options, command = _options()
    if options.user is not None:
        _become(options.user, options.group, reach=options.reach)
    if sys.platform == "linux":
        # after the change of user, which forgets it
        _prctl(PR_SET_PDEATHSIG, options.signal)
        if os.getppid() != options.parent:  # it died before the line above
            sys.exit(1)
    os.execvp(command[0], command)


def _options() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--signal", type=int, required=True)
    parser.add_argument("--user", type=int)
    parser.add_argument("--group", type=int)
    parser.add_argument("--reach", action="store_true")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    return options, options.command


def _become(user: int, group: int, *, reach: bool) -> None:
    """`reach` keeps the right to walk through folders closed to others, such as /root."""
    if reach:
        _prctl(PR_SET_KEEPCAPS, 1)
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)
    os.environ.update(HOME="/", USER=str(user))
    # containers often lack the narrower of the two
    if reach and not (_keep_only(CAP_DAC_READ_SEARCH) or _keep_only(CAP_DAC_OVERRIDE)):
        sys.exit("the right to walk through closed folders could not be kept")


def _keep_only(capability: int) -> bool:
    word = ctypes.c_uint32
    header = (word * 2)(CAPABILITY_VERSION_3, 0)
    bit = 1 << capability
    data = (word * 6)(bit, bit, bit, 0, 0, 0)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.capset(header, data) != 0:
        return False
    return bool(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) == 0)


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option}) failed")


if __name__ == "__main__":
    main()
