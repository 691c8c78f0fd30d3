"""`python -m tests.mutation GROUP`: small faults in the code, one after the other; tests notice.

Each mutant is the code with one thing changed, and only tests of its module that call it are run.
A sample is drawn by seed. What became of each is written to a file, from which `--again` takes
those that survived, to be tried once more after tests have been added, and to which `--more` adds.
"""

import argparse
import json
import os
import random
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from tests.mutation import functions
from tests.mutation.groups import GROUPS

FOLDER = Path(".tessera/mutation").absolute()
NOTICED = ("killed", "timeout")
Found = dict[str, dict[str, Any]]
"""What became of each mutant, as `trying.Outcome` says it."""


def main() -> int:
    options = _options()
    groups = options.groups or list(GROUPS)
    functions.install(path for name in groups for path in GROUPS[name].modules)
    with nullcontext() if all(GROUPS[name].pure for name in groups) else _services():
        for name in groups:
            sys.stdout.write(_group(name, options))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("groups", nargs="*", help=f"of {', '.join(GROUPS)}; all, unless named")
    parser.add_argument("--sample", type=int, help="so many mutants of each module")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument(
        "--again", action="store_true", help="only those that survived or hung last time"
    )
    parser.add_argument("--more", action="store_true", help="beside those tried before")
    parser.add_argument("--match", default="", help="only mutants with this in their name")
    return parser.parse_args()


@contextmanager
def _services() -> Iterator[None]:
    """A PostgreSQL with a migrated database and a Redis, for all mutants."""
    from tests import services  # loads much of core, which has to come with its mutants

    with (
        services.postgres_server() as postgres,
        services.redis_server() as redis,
        services.template_database(postgres) as template,
    ):
        os.environ["TESSERA_TEST_DATABASE_URL"] = postgres
        os.environ["TESSERA_TEST_REDIS_URL"] = redis
        os.environ["TESSERA_TEST_TEMPLATE"] = template
        yield


def _group(name: str, options: argparse.Namespace) -> str:
    from tests.mutation import trying  # the same

    file = FOLDER / f"{name}.json"
    kept = options.again or options.more
    found: Found = json.loads(file.read_text()) if kept else {}

    def told(mutant: str, outcome: trying.Outcome) -> None:
        found[mutant] = outcome._asdict()
        FOLDER.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(found, indent=1) + "\n")

    def wanted(modules: Sequence[str]) -> list[str]:
        return _doubtful(found, options) if options.again else _drawn(modules, found, options)

    trying.outcomes(GROUPS[name], wanted, told)
    return _summary(name, found)


def _doubtful(found: Found, options: argparse.Namespace) -> list[str]:
    """Those that survived, and those that hung: that may have been the machine."""
    doubtful = (each for each in sorted(found) if found[each]["what"] != "killed")
    return [each for each in doubtful if options.match in each]


def _drawn(
    modules: Sequence[str], tried: Collection[str], options: argparse.Namespace
) -> list[str]:
    """The mutants that are tried, in an order that makes those before a break a sample too."""
    from tests.mutation import statements

    chance = random.Random(options.seed)
    drawn: list[str] = []
    for module in modules:
        for each in (functions.NAMES[module], statements.names(module)):
            wanted = [name for name in each if options.match in name and name not in tried]
            drawn += chance.sample(wanted, min(options.sample or len(wanted), len(wanted)))
    chance.shuffle(drawn)
    return drawn


def _summary(name: str, found: Found) -> str:
    """How many were noticed, by module, and which were not; which hung, too."""
    from tests.mutation import statements

    what = {each: found[each]["what"] for each in sorted(found)}
    lines = [f"{name}: {_share(what.values())}"]
    for kind in sorted({_kind(each) for each in what}):
        lines.append(f"  {kind}: {_share(what[each] for each in what if _kind(each) == kind)}")
    for each in what:
        if what[each] != "killed":
            shown = (statements if ":" in each else functions).shown(each)
            lines.append(f"  {what[each]}: {each} {shown}")
    return "\n".join(lines) + "\n"


def _share(outcomes: Iterable[str]) -> str:
    noticed = [each in NOTICED for each in outcomes]
    share = sum(noticed) / max(1, len(noticed))
    return f"{sum(noticed)} of {len(noticed)} noticed ({share:.1%})"


def _kind(mutant: str) -> str:
    return f"{mutant.split(':')[0]} (SQL)" if ":" in mutant else mutant.rpartition(".")[0]


if __name__ == "__main__":
    sys.exit(main())
