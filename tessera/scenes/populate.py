"""Where things stand: parked and moving cars, people, poles, signs and trees along a street."""

import numpy as np

from tessera.scenes.canvas import Canvas
from tessera.scenes.cars import car
from tessera.scenes.street import FENCE, Side, Street
from tessera.scenes.things import Place, bin_, bush, cast_shadow, person, pole, sign, tree


def populate(street: Street, canvas: Canvas, rng: np.random.Generator) -> None:
    """Shadows fall on what is painted before, so the far things come first."""
    spots = [spot for side in street.sides for spot in _along(street, side, rng)]
    spots += _traffic(street, rng) + _walkers(street, rng)
    for x_m, z_m, kind in sorted(spots, key=lambda spot: -spot[1]):
        _put(Place(street, canvas, rng, x_m, z_m), kind)


Spot = tuple[float, float, str]


def _put(place: Place, kind: str) -> None:
    if kind in ("tree", "pole", "sign"):
        cast_shadow(place, 1.6 if kind == "tree" else 0.08, 4.5)
    if kind in ("car", "oncoming"):
        car(place, away=kind == "car")
    else:
        {"tree": tree, "bush": bush, "pole": pole, "sign": sign, "bin": bin_, "person": person}[
            kind
        ](place)


def _along(street: Street, side: Side, rng: np.random.Generator) -> list[Spot]:
    kerb, front = side.sign * (street.half_m + 0.5), side.sign * (side.front_m + 1.0)
    spots: list[Spot] = []
    if rng.random() < 0.65:  # a row of trees at the kerb
        step = rng.uniform(7, 18)
        spots += [(kerb, z, "tree") for z in np.arange(rng.uniform(5, 15), 70, step)]
    for z in np.arange(rng.uniform(6, 28), 26, rng.uniform(16, 28)):
        spots.append((kerb, z, "pole"))
    for z in rng.uniform(5, 15, rng.poisson(1.1)):
        spots.append((kerb, z, "sign"))
    spots += [(kerb, z, "bin") for z in rng.uniform(4, 25, rng.poisson(0.3))]
    for lot in np.flatnonzero(side.kind == FENCE):
        middle = float(side.starts_m[lot] + side.starts_m[lot + 1]) / 2
        if 3 < middle < 70:
            spots.append((front * 1.3, middle, rng.choice(["tree", "tree", "bush"])))
    return spots


def _traffic(street: Street, rng: np.random.Generator) -> list[Spot]:
    spots: list[Spot] = []
    for side in street.sides:
        if rng.random() < 0.5 and street.half_m > 3.6:
            parked = side.sign * (street.half_m - 1.1)
            for z in np.arange(rng.uniform(4, 14), 55, rng.uniform(5.6, 8)):
                if rng.random() < 0.65:
                    spots.append((parked + rng.normal(0, 0.1), z, "car"))
    lane = street.half_m / 2
    for kind, sign_ in (("car", 1), ("oncoming", -1)):
        for z in rng.uniform(7, 60, rng.poisson(0.8)):
            spots.append((sign_ * lane * rng.uniform(0.7, 1.1), z, kind))
    return spots


def _walkers(street: Street, rng: np.random.Generator) -> list[Spot]:
    spots: list[Spot] = []
    for side in street.sides:
        for z in rng.uniform(4.5, 16, rng.poisson(1.8)):
            across = street.half_m + rng.uniform(
                0.3, max(side.pavement_m + side.verge_m - 0.3, 0.5)
            )
            spots.append((side.sign * across, z, "person"))
            if rng.random() < 0.25:
                spots.append((side.sign * across + rng.uniform(0.5, 0.7), z + 0.2, "person"))
    if street.crossing_m is not None and rng.random() < 0.6:
        spots.append((rng.uniform(-1, 1) * street.half_m, street.crossing_m + 1.5, "person"))
    return spots
