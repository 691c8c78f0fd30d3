"""How a cycle asks for regions, as options of the command line."""

from typing import Annotated, Any

import typer

from tessera.commands.projects import nested

Acquisition = Annotated[str, typer.Option(help="entropy, margin, ... or random.")]
Network = Annotated[str, typer.Option(help="What scores: teacher or student.")]
RankedBy = Annotated[
    str, typer.Option(help="pool: the best cells wherever they are; image: the best of each.")
]
PerImageCap = Annotated[int | None, typer.Option(help="Most regions of one image.")]
RandomShare = Annotated[float, typer.Option(help="Drawn at random, as a control.")]
Knobs = Annotated[
    list[str] | None,
    typer.Option("--set", help="Other knobs of the strategy: class_share=0.5, click_weight=1."),
]


def strategy(knobs: list[str] | None, per_image_cap: int | None, **named: Any) -> dict[str, Any]:
    """The options as the API takes them; a knob of `--set` wins over an option."""
    capped = {} if per_image_cap is None else {"per_image_cap": per_image_cap}
    return {**named, **capped, **nested(knobs or [])}
