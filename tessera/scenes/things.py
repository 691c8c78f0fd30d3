"""What stands in the street: trees, poles, signs, bins and people, as upright shapes with depth."""

from dataclasses import dataclass

import numpy as np

from tessera.scenes.backdrop import lit
from tessera.scenes.camera import project
from tessera.scenes.canvas import GRAIN_PX, Canvas, Floats, Paint, darken, fill, stamp
from tessera.scenes.classes import PERSON, POLE, SIGN, VEGETATION, VOID
from tessera.scenes.street import Street

Outline = list[tuple[float, float]]  # (sideways, up) in metres


@dataclass(frozen=True)
class Place:
    """A spot on the ground and the picture it is painted into."""

    street: Street
    canvas: Canvas
    rng: np.random.Generator
    x_m: float
    z_m: float

    def upright(self, outline_m: Outline) -> tuple[Floats, float]:
        """Outline of (sideways, up) metres at this place, as pixels (N, 2) and their depth."""
        points = [(self.x_m + across, up, self.z_m) for across, up in outline_m]
        pixels, depth = project(self.street.camera, np.array(points, np.float32))
        return pixels, float(depth.mean())

    def paint(self, outline_m: Outline, label: int, paint: Paint, nearer_m: float = 0.0) -> None:
        """An upright polygon; `nearer_m` puts it in front of what shares its place."""
        pixels, depth = self.upright(outline_m)
        fill(self.canvas, pixels, depth - nearer_m, label=label, paint=paint)


def disc(radius_m: float, up_m: float, corners: int = 18, turn: float = 0.0) -> Outline:
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False) + turn
    return [(radius_m * np.sin(a), up_m + radius_m * np.cos(a)) for a in angles]


def box(left: float, right: float, low: float, high: float) -> Outline:
    return [(left, low), (right, low), (right, high), (left, high)]


def tinted(place: Place, colour: Paint, share: float = 1.0) -> tuple[float, float, float]:
    light = lit(place.street, (0, 0.6, -0.8)) * share
    red, green, blue = (float(np.clip(value * light, 0.01, 1.0)) for value in np.asarray(colour))
    return red, green, blue


def cast_shadow(place: Place, wide_m: float, high_m: float) -> None:
    """An ellipse on the ground: under the thing on grey days, drawn out by the sun on clear."""
    sun_x, sun_y, sun_z = place.street.light.to_sun
    clear = place.street.light.sun > 0.3
    away = min(high_m / max(float(sun_y), 0.15), 12.0) / 2 if clear else 0.0
    angles = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    x = wide_m * np.sin(angles) - away * sun_x * (1 + np.cos(angles))
    z = wide_m * np.cos(angles) - away * sun_z * (1 + np.cos(angles))
    ground = np.stack([place.x_m + x, np.zeros_like(x), place.z_m + z], axis=-1)
    if ground[:, 2].min() > 1.0:
        pixels, _ = project(place.street.camera, ground.astype(np.float32))
        darken(place.canvas, pixels, 0.62 if clear else 0.8)


def tree(place: Place) -> None:
    rng = place.rng
    trunk_m, crown_m = rng.uniform(1.8, 3.2), rng.uniform(1.3, 2.8)
    bark = tinted(place, (0.30, 0.24, 0.19))
    place.paint(box(-0.16, 0.16, 0, trunk_m + crown_m), VEGETATION, bark)
    _foliage(place, (trunk_m + crown_m * 0.8, crown_m))


def bush(place: Place) -> None:
    radius_m = place.rng.uniform(0.6, 1.6)
    _foliage(place, (radius_m * 0.7, radius_m))


def _foliage(place: Place, shape: tuple[float, float]) -> None:
    """A ball with a ragged edge and a few holes, dark below and bright above."""
    up_m, radius_m = shape
    corners, depth = place.upright(box(-radius_m, radius_m, up_m - radius_m, up_m + radius_m))
    left, top = np.floor(corners.min(axis=0)).astype(int)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int)
    first = max(top, 0), max(left, 0)
    last = min(bottom, place.canvas.label.shape[0]), min(right, place.canvas.label.shape[1])
    if first[0] >= last[0] or first[1] >= last[1]:
        return
    v, u = np.mgrid[first[0] : last[0], first[1] : last[1]].astype(np.float32)
    y = (v - (top + bottom) / 2) / ((bottom - top) / 2)
    x = (u - (left + right) / 2) / ((right - left) / 2)
    lump, leaves = (_crumble(place, u, v, size_px) for size_px in (right - left, 40))
    mask = (np.hypot(x, y) + 0.13 * lump + 0.06 * leaves < 0.86) & (leaves + 0.5 * lump < 1.9)
    tone = place.street.leaf * place.rng.uniform(0.8, 1.25)
    shade = (0.95 - 0.28 * y + 0.16 * leaves + 0.1 * lump) * lit(place.street, (0, 0.7, -0.7))
    stamp(place.canvas, (int(first[0]), int(first[1])), mask, depth - 0.1, label=VEGETATION,
          paint=np.clip(shade[..., None] * tone, 0.01, 1), rough=0.15)  # fmt: skip


def _crumble(place: Place, u: Floats, v: Floats, size_px: float) -> Floats:
    step = 150.0 / max(float(size_px), 8.0)
    start = place.rng.integers(GRAIN_PX, size=2)
    rows = (v * step + start[0]).astype(np.intp) % GRAIN_PX
    picked: Floats = place.canvas.grain[rows, (u * step + start[1]).astype(np.intp) % GRAIN_PX]
    return picked


def pole(place: Place) -> None:
    rng = place.rng
    high_m, thick_m = rng.uniform(4.5, 8.0), rng.uniform(0.08, 0.13)
    grey = tinted(place, np.full(3, rng.uniform(0.2, 0.6)))
    place.paint(box(-thick_m, thick_m, 0, high_m), POLE, grey)
    if rng.random() < 0.7:  # a lamp's arm, over the road
        reach_m = -np.sign(place.x_m) * rng.uniform(1.0, 2.2)
        place.paint(box(0, reach_m, high_m - 0.12, high_m + 0.05), POLE, grey)


def sign(place: Place) -> None:
    rng = place.rng
    up_m, size_m = rng.uniform(2.1, 2.9), rng.uniform(0.4, 0.65)
    place.paint(box(-0.05, 0.05, 0, up_m), POLE, tinted(place, (0.45, 0.45, 0.46)))
    shape = rng.choice(["round", "triangle", "square", "wide"])
    rim, inside = _SIGN_COLOURS[rng.integers(len(_SIGN_COLOURS))]
    place.paint(_plate(shape, size_m, up_m), SIGN, tinted(place, rim), nearer_m=0.05)
    place.paint(_plate(shape, size_m * 0.72, up_m), SIGN, tinted(place, inside), nearer_m=0.08)
    glyph = box(-size_m * 0.12, size_m * 0.12, up_m - size_m * 0.4, up_m + size_m * 0.3)
    place.paint(glyph, SIGN, tinted(place, rng.choice([0.1, 0.9]) * np.ones(3)), nearer_m=0.1)


_SIGN_COLOURS = (
    ((0.75, 0.10, 0.10), (0.88, 0.88, 0.85)),
    ((0.10, 0.22, 0.60), (0.12, 0.26, 0.66)),
    ((0.85, 0.85, 0.82), (0.10, 0.35, 0.22)),
    ((0.12, 0.12, 0.12), (0.86, 0.70, 0.12)),
    ((0.75, 0.10, 0.10), (0.78, 0.12, 0.12)),
)


def _plate(shape: str, size_m: float, up_m: float) -> Outline:
    if shape == "round":
        return disc(size_m, up_m)
    if shape == "triangle":
        return disc(size_m * 1.15, up_m, corners=3)
    wide = 1.6 if shape == "wide" else 0.85
    return box(-size_m * wide, size_m * wide, up_m - size_m * 0.8, up_m + size_m * 0.8)


def bin_(place: Place) -> None:
    """Street furniture that the class list has no word for: its pixels are void."""
    tone = tinted(place, np.asarray(place.rng.uniform(0.1, 0.5, 3)))
    place.paint(box(-0.3, 0.3, 0, 1.05), VOID, tone)
    place.paint(box(-0.34, 0.34, 0.95, 1.1), VOID, tinted(place, tone, 0.7), nearer_m=0.05)


def person(place: Place) -> None:
    rng = place.rng
    size = rng.uniform(0.85, 1.08)
    top, legs = (tinted(place, rng.beta(1.2, 1.6, 3) * 0.85) for _ in range(2))
    skin = tinted(place, np.array([0.80, 0.62, 0.50]) * rng.uniform(0.4, 1.05))
    stride = rng.uniform(0.02, 0.22)
    cast_shadow(place, 0.28, 1.7 * size)
    for foot in (-stride, stride):
        leg = [(-0.11, 0.9), (0.11, 0.9), (foot + 0.08, 0.0), (foot - 0.08, 0.0)]
        place.paint(_scaled(leg, size), PERSON, legs)
    for hand in (-0.30 - stride / 2, 0.24 + stride / 2):
        arm = [(np.sign(hand) * 0.18, 1.45), (hand, 0.85), (hand + 0.08, 0.85)]
        place.paint(_scaled(arm, size), PERSON, tinted(place, top, 0.85))
    torso = [(-0.21, 1.48), (0.21, 1.48), (0.17, 0.85), (-0.17, 0.85)]
    place.paint(_scaled(torso, size), PERSON, top, nearer_m=0.05)
    place.paint(_scaled(disc(0.125, 1.63), size), PERSON, skin, nearer_m=0.05)
    hair = [(across, up) for across, up in disc(0.13, 1.65) if up >= 1.64]
    place.paint(_scaled(hair, size), PERSON, tinted(place, (0.16, 0.12, 0.10)), nearer_m=0.1)


def _scaled(outline_m: Outline, size: float) -> Outline:
    return [(across * size, up * size) for across, up in outline_m]
