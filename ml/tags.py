"""`tags.csv`: which classes are somewhere in images, without saying where.

A line an image: its name, then names of classes, in columns. No line: nobody said; a name alone:
none of the classes.
"""

import csv
import io
from collections.abc import Container, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

FILE = "tags.csv"
HEADER = "image"


class Line(NamedTuple):
    """An image by its name and the values of its tags, or what is wrong with the line."""

    name: str
    values: tuple[int, ...] = ()
    problem: str = ""


def lines(content: bytes, names: Sequence[str], suffixes: Container[str]) -> Iterator[Line]:
    """Of a file; `names` are those of the classes by value, `suffixes` those of images, which their
    names may have here."""
    seen: set[str] = set()
    try:
        text = io.StringIO(content.decode("utf-8-sig"))
        for row in csv.reader(text, strict=True):
            cells = [cell.strip() for cell in row]
            if any(cells) and cells[0] != HEADER:
                path = Path(cells[0])
                name = path.stem if path.suffix.lower() in suffixes else cells[0]
                yield _line(name, [cell for cell in cells[1:] if cell], names=names, seen=seen)
    except UnicodeDecodeError:
        yield Line("", problem="Expected UTF-8 text.")
    except csv.Error as error:
        yield Line("", problem=f"Expected lines as a.png,car,road: {error}.")


def _line(name: str, given: Sequence[str], *, names: Sequence[str], seen: set[str]) -> Line:
    strange = [each for each in given if each not in names]
    if strange:
        return Line(
            name, problem=f"{name}: {strange} are no classes; expected some of {list(names)}."
        )
    if name in seen:
        return Line(name, problem=f"{name} has two lines; keep one.")
    seen.add(name)
    return Line(name, tuple(sorted({names.index(each) for each in given})))
