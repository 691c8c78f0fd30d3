"""`python -m migrations`: bring the database of the settings to the newest schema."""

import sys
import time

from core import schema
from core.db import ABSENT
from core.settings import settings
from migrations import prepare, revise, upgrade

WAIT_S = 600.0
"""An init container that ends is started again."""


def main() -> None:
    """Upgrade; `wait` ends when another process has done so, `revise MESSAGE` writes a new
    migration, `prepare REVISION` makes an empty database ready for a backup of that schema."""
    url = settings().database_url
    if url is None:
        sys.exit("No database: set TESSERA_DATABASE_URL (see `tessera doctor`).")
    if sys.argv[1:2] == ["revise"]:
        revise(url, " ".join(sys.argv[2:]) or "change")
    elif sys.argv[1:2] == ["prepare"]:
        _prepare(url, *sys.argv[2:3])
    elif sys.argv[1:2] == ["wait"]:
        _wait()
    else:
        upgrade(url)


def _wait() -> None:
    """Until the database has all tables of this version."""
    until = time.monotonic() + WAIT_S
    while wrong := _wrong():
        if time.monotonic() > until:
            sys.exit(f"Waited for {WAIT_S:.0f} s: {wrong}")
        time.sleep(1)


def _wrong() -> str | None:
    try:
        return schema.difference().told()
    except ABSENT as error:
        return f"the database does not answer: {type(error).__name__}."


def _prepare(url: str, revision: str = "") -> None:
    try:
        prepare(url, revision)
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
