"""`python -m tests.mutation GROUP`: small faults in the code, one after the other; tests notice.

Each mutant is the code with one thing changed, and only tests of its module that call it are run.
A sample is drawn by seed. What became of each is written to a file, from which `--again` takes
those that survived, to be tried once more after tests have been added.
"""

import argparse
import json
import os
import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

from tests.mutation import functions
from tests.mutation.groups import GROUPS

FOLDER = Path(".tessera/mutation").absolute()


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
    parser.add_argument("--again", action="store_true", help="only those that survived last time")
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
    from tests.mutation import statements, trying  # the same

    file = FOLDER / f"{name}.json"
    found: dict[str, str] = json.loads(file.read_text()) if options.again else {}
    survived = [each for each in found if found[each] != "killed"]

    def told(mutant: str, outcome: str) -> None:
        found[mutant] = outcome
        FOLDER.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(found, indent=1) + "\n")

    def wanted(modules: Sequence[str]) -> list[str]:
        return survived if options.again else _drawn(modules, options)

    trying.outcomes(GROUPS[name], wanted, told)
    return _summary(name, found, statements.shown)


def _drawn(modules: Sequence[str], options: argparse.Namespace) -> list[str]:
    """The mutants that are tried, in an order that makes those before a break a sample too."""
    from tests.mutation import statements

    chance = random.Random(options.seed)
    drawn: list[str] = []
    for module in modules:
        for each in (functions.NAMES[module], statements.names(module)):
            wanted = [name for name in each if options.match in name]
            drawn += chance.sample(wanted, min(options.sample or len(wanted), len(wanted)))
    chance.shuffle(drawn)
    return drawn


def _summary(name: str, found: Mapping[str, str], shown: Callable[[str], str]) -> str:
    """How many were noticed, by module, and which were not."""
    kinds = sorted({_kind(each) for each in found})
    lines = [f"{name}: {_share(list(found.values()))}"]
    lines += [
        f"  {kind}: {_share([found[m] for m in found if _kind(m) == kind])}" for kind in kinds
    ]
    for each in sorted(each for each in found if found[each] != "killed"):
        lines.append(f"  {found[each]}: {each} {shown(each) if ':' in each else ''}".rstrip())
    return "\n".join(lines) + "\n"


def _share(outcomes: Sequence[str]) -> str:
    killed = sum(each == "killed" for each in outcomes)
    return f"{killed} of {len(outcomes)} killed ({killed / max(1, len(outcomes)):.1%})"


def _kind(mutant: str) -> str:
    return f"{mutant.split(':')[0]} (SQL)" if ":" in mutant else mutant.rpartition(".")[0]


if __name__ == "__main__":
    sys.exit(main())
