"""Words of `tessera images` that tell what is labelled in them and what models made of them."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from tessera.commands.connection import AsJson, ProjectName, Token, Url, find_project, signed_in
from tessera.commands.output import say, show_data, show_json, show_list, show_table

Cycle = Annotated[int, typer.Argument(metavar="CYCLE", help="Id of a cycle.")]
Image = Annotated[int, typer.Argument(metavar="IMAGE", help="Id of an image.")]
Out = Annotated[Path, typer.Option("--out", "-o", help="A PNG to write.")]


def rows(
    project: ProjectName,
    split: Annotated[Literal["pool", "val", "test"] | None, typer.Option()] = None,
    labelled: Annotated[Literal["none", "some", "whole"] | None, typer.Option()] = None,
    value: Annotated[int | None, typer.Option(help="Value of a class in it.")] = None,
    order: Annotated[Literal["name", "score"], typer.Option()] = "name",
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Images with their labelled share and mean score."""
    with signed_in(url, token) as client:
        where = find_project(client, project).id
        found = client.image_rows(
            where, split=split, labelled=labelled, class_value=value, order=order
        )
        if as_json:
            return show_json(found)
        cells = (
            [r.image.id, r.image.split, r.image.name, r.labelled_share, r.score] for r in found
        )
        show_table(["id", "split", "name", "labelled_share", "score"], cells)


def regions(image: Image, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """The regions of an image that cycles have asked for."""
    with signed_in(url, token) as client:
        show_list(client.image_regions(image), ["id", "cycle_id", "state", "rank"], as_json)


def labels(
    image: Image, out: Out, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """What is labelled of an image now, as a PNG of class values."""
    with signed_in(url, token) as client:
        out.write_bytes(client.image_labels(image))
        show_data({"image": image, "file": str(out)}) if as_json else say(str(out))


def cycle_prediction(
    cycle: Cycle, image: Image, out: Out, url: Url = None, token: Token = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """What a cycle's model sees in a val or test image, as a PNG of class values."""
    with signed_in(url, token) as client:
        out.write_bytes(client.cycle_prediction(cycle, image))
        show_data({"image": image, "file": str(out)}) if as_json else say(str(out))


def cells(
    cycle: Cycle, image: Image, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """Scores of a pool image's cells, row by row."""
    with signed_in(url, token) as client:
        found = client.cells(cycle, image)
        if as_json:
            return show_json(found)
        show_table([str(i) for i in range(len(found.scores[0]))], found.scores)


def mistakes(
    cycle: Cycle,
    truth: Annotated[int, typer.Argument(help="Value of the class that it is.")],
    given: Annotated[int, typer.Argument(help="Value that the model took it for.")],
    split: Annotated[Literal["val", "test"], typer.Option()] = "val",
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Images in which a cycle's model took one class for another."""
    with signed_in(url, token) as client:
        found = client.mistakes(cycle, truth=truth, given=given, split=split)
        show_list(found, ["image_id", "name", "pixels", "accuracy"], as_json)


def region_confusion(
    cycle: Cycle, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """What a cycle suggested (columns) against what people labelled (rows), in pixels."""
    with signed_in(url, token) as client:
        found = client.region_confusion(cycle)
        if as_json:
            return show_json(found)
        names = [each.name for each in client.classes(client.cycle(cycle).project_id)]
        rows = ([name, *row] for name, row in zip(names, found.pixels, strict=False))
        show_table(["", *names], rows, f"{found.regions} regions of cycle {found.number}")


def region_mistakes(
    cycle: Cycle,
    truth: Annotated[int, typer.Argument(help="Value of the class that people labelled.")],
    given: Annotated[int, typer.Argument(help="Value of the class that was suggested.")],
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Regions where people labelled one class and another was suggested."""
    with signed_in(url, token) as client:
        found = client.region_mistakes(cycle, truth=truth, given=given)
        show_list(found, ["region_id", "image_id", "image_name", "user_id", "pixels"], as_json)
