"""A program of its own that owns a family, for tests that kill it. Prints a JSON line when ready.

Its child ignores SIGTERM and has a grandchild in another session.
"""

import json
import signal
import sys
import time
from pathlib import Path

import psutil

from tessera import postgres, redis
from tessera.family import Family, ending_raises
from tessera.processes import Program
from tests.services import private_folder

STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("ready", flush=True)
time.sleep(600)
"""


def main(data: Path) -> None:
    with ending_raises(), private_folder() as sockets, Family() as family:
        family.remove_after(sockets)
        postgres.start(family, data / "pg", sockets, postgres.Options(data / "log", fsync=False))
        redis.start(family, sockets, data / "log")
        program = Program(
            "stubborn", [sys.executable, "-c", STUBBORN], data / "stubborn.log", grace_s=0.5, tier=1
        )
        child = family.start(program)
        while "ready" not in child.said():
            time.sleep(0.02)
        pids = [one.pid for one in psutil.Process().children(recursive=True)]
        sys.stdout.write(json.dumps({"pids": pids, "sockets": str(sockets)}) + "\n")
        sys.stdout.flush()
        while True:
            time.sleep(1)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    main(Path(sys.argv[1]))
