"""What one scene is made of before anything is painted: street, houses, weather, light.

All of it is drawn from one random generator, so that a scene is its seed.
"""

from dataclasses import dataclass, field

import numpy as np

from tessera.scenes.camera import Camera
from tessera.scenes.canvas import Floats

HOUSE, FENCE, CROSSING = 0, 1, 2
FAR_M = 160.0

WALLS = np.array(
    [[0.55, 0.30, 0.24], [0.72, 0.64, 0.50], [0.50, 0.50, 0.50], [0.62, 0.55, 0.45],
     [0.78, 0.76, 0.72], [0.42, 0.36, 0.32], [0.60, 0.66, 0.70], [0.70, 0.52, 0.36],
     [0.45, 0.52, 0.42], [0.36, 0.38, 0.42]], np.float32)  # fmt: skip


@dataclass(frozen=True)
class Light:
    to_sun: Floats  # (3,), unit length
    sun: float  # 0 overcast .. 1 clear
    tint: Floats  # (3,), colour of the day
    exposure: float
    fog_m: float  # depth at which 63 % of a colour is fog
    cloud: float
    wet: float


@dataclass(frozen=True)
class Side:
    """One row of lots along the street; lot i reaches from starts_m[i] to starts_m[i + 1]."""

    sign: int  # -1 left, 1 right
    pavement_m: float
    verge_m: float
    front_m: float  # distance of the facades from the middle of the street
    starts_m: Floats
    kind: Floats
    height_m: Floats
    wall: Floats  # (lots, 3)
    floor_m: Floats
    bay_m: Floats
    glass: Floats  # (lots,) brightness of the windows


@dataclass(frozen=True)
class Street:
    camera: Camera
    light: Light
    half_m: float  # half of the road's width
    left: Side
    right: Side
    lanes: int
    crossing_m: float | None  # a zebra's distance
    end_height_m: float
    end_is_trees: bool
    road_tone: Floats
    pavement_tone: Floats
    leaf: Floats
    sides: tuple[Side, Side] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sides", (self.left, self.right))


def draw_street(rng: np.random.Generator, width_px: int, height_px: int) -> Street:
    half_m = rng.uniform(3.2, 7.0)
    grey = rng.uniform(0.30, 0.50)
    return Street(
        camera=_draw_camera(rng, (width_px, height_px), half_m),
        light=_draw_light(rng),
        half_m=half_m,
        left=_draw_side(rng, -1, half_m),
        right=_draw_side(rng, 1, half_m),
        lanes=2 if half_m < 5 else 4,
        crossing_m=rng.uniform(7, 30) if rng.random() < 0.3 else None,
        end_height_m=rng.uniform(4, 16),
        end_is_trees=bool(rng.random() < 0.6),
        road_tone=_tone(rng, grey, 0.02),
        # the same greys as the road on many days: only tiles, kerb and place tell them apart
        pavement_tone=_tone(rng, np.clip(grey + rng.normal(0.06, 0.08), 0.25, 0.65), 0.04),
        leaf=np.asarray(_LEAVES[rng.integers(len(_LEAVES))] + rng.normal(0, 0.03, 3), np.float32),
    )


_LEAVES = np.array(
    [[0.24, 0.36, 0.14], [0.18, 0.30, 0.12], [0.33, 0.38, 0.18], [0.42, 0.36, 0.16],
     [0.40, 0.26, 0.14], [0.22, 0.27, 0.18]], np.float32)  # fmt: skip


def _draw_camera(rng: np.random.Generator, size_px: tuple[int, int], half_m: float) -> Camera:
    return Camera(
        width_px=size_px[0],
        height_px=size_px[1],
        focal_px=size_px[0] * rng.uniform(0.70, 1.15),
        x_m=half_m * rng.uniform(-0.6, 0.75),
        y_m=rng.uniform(1.2, 2.6),
        yaw=float(np.clip(rng.normal(0, 0.13), -0.35, 0.35)),
        pitch=rng.normal(0.0, 0.035),
    )


def _draw_light(rng: np.random.Generator) -> Light:
    cloud = rng.beta(0.8, 0.8)
    low = rng.random() < 0.25  # morning or evening
    height, bearing = rng.uniform(0.12, 0.3) if low else rng.uniform(0.4, 1.2), rng.uniform(0, 6.28)
    to_sun = [np.cos(height) * np.sin(bearing), np.sin(height), np.cos(height) * np.cos(bearing)]
    warm = rng.normal(0.10 if low else 0.0, 0.05)
    return Light(
        to_sun=np.array(to_sun, np.float32),
        sun=float(np.clip(1.1 - cloud, 0.0, 1.0)),
        tint=np.array([1 + warm, 1.0, 1 - warm], np.float32),
        exposure=float(np.exp(rng.normal(-0.12 if low else 0.1, 0.16))),
        fog_m=float(rng.choice([60.0, 120.0, 300.0, 900.0], p=[0.06, 0.14, 0.3, 0.5])),
        cloud=float(cloud),
        wet=float(rng.random() * (rng.random() < 0.3)),
    )


def _draw_side(rng: np.random.Generator, sign: int, half_m: float) -> Side:
    widths = rng.uniform(5, 16, 40)
    starts = np.concatenate([[-20.0], -20 + np.cumsum(widths)])
    lots = len(widths)
    kind = rng.choice([HOUSE, FENCE, CROSSING], lots, p=[0.66, 0.28, 0.06])
    house_m = np.clip(rng.normal(rng.uniform(6, 15), 2.5, lots), 4, 24)
    height_m = np.select([kind == HOUSE, kind == FENCE], [house_m, rng.uniform(1.4, 2.6, lots)], 0)
    pavement_m = rng.uniform(2.2, 5.5)
    verge_m = rng.uniform(0.8, 3.5) if rng.random() < 0.4 else 0.0
    wall = WALLS[rng.integers(len(WALLS), size=lots)] * rng.uniform(0.75, 1.2, (lots, 1))
    return Side(
        sign=sign,
        pavement_m=pavement_m,
        verge_m=verge_m,
        front_m=half_m + pavement_m + verge_m,
        starts_m=starts.astype(np.float32),
        kind=kind.astype(np.float32),
        height_m=height_m.astype(np.float32),
        wall=(wall + rng.normal(0, 0.03, (lots, 3))).astype(np.float32),
        floor_m=rng.uniform(2.6, 3.6, lots).astype(np.float32),
        bay_m=rng.uniform(1.6, 3.4, lots).astype(np.float32),
        glass=rng.uniform(0.08, 0.55, lots).astype(np.float32),
    )


def _tone(rng: np.random.Generator, grey: float, spread: float) -> Floats:
    return np.asarray(grey + rng.normal(0, spread, 3), np.float32)
