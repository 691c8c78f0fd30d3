"""`tessera projects`: what is annotated, with which classes and recipe."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from tessera.client import Project
from tessera.commands.connection import AsJson, Token, Url, find_project, signed_in
from tessera.commands.output import console, say, show_data, show_json, show_list, show_table
from tessera.dataset import read_classes
from tessera.figures import campaign_table

app = typer.Typer(no_args_is_help=True, help="Projects: classes, recipe, images, results.")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="A short unique name.")],
    classes: Annotated[Path, typer.Option(help="classes.json, or the folder that holds it.")],
    cell: Annotated[int, typer.Option(help="Side of a grid cell in pixels.")],
    recipe: Annotated[str, typer.Option(help="How models are trained.")] = "s4al",
    change: Annotated[
        list[str] | None, typer.Option("--set", help="Recipe field, as schedule.steps=2000.")
    ] = None,
    title: str = "",
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Create a project from a classes.json."""
    with signed_in(url, token) as client:
        project = client.create_project(
            name,
            title=title,
            cell_px=cell,
            classes=read_classes(classes),
            recipe=recipe,
            overrides=nested(change or []),
        )
        if as_json:
            return show_json(project)
        say(f"project {project.name} (id {project.id}) with {len(project.classes)} classes")


@app.command("list")
def list_projects(url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """The projects that you can see."""
    with signed_in(url, token) as client:
        projects = list(client.projects())
        if as_json:
            return show_json(projects)
        show_table(["id", "name", "recipe", "classes", "pool", "val", "test"], map(_row, projects))


@app.command()
def show(
    project: Annotated[str, typer.Argument(help="Name or id.")],
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """One project, and what every cycle gave."""
    with signed_in(url, token) as client:
        found = find_project(client, project)
        metrics = client.project_metrics(found.id)
        if as_json:
            both = {"project": found, "metrics": metrics}
            return show_data({name: m.model_dump(mode="json") for name, m in both.items()})
        say(f"{found.title or found.name} (id {found.id}), recipe {found.recipe.name}")
        say(", ".join(f"{each.value} {each.name}" for each in found.classes))
        console().print(campaign_table(metrics.cycles))


@app.command("cells")
def list_cell_sizes(
    project: Annotated[str, typer.Argument(help="Name or id.")],
    size: Annotated[list[int] | None, typer.Option(help="Side in pixels; several times.")] = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """What sizes of cells would mean: how many there are, and the clicks that one takes."""
    with signed_in(url, token) as client:
        found = client.cell_sizes(find_project(client, project).id, size or ())
        show_list(found, ["cell_px", "cells", "clicks_per_cell", "one_class_share"], as_json)


@app.command()
def change(
    project: Annotated[str, typer.Argument(help="Name or id.")],
    title: Annotated[str | None, typer.Option(help="What people read.")] = None,
    recipe: Annotated[str | None, typer.Option(help="How models are trained from now on.")] = None,
    change: Annotated[
        list[str] | None, typer.Option("--set", help="Recipe field, as schedule.steps=2000.")
    ] = None,
    classes: Annotated[
        Path | None, typer.Option(help="A classes.json that takes the place of the classes.")
    ] = None,
    cell: Annotated[
        int | None, typer.Option(help="Side of a cell; before the first cycle.")
    ] = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Another title, recipe or list of classes; --set goes with --recipe."""
    with signed_in(url, token) as client:
        if change and recipe is None:
            raise ValueError("expected --recipe with --set: overrides belong to a recipe's name")
        found = find_project(client, project).id
        if classes:
            client.put_classes(found, read_classes(classes))
        told = {"recipe": recipe, "overrides": nested(change or [])}
        changed = client.update_project(found, title=title, cell_px=cell, **told)  # type: ignore[arg-type]
        if as_json:
            return show_json(changed)
        say(f"project {changed.name}: {changed.title}, recipe {changed.recipe.name}")


def nested(changes: list[str]) -> dict[str, Any]:
    """`schedule.steps=200` becomes {"schedule": {"steps": 200}}; values are JSON, else text."""
    tree: dict[str, Any] = {}
    for change in changes:
        path, equals, value = change.partition("=")
        if not path or not equals:
            raise ValueError(f"expected field=value, as schedule.steps=200; given {change!r}")
        *parents, leaf = path.split(".")
        node = tree
        for parent in parents:
            node = node.setdefault(parent, {})
        node[leaf] = _value(value)
    return tree


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _row(project: Project) -> tuple[object, ...]:
    images = project.images
    head = project.id, project.name, project.recipe.name, len(project.classes)
    return *head, images.pool, images.val, images.test
