"""Tags of images: which classes are somewhere in them, without saying where."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.orm import Session

from core import audit, layouts, projects
from core.errors import Invalid, TesseraError
from core.models import Image, User

FILE = "tags.csv"
HEADER = "image"


class Tagged(NamedTuple):
    """A line of a tags.csv: its image by split and name, the values of its tags, or what is wrong
    with the line."""

    file: str
    split: str
    name: str
    values: tuple[int, ...] = ()
    problem: str = ""


def put(db: Session, image: Image, values: Sequence[int] | None, *, by: User) -> Image:
    """Replace an image's tags; None takes back that anybody said. Raises Invalid for values that
    are no classes of the project."""
    known = {each.value for each in projects.classes(db, image.project_id)}
    strange = sorted(set(values or ()) - known)
    if strange:
        raise Invalid(f"Tags are values of classes, 0 to {max(known)} here; given {strange}.")
    image.tags = None if values is None else sorted(set(values))
    db.flush()
    audit.record(
        db,
        "image.tagged",
        project_id=image.project_id,
        user_id=by.id,
        image_id=image.id,
        tags=image.tags,
    )
    return image


def of_folder(
    root: Path, layout: str, names: Sequence[str], read: Callable[[Path], bytes]
) -> Iterator[Tagged]:
    """The lines of each split's tags.csv: an image's name, then class names, in columns."""
    values = {name: value for value, name in enumerate(names)}
    for folder, split in layouts.named(layout).TAGGED:
        path = root / folder / FILE
        if not path.exists():
            continue
        file = str(path.relative_to(root))
        try:
            text = read(path).decode("utf-8-sig")
        except TesseraError as error:
            yield Tagged(file, split, "", problem=error.detail)
            continue
        except UnicodeDecodeError:
            yield Tagged(file, split, "", problem="Expected UTF-8 text.")
            continue
        yield from _lines(file, split, text, values)


def _lines(file: str, split: str, text: str, values: dict[str, int]) -> Iterator[Tagged]:
    seen: set[str] = set()
    try:
        for row in csv.reader(io.StringIO(text), strict=True):
            cells = [cell.strip() for cell in row]
            if not any(cells) or cells[0] == HEADER:
                continue
            yield _line(file, split, cells, values=values, seen=seen)
    except csv.Error as error:
        yield Tagged(file, split, "", problem=f"Expected lines as a.png,car,road: {error}.")


def _line(
    file: str, split: str, cells: list[str], *, values: dict[str, int], seen: set[str]
) -> Tagged:
    name = Path(cells[0]).stem if Path(cells[0]).suffix in layouts.SUFFIXES else cells[0]
    given = [cell for cell in cells[1:] if cell]
    strange = [cell for cell in given if cell not in values]
    problem = ""
    if strange:
        problem = f"{cells[0]}: {strange} are no classes; expected some of {list(values)}."
    elif name in seen:
        problem = f"{cells[0]} has two lines; keep one."
    seen.add(name)
    found = tuple(sorted({values[cell] for cell in given if cell in values}))
    return Tagged(file, split, name, found, problem)
