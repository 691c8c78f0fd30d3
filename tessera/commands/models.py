"""`tessera models`: what was trained, and its weights."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from tessera.client.models import ModelRow
from tessera.commands.connection import (
    AsJson,
    ProjectName,
    Token,
    Url,
    fail,
    find_project,
    signed_in,
)
from tessera.commands.output import console, say, show_data, show_list

app = typer.Typer(no_args_is_help=True, help="Models: figures and weights.")


@app.command("list")
def list_models(
    project: ProjectName, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """A project's models, newest first."""
    with signed_in(url, token) as client:
        columns = ["id", "cycle_number", "recipe", "labelled_share", "val_miou", "test_miou"]
        show_list(client.models(find_project(client, project).id), columns, as_json)


@app.command()
def suggest(
    project: ProjectName,
    cycle: Annotated[
        int | None, typer.Option(help="The model of the cycle of this number; else each own.")
    ] = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Choose whose suggestions people see from the next selection on; without --cycle each
    cycle's own model makes them again."""
    with signed_in(url, token) as client:
        project_id = find_project(client, project).id
        chosen = None if cycle is None else _of_cycle(client.models(project_id), cycle).id
        client.suggest_with(project_id, chosen)
        told = client.model_rows(project_id).model_dump(mode="json", exclude={"items"})
    made_by = "each cycle's own model" if cycle is None else f"the model of cycle {cycle}"
    show_data(told) if as_json else say(f"Suggestions of the next regions: {made_by}.")


@app.command()
def compare(
    project: ProjectName,
    cycle: Annotated[int, typer.Option(help="The model of the cycle of this number.")],
    other: Annotated[int, typer.Option(help="The one to compare it with.")],
    split: Annotated[str, typer.Option(help="val or test.")] = "val",
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """The images on which two models differ most, with the mIoU of both."""
    if split not in ("val", "test"):
        raise ValueError(f"expected the split val or test; given {split}")
    with signed_in(url, token) as client:
        found = client.models(find_project(client, project).id)
        pair = (_of_cycle(found, cycle).id, _of_cycle(found, other).id)
        rows = client.model_differences(*pair, split="val" if split == "val" else "test")
        show_list(rows, ["image_id", "name", "miou", "other_miou"], as_json)


def _of_cycle(found: list[ModelRow], cycle: int | None) -> ModelRow:
    """Raises ValueError without one; None is the newest."""
    chosen = [each for each in found if cycle in (None, each.cycle_number)]
    if not chosen:
        wanted = "a model" if cycle is None else f"a model of cycle {cycle}"
        raise ValueError(f"expected {wanted}; the project has {len(found)} models")
    return chosen[0]


def export_model(
    project: ProjectName,
    out: Annotated[Path, typer.Option("--out", "-o", help="A folder to write.")],
    cycle: Annotated[
        int | None, typer.Option(help="The model of the cycle of this number; else the newest.")
    ] = None,
    onnx: Annotated[
        bool, typer.Option("--onnx", help="Make model.onnx too; pip install 'tessera[onnx]'.")
    ] = False,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Write a model as safetensors with its card, figures and classes, and as ONNX."""
    with signed_in(url, token) as client:
        chosen = _of_cycle(client.models(find_project(client, project).id), cycle)
        card = client.model_card(chosen.id)
        out.mkdir(parents=True, exist_ok=True)
        client.save_weights(card.id, out / "model.safetensors")
    (out / "model.json").write_text(json.dumps(card.card, indent=1))
    about = card.model_dump(mode="json", exclude={"card"})
    (out / "about.json").write_text(json.dumps(about, indent=1, ensure_ascii=False))
    if onnx:
        _convert(out)
    files = sorted(path.name for path in out.iterdir())
    told = {"model": card.id, "folder": str(out), "files": files}
    show_data(told) if as_json else say(f"{out}: {', '.join(files)}")


def _convert(folder: Path) -> None:
    """The learner does it: this process knows no tensors."""
    words = [sys.executable, "-m", "ml.to_onnx", str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        fail(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "ml.to_onnx failed")
    console(err=True).print(done.stdout.strip(), markup=False, highlight=False)


@app.command()
def weights(
    model: Annotated[int, typer.Argument(metavar="MODEL", help="Id of the model.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="A safetensors file to write.")],
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Download a model's weights."""
    with signed_in(url, token) as client:
        size = out.write_bytes(client.model_weights(model))
        told = {"model": model, "file": str(out), "bytes": size}
        show_data(told) if as_json else say(f"{out}: {size} bytes")
