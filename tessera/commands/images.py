"""`tessera images`: what a project's images are tagged with."""

from pathlib import Path
from typing import Annotated

import typer

from tessera.client import Image, SegmentClass
from tessera.commands.connection import AsJson, ProjectName, Token, Url, find_project, signed_in
from tessera.commands.output import say, show_json, show_table

app = typer.Typer(no_args_is_help=True, help="Images: sizes, masks, tags.")


@app.command("list")
def list_images(
    project: ProjectName, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """The images of a project."""
    with signed_in(url, token) as client:
        found = find_project(client, project)
        images = list(client.images(found.id))
        if as_json:
            return show_json(images)
        names = {each.value: each.name for each in found.classes}
        columns = ["id", "split", "name", "width", "height", "mask", "tags"]
        show_table(columns, [_row(each, names) for each in images])


@app.command()
def tag(
    image: Annotated[int, typer.Argument(help="Id of the image.")],
    project: ProjectName,
    tags: Annotated[
        list[str] | None, typer.Argument(help="Classes somewhere in the image; none: it has none.")
    ] = None,
    forget: Annotated[
        bool, typer.Option("--forget", help="Take back that anybody said anything.")
    ] = False,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Say which classes are somewhere in an image, without saying where."""
    with signed_in(url, token) as client:
        classes = find_project(client, project).classes
        values = None if forget else _values(tags or [], classes)
        found = client.put_tags(image, values)
        if as_json:
            return show_json(found)
        names = {each.value: each.name for each in classes}
        say(f"{found.split}/{found.name}: {_told(found, names)}")


@app.command()
def fetch(
    image: Annotated[int, typer.Argument(help="Id of the image.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write.")],
    mask: Annotated[bool, typer.Option("--mask", help="The true mask, if there is one.")] = False,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Download an image, upright, or its ground truth."""
    with signed_in(url, token) as client:
        about = client.image(image)
        data = client.image_mask(image) if mask else client.image_pixels(image)
        out.write_bytes(data)
        show_json(about) if as_json else say(f"{about.split}/{about.name}: {len(data)} bytes")


def _values(names: list[str], classes: list[SegmentClass]) -> list[int]:
    values = {each.name: each.value for each in classes}
    strange = [name for name in names if name not in values]
    if strange:
        raise ValueError(f"expected classes of the project, {', '.join(values)}; given {strange}")
    return [values[name] for name in names]


def _row(image: Image, names: dict[int, str]) -> tuple[object, ...]:
    mask = "yes" if image.has_mask else ""
    head = image.id, image.split, image.name, image.width, image.height, mask
    return *head, _told(image, names)


def _told(image: Image, names: dict[int, str]) -> str:
    if image.tags is None:
        return ""
    return ", ".join(names.get(value, str(value)) for value in image.tags) or "no class"
