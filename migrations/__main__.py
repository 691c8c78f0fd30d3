"""`python -m migrations`: bring the database of the settings to the newest schema."""

import sys

from core.settings import settings
from migrations import revise, upgrade


def main() -> None:
    """Upgrade; `revise MESSAGE` writes a new migration instead."""
    url = settings().database_url
    if url is None:
        sys.exit("No database: set TESSERA_DATABASE_URL (see `tessera doctor`).")
    if sys.argv[1:2] == ["revise"]:
        revise(url, " ".join(sys.argv[2:]) or "change")
    else:
        upgrade(url)


if __name__ == "__main__":
    main()
