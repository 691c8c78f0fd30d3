"""`python -m benchmarks.queue_load`: a table, or with `--json` one JSON object."""

import argparse
import sys
from functools import partial

from benchmarks import show
from benchmarks.queue_load import __doc__ as about
from benchmarks.queue_load import measured, sizes
from benchmarks.queue_load.modes import MODES, soak


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--quick", action="store_true", help="short, under 45 s")
    parser.add_argument("--annotators", type=int, help="at a person's pace (100)")
    parser.add_argument("--seconds", type=float, help="of each stretch (60, quick 3)")
    parser.add_argument("--cells", type=int, help="open in the short queue (10000)")
    parser.add_argument("--many-cells", type=int, help="in the long one (1000000, quick 100000)")
    parser.add_argument("--modes", nargs="+", choices=MODES, default=list(MODES))
    parser.add_argument("--soak", type=float, metavar="MINUTES", help="a person's pace, for long")
    return parser.parse_args()


def main() -> None:
    """Measure, show, and end with status 1 when log and database disagree."""
    asked = options()
    wanted = sizes(quick=asked.quick)
    wanted |= {key: given for key in wanted if (given := getattr(asked, key)) is not None}
    modes = [MODES[name] for name in asked.modes]
    if asked.soak:
        modes = [partial(soak, minutes=asked.soak)]
    found, complaints = measured(modes, **wanted)
    show(found, wanted | {"quick": asked.quick, "complaints": complaints}, as_json=asked.json)
    sys.exit("\n".join(complaints[:20]) or 0)


if __name__ == "__main__":
    main()
