"""`python -m tests.faults`: the whole campaign, until so many rounds or minutes are over.

Every round has a seed, by which whatever was drawn in it can be drawn again. The rules between
rows are checked all the time, beside the running service; after each round everything is.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests import services
from tests.faults import rounds
from tests.faults.arena import machines
from tests.faults.rounds import Outcome, Setting
from tests.worker import campaign

CELLS_OF_A_SCENE = (campaign.WIDTH // campaign.CELL_PX) * (campaign.HEIGHT // campaign.CELL_PX)


def main() -> int:
    options = _options()
    outcomes = []
    for outcome in _played(options):
        outcomes.append(outcome)
        sys.stderr.write(_line(outcome))
        if options.json:
            options.json.write_text(json.dumps(report(outcomes), indent=2) + "\n")
    sys.stdout.write(_summary(report(outcomes)))
    return 0 if all(each.verdict.good for each in outcomes) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seeds", type=int, default=25, help="rounds, of seeds 0 and up")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--minutes", type=float, default=60, help="no new round after this long")
    parser.add_argument("--regions", type=int, default=400, help="submits of a round")
    parser.add_argument("--json", type=Path, help="the report, written after every round")
    parser.add_argument("--logs", type=Path, help="keep the logs of each round in this folder")
    return parser.parse_args()


def _played(options: argparse.Namespace) -> Iterator[Outcome]:
    until = time.monotonic() + 60 * options.minutes
    with (
        tempfile.TemporaryDirectory(prefix="tessera-") as name,
        machines() as parts,
        services.template_database(parts[0].url) as template,
    ):
        scenes = Path(name) / "scenes"
        scenes.mkdir()
        campaign.draw(scenes, pool=-(-options.regions // CELLS_OF_A_SCENE))
        setting = Setting(parts, template, scenes, options.regions)
        for seed in range(options.first, options.first + options.seeds):
            if time.monotonic() < until:
                folder = Path(name) / str(seed)
                yield rounds.play(setting, folder, seed=seed)
                _keep_logs(folder, options.logs)


def _keep_logs(folder: Path, into: Path | None) -> None:
    """What the parts of a round wrote, under the name of its seed; a folder that has it already
    gets the newer ones."""
    if into is None:
        return
    kept = into / folder.name
    kept.mkdir(parents=True, exist_ok=True)
    for log in (*folder.glob("*.log"), *folder.glob("*.jsonl")):
        shutil.copy(log, kept)


def report(outcomes: list[Outcome]) -> dict[str, Any]:
    """All rounds together, and what was wrong in each."""
    faults, points = Counter[str](), Counter[str]()
    for each in outcomes:
        faults.update(each.faults)
        points.update(each.points)
    verdicts = {each.seed: asdict(each.verdict) for each in outcomes if not each.verdict.good}
    return {
        "seeds": [each.seed for each in outcomes],
        "minutes": round(sum(each.seconds for each in outcomes) / 60, 1),
        "kills": sum(each.kills for each in outcomes),
        "acknowledged": sum(each.acknowledged for each in outcomes),
        "repeated": sum(each.repeated for each in outcomes),
        "drafts": sum(each.drafts for each in outcomes),
        "retried_stages": sum(each.retried_stages for each in outcomes),
        "lost": sum(len(each.verdict.lost) for each in outcomes),
        "doubled": sum(len(each.verdict.doubled) for each in outcomes),
        "stuck": sum(len(each.verdict.stuck) for each in outcomes),
        "wrong": sum(len(each.verdict.wrong) for each in outcomes),
        "faults": dict(faults.most_common()),
        "named_points": dict(points.most_common()),
        "verdicts": verdicts,
    }


def _line(outcome: Outcome) -> str:
    verdict = "good" if outcome.verdict.good else f"BAD {outcome.verdict}"
    return (
        f"seed {outcome.seed}: {outcome.seconds:.0f} s, {outcome.acknowledged} acknowledged, "
        f"{outcome.kills} kills, {verdict}\n"
    )


def _summary(told: dict[str, Any]) -> str:
    return json.dumps({name: told[name] for name in told if name != "verdicts"}, indent=2) + "\n"


if __name__ == "__main__":
    sys.exit(main())
