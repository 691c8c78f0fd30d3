"""`python -m core.integrity COMMAND`: events as JSON lines on stdout.

Exit codes: 0 all is well, 2 findings, 3 a refusal (a `failed` event says why).
"""

import argparse
import sys
from dataclasses import asdict
from typing import Any

from sqlalchemy.exc import DBAPIError

from core.errors import TesseraError
from core.integrity import garbage, schema, verify
from core.integrity.events import tell
from core.settings import settings
from core.store import open_store

FINDINGS, REFUSED = 2, 3


def _verify(_: argparse.Namespace) -> int:
    found = 0
    for finding in verify.findings(open_store()):
        found += 1
        tell("finding", **finding._asdict())
    tell("verified", findings=found)
    return FINDINGS if found else 0


def _gc(options: argparse.Namespace) -> int:
    age_h = settings().garbage_age_h if options.age_h is None else options.age_h
    done = garbage.collect(open_store(), age_h=age_h, dry_run=options.dry_run)
    tell("collected", **asdict(done), age_h=age_h, dry_run=options.dry_run)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m core.integrity", description=__doc__)
    commands: Any = parser.add_subparsers(required=True)
    commands.add_parser("verify").set_defaults(work=_verify)
    gc = commands.add_parser("gc")
    gc.add_argument("--age-h", type=float)
    gc.add_argument("--dry-run", action="store_true")
    gc.set_defaults(work=_gc)
    return parser.parse_args()


def main() -> int:
    """Do what the command line asks."""
    options = _options()
    try:
        schema.require()
        code: int = options.work(options)
    except TesseraError as error:
        tell("failed", error=error.code(), text=error.detail)
        return REFUSED
    except DBAPIError as error:
        tell("failed", error="database", text=f"The database gave up: {error.orig}")
        return REFUSED
    return code


if __name__ == "__main__":
    sys.exit(main())
