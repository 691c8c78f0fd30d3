"""`python -m core.integrity COMMAND`: events as JSON lines on stdout.

Exit codes: 0 all is well, 2 findings, 3 a refusal (a `failed` event says why).
Each command loads what it needs: a restore runs three of them, one after the other.
"""

import argparse
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DBAPIError

from core.errors import TesseraError
from core.integrity import archive
from core.integrity.events import tell
from core.store import open_store

FINDINGS, REFUSED = 2, 3


def _verify(_: argparse.Namespace) -> int:
    from core.integrity import schema, verify

    schema.require()
    found = 0
    for finding in verify.findings(open_store()):
        found += 1
        tell("finding", **finding._asdict())
    tell("verified", findings=found)
    return FINDINGS if found else 0


def _backup(options: argparse.Namespace) -> int:
    from core.integrity import backup, schema

    schema.require()
    written = backup.write(open_store(), options.file, incomplete=options.incomplete)
    tell("written", **asdict(written))
    return 0


def _inspect(options: argparse.Namespace) -> int:
    header = archive.check(options.file)
    tell("inspected", revision=header.revision)
    return 0


def _empty(options: argparse.Namespace) -> int:
    from core.integrity import restore

    restore.require_empty(open_store(), options.file)
    tell("empty")
    return 0


def _restore(options: argparse.Namespace) -> int:
    from core.integrity import restore

    tell("restored", **asdict(restore.load(open_store(), options.file)))
    return 0


def _gc(options: argparse.Namespace) -> int:
    from core.integrity import garbage, schema
    from core.settings import settings

    schema.require()
    age_h = settings().garbage_age_h if options.age_h is None else options.age_h
    done = garbage.collect(open_store(), age_h=age_h, dry_run=options.dry_run)
    tell("collected", **asdict(done), age_h=age_h, dry_run=options.dry_run)
    return 0


FILE_COMMANDS = {"backup": _backup, "inspect": _inspect, "empty": _empty, "restore": _restore}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m core.integrity", description=__doc__)
    commands: Any = parser.add_subparsers(required=True)
    commands.add_parser("verify").set_defaults(work=_verify)
    for name, work in FILE_COMMANDS.items():
        command = commands.add_parser(name)
        command.add_argument("file", type=Path)
        command.add_argument("--incomplete", action="store_true")
        command.set_defaults(work=work)
    gc = commands.add_parser("gc")
    gc.add_argument("--age-h", type=float)
    gc.add_argument("--dry-run", action="store_true")
    gc.set_defaults(work=_gc)
    return parser.parse_args()


def main() -> int:
    """Do what the command line asks."""
    options = _options()
    # Asked to end, it clears away what it has begun, as with Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        code: int = options.work(options)
    except TesseraError as error:
        tell("failed", error=error.code(), text=error.detail)
        return REFUSED
    except DBAPIError as error:
        tell("failed", error="database", text=f"The database gave up: {error.orig}")
        return REFUSED
    except OSError as error:
        tell("failed", error="os", text=str(error))
        return REFUSED
    return code


if __name__ == "__main__":
    sys.exit(main())
