"""What a cycle would ask for, as a person reads it."""

from tessera.client.models import CyclePreview
from tessera.commands.output import say, show_json, show_table


def show_preview(preview: CyclePreview, as_json: bool) -> None:
    if as_json:
        return show_json(preview)
    regions, cost = preview.regions, preview.cost
    say(
        f"would ask {regions.total} regions of {regions.images} images "
        f"({100 * regions.share:.2f} % of the pixels), {regions.random} of them at random"
    )
    spread = ", ".join(f"{n} in {images} images" for n, images in regions.per_image.items())
    say(f"regions per image: {spread or 'none'}")
    if regions.relaxed:
        say(f"the budget cannot be met under {' and '.join(regions.relaxed)}")
    say(f"clicks: {_or_unknown(cost.clicks, '.0f')}{_origin(cost.clicks_from)}")
    say(f"active seconds: {_or_unknown(cost.seconds, '.0f')}")
    say(_basis(preview))
    if preview.classes:
        by_share = sorted(preview.classes.items(), key=lambda each: -each[1])
        show_table(["class", "expected share"], [(n, f"{100 * s:.1f} %") for n, s in by_share])


def _or_unknown(value: float | None, form: str) -> str:
    return "not known yet" if value is None else f"about {value:{form}}"


def _origin(clicks_from: str | None) -> str:
    told = {"predictions": " (as the model predicts them)", "labels": " (as past labels took)"}
    return told.get(clicks_from or "", "")


def _basis(preview: CyclePreview) -> str:
    if preview.cold_start:
        return "nothing is labelled yet: regions are spread at random"
    if preview.basis is None:
        return "nothing is scored yet: regions are spread at random here; the cycle will score"
    basis = preview.basis
    return (
        f"by the {basis.acquisition} of cycle {basis.cycle_number} ({basis.network}), "
        f"{basis.labels_since} labels ago, without {basis.images_without_scores} newer images"
    )
