"""Cars and vans as two boxes with windows, lamps and wheels, seen from behind or from the front."""

import numpy as np

from tessera.scenes.backdrop import lit
from tessera.scenes.camera import project
from tessera.scenes.canvas import Floats, Paint, fill
from tessera.scenes.classes import CAR
from tessera.scenes.things import Place, cast_shadow

COLOURS = np.array(
    [[0.08, 0.08, 0.09], [0.75, 0.75, 0.76], [0.45, 0.46, 0.48], [0.22, 0.23, 0.26],
     [0.55, 0.10, 0.09], [0.12, 0.20, 0.45], [0.62, 0.60, 0.52], [0.14, 0.28, 0.20],
     [0.70, 0.52, 0.12]], np.float32)  # fmt: skip
GLASS = np.array([0.16, 0.19, 0.22], np.float32)


def car(place: Place, *, away: bool) -> None:
    """A vehicle whose nearest end stands at the place; `away` shows its rear lamps."""
    rng = place.rng
    van = rng.random() < 0.2
    wide, long = rng.uniform(0.82, 0.95), rng.uniform(3.8, 4.8)
    belt, roof = rng.uniform(0.85, 1.0), rng.uniform(1.9, 2.3) if van else rng.uniform(1.38, 1.6)
    front, back = (0.0, long) if van else (long * 0.14, long * 0.72)
    body = COLOURS[rng.integers(len(COLOURS))] * rng.uniform(0.85, 1.15)
    cast_shadow(place, 1.5, 0.7)
    _cabin(place, (wide * (0.97 if van else 0.8), belt, roof), (front, back), body)
    _block(place, (wide, 0.22, belt), (0.0, long), body)
    _wheels(place, wide, long)
    _nose(place, wide, belt, away=away)


def _block(
    place: Place, section: tuple[float, float, float], reach: tuple[float, float], body: Floats
) -> None:
    """Near end, the side turned to the camera, and the lid."""
    wide, low, high = section
    near, far = reach
    side = -wide if place.x_m > place.street.camera.x_m else wide
    _face(place, [(side, low, near), (side, low, far), (side, high, far), (side, high, near)],
          body * lit(place.street, (np.sign(side), 0, 0)))  # fmt: skip
    _face(place, [(-wide, high, near), (wide, high, near), (wide, high, far), (-wide, high, far)],
          body * lit(place.street, (0, 1, 0)) * 1.05)  # fmt: skip
    _face(place, [(-wide, low, near), (wide, low, near), (wide, high, near), (-wide, high, near)],
          body * lit(place.street, (0, 0, -1)) * 0.9, nearer_m=0.3)  # fmt: skip


def _cabin(
    place: Place, section: tuple[float, float, float], reach: tuple[float, float], body: Floats
) -> None:
    wide, belt, roof = section
    near, far = reach
    _block(place, (wide, belt - 0.05, roof), (near, far), body)
    inset, glass = wide * 0.86, GLASS * place.rng.uniform(0.6, 2.2)
    low, high = belt + 0.05, roof - 0.1
    side = -wide if place.x_m > place.street.camera.x_m else wide
    _face(place, [(-inset, low, near), (inset, low, near), (inset * 0.94, high, near),
                  (-inset * 0.94, high, near)], glass, nearer_m=0.4)  # fmt: skip
    half = (near + far) / 2
    for start, end in ((near + 0.25, half - 0.08), (half + 0.08, far - 0.25)):
        _face(place, [(side, low, start), (side, low, end), (side, high, end),
                      (side, high, start)], glass, nearer_m=0.15)  # fmt: skip


def _wheels(place: Place, wide: float, long: float) -> None:
    side = -wide if place.x_m > place.street.camera.x_m else wide
    angles = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    for axle in (long * 0.18, long * 0.8):
        for radius, tone in ((0.33, 0.06), (0.17, 0.42)):
            rim = [(side, 0.33 + radius * np.cos(a), axle + radius * np.sin(a)) for a in angles]
            _face(place, rim, np.full(3, tone), nearer_m=0.35)
    for left in (-wide, wide - 0.25):
        tyre = [(left, 0, 0.1), (left + 0.25, 0, 0.1), (left + 0.25, 0.3, 0.1), (left, 0.3, 0.1)]
        _face(place, tyre, np.full(3, 0.06), nearer_m=0.2)


def _nose(place: Place, wide: float, belt: float, *, away: bool) -> None:
    lamp = (0.62, 0.07, 0.06) if away else (0.92, 0.90, 0.80)
    for left in (-wide, wide - 0.28):
        _face(place, [(left, belt - 0.3, 0), (left + 0.28, belt - 0.3, 0),
                      (left + 0.28, belt - 0.12, 0), (left, belt - 0.12, 0)], lamp,
              nearer_m=0.5)  # fmt: skip
    _face(place, [(-0.26, 0.45, 0), (0.26, 0.45, 0), (0.26, 0.56, 0), (-0.26, 0.56, 0)],
          (0.8, 0.8, 0.74), nearer_m=0.5)  # fmt: skip
    _face(place, [(-wide, 0.22, 0), (wide, 0.22, 0), (wide, 0.36, 0), (-wide, 0.36, 0)],
          (0.12, 0.12, 0.13), nearer_m=0.45)  # fmt: skip


def _face(
    place: Place, corners: list[tuple[float, float, float]], paint: Paint, nearer_m: float = 0.0
) -> None:
    points = np.array([(place.x_m + x, y, place.z_m + z) for x, y, z in corners], np.float32)
    pixels, depth = project(place.street.camera, points)
    colour = np.clip(np.asarray(paint), 0.01, 1)
    fill(place.canvas, pixels, float(depth.min()) - nearer_m, label=CAR,
         paint=(float(colour[0]), float(colour[1]), float(colour[2])), rough=0.05)  # fmt: skip
