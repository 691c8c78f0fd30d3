"""`python -m tessera.scenes FOLDER`: write a set of synthetic scenes."""

from pathlib import Path
from typing import Annotated

import typer

from tessera.scenes import generate


def main(
    folder: Annotated[Path, typer.Argument(help="where pool/, val/ and test/ are written")],
    pool: Annotated[int, typer.Option(min=0)] = 160,
    val: Annotated[int, typer.Option(min=0)] = 40,
    test: Annotated[int, typer.Option(min=0)] = 40,
    width: Annotated[int, typer.Option(min=64, help="pixels")] = 240,
    height: Annotated[int, typer.Option(min=48, help="pixels")] = 160,
    seed: Annotated[int, typer.Option(min=0)] = 0,
) -> None:
    """Generate street-like scenes with exact labels."""
    generate(folder, pool=pool, val=val, test=test, width=width, height=height, seed=seed)
    typer.echo(f"{pool + val + test} scenes of {width}x{height} pixels in {folder}")


if __name__ == "__main__":
    typer.run(main)
