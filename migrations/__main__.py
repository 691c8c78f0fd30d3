"""`python -m migrations`: bring the database of the settings to the newest schema."""

import sys

from core.settings import settings
from migrations import prepare, revise, upgrade


def main() -> None:
    """Upgrade; `revise MESSAGE` writes a new migration, `prepare REVISION` makes an empty
    database ready for a backup of that schema."""
    url = settings().database_url
    if url is None:
        sys.exit("No database: set TESSERA_DATABASE_URL (see `tessera doctor`).")
    if sys.argv[1:2] == ["revise"]:
        revise(url, " ".join(sys.argv[2:]) or "change")
    elif sys.argv[1:2] == ["prepare"]:
        _prepare(url, *sys.argv[2:3])
    else:
        upgrade(url)


def _prepare(url: str, revision: str = "") -> None:
    try:
        prepare(url, revision)
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
