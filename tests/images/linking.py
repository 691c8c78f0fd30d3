"""What pip would install, as links to what this Python has."""

import tomllib
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]


def link(wanted: str, venv: Path) -> None:
    """A requirement and all that it needs; `.[extras]` is what the project asks for, and is left to
    pip itself."""
    [target] = venv.glob("lib/python*/site-packages")
    about = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = [wanted]
    if wanted.startswith("."):
        extras = Requirement(f"tessera{wanted[1:]}").extras
        optional = about["project"]["optional-dependencies"]
        asked = about["project"]["dependencies"] + [
            need for each in extras for need in optional[each]
        ]
    for distribution in _closure([*asked, *about["build-system"]["requires"]]):
        tops = {file.parts[0] for file in distribution.files or ()} - {"..", "__pycache__"}
        for top in tops:
            if not (target / top).exists():
                (target / top).symlink_to(Path(str(distribution.locate_file(top))))


def _closure(asked: Iterable[str]) -> list[metadata.Distribution]:
    seen = set[tuple[str, str]]()
    waiting = [Requirement(each) for each in asked]
    while waiting:
        need = waiting.pop()
        for extra in ("", *need.extras):
            if (need.name, extra) not in seen:
                seen.add((need.name, extra))
                waiting += _needs(need.name, extra)
    return [metadata.distribution(name) for name in sorted({name for name, _ in seen})]


def _needs(name: str, extra: str) -> list[Requirement]:
    """What a package asks for here, with one of its extras or with none."""
    needs = map(Requirement, metadata.requires(name) or ())
    return [each for each in needs if not each.marker or each.marker.evaluate({"extra": extra})]
