"""Tags of images: which classes are somewhere in them, without saying where."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.orm import Session

from core import audit, layouts, projects
from core.errors import Invalid, TesseraError
from core.models import Image, User
from ml.tags import FILE, lines


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


def lie_in(root: Path, layout: str) -> bool:
    """Whether a folder in this layout has tags of images."""
    return any((root / folder / FILE).exists() for folder, _ in layouts.named(layout).TAGGED)


def of_folder(
    root: Path, layout: str, names: Sequence[str], read: Callable[[Path], bytes]
) -> Iterator[Tagged]:
    """The lines of each split's tags.csv: an image's name, then class names, in columns."""
    for folder, split in layouts.named(layout).TAGGED:
        path = root / folder / FILE
        if not path.exists():
            continue
        file = str(path.relative_to(root))
        try:
            content = read(path)
        except TesseraError as error:
            yield Tagged(file, split, "", problem=error.detail)
            continue
        for line in lines(content, names, layouts.SUFFIXES):
            yield Tagged(file, split, *line)
