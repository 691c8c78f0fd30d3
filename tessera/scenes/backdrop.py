"""Sky, ground, houses and fences by casting one ray per pixel at a handful of planes."""

import numpy as np

from tessera.scenes.camera import project, rays
from tessera.scenes.canvas import GRAIN_PX, Canvas, Floats, Ids, Mask, clipped_box
from tessera.scenes.classes import BUILDING, FENCE, PAVEMENT, ROAD, SKY, VEGETATION
from tessera.scenes.street import CROSSING, FAR_M, HOUSE, Side, Street
from tessera.scenes.street import FENCE as FENCE_LOT

WALL_DEEP_M = 14.0
FOG = (0.76, 0.78, 0.81)


def paint_backdrop(street: Street, canvas: Canvas) -> None:
    """Sky first, then every plane with a depth test."""
    directions = rays(street.camera)
    canvas.rgb[:] = FOG
    canvas.label[:] = SKY
    canvas.depth[:] = np.inf
    _paint_sky(street, canvas, directions)
    _paint_ground(street, canvas, directions)
    _paint_end(street, canvas, directions)
    for side in street.sides:
        _paint_front(street, canvas, directions, side)
        for lot in range(len(side.height_m)):
            # hidden behind a taller neighbour otherwise
            taller = side.height_m[lot] > side.height_m[lot - 1]
            if side.kind[lot] == HOUSE and taller and 2 < side.starts_m[lot] < FAR_M / 3:
                _paint_flank(street, canvas, directions, (side, lot))


def lot_at(side: Side, z_m: Floats) -> Ids:
    """Index of the lot at a distance along the street, same shape as `z_m`."""
    found = np.searchsorted(side.starts_m, z_m, side="right") - 1
    return np.clip(found, 0, len(side.height_m) - 1)


def lit(street: Street, normal: tuple[float, float, float]) -> float:
    """Light on a face: the sky's share plus the sun's by Lambert's cosine."""
    towards = max(float(np.dot(street.light.to_sun, normal)), 0.0)
    return 0.72 + 0.5 * street.light.sun * towards


def _sample(canvas: Canvas, u: Floats, v: Floats) -> Floats:
    picked: Floats = canvas.grain[v.astype(np.intp) % GRAIN_PX, u.astype(np.intp) % GRAIN_PX]
    return picked


def _paint_sky(street: Street, canvas: Canvas, directions: Floats) -> None:
    light = street.light
    here = directions[..., 1] > -0.02
    ray = directions[here]
    ray /= np.linalg.norm(ray, axis=-1, keepdims=True)
    rise = np.clip(ray[:, 1:2] / 0.6, 0, 1)
    blue = np.array([0.36, 0.56, 0.86], np.float32) * (1 - rise * 0.35)
    sky = np.array([0.86, 0.89, 0.93], np.float32) * (1 - rise) + blue * rise
    spread = 30 / np.maximum(ray[:, 1], 0.08)
    drift = _sample(canvas, ray[:, 0] * spread * 3, spread * 2)[:, None]
    cover = np.clip(drift * 0.45 + light.cloud * 2.2 - 0.75, 0, 1)
    cloud = np.array([0.83, 0.84, 0.86], np.float32) * (1.12 - 0.4 * light.cloud)
    glow = np.clip(ray @ light.to_sun, 0, 1)[:, None] ** 12
    sky = sky * (1 - cover) + cloud * (1 + 0.05 * drift) * cover
    canvas.rgb[here] = sky + 0.35 * light.sun * glow * light.tint


def _paint_ground(street: Street, canvas: Canvas, directions: Floats) -> None:
    here = directions[..., 1] < -1e-3
    ray = directions[here]
    reach = -street.camera.y_m / ray[:, 1]
    x, z = street.camera.x_m + reach * ray[:, 0], reach * ray[:, 2]
    near = z < FAR_M
    colours, labels = _ground(street, canvas, x, z)
    shade = np.where(_shaded(street, x, z), 0.62, lit(street, (0, 1, 0)))
    rows, columns = (axis[near] for axis in np.nonzero(here))
    canvas.rgb[rows, columns] = (colours * shade[:, None])[near]
    canvas.label[rows, columns] = labels[near]
    canvas.depth[rows, columns] = reach[near]


def _ground(street: Street, canvas: Canvas, x: Floats, z: Floats) -> tuple[Floats, Ids]:
    side_left = x < 0
    pavement_m = np.where(side_left, street.left.pavement_m, street.right.pavement_m)
    verge_m = np.where(side_left, street.left.verge_m, street.right.verge_m)
    front_m = street.half_m + pavement_m + verge_m
    beyond = np.abs(x) - street.half_m
    crossing = np.where(
        side_left,
        street.left.kind[lot_at(street.left, z)] == CROSSING,
        street.right.kind[lot_at(street.right, z)] == CROSSING,
    )
    road = (beyond < 0) | (crossing & (beyond >= 0))
    grass = ~road & (((beyond > 0.4) & (beyond < 0.4 + verge_m)) | (np.abs(x) > front_m))
    labels = np.select([road, grass], [ROAD, VEGETATION], PAVEMENT).astype(np.uint8)
    fine = _sample(canvas, x * 60, z * 60)
    broad = _sample(canvas, x * 6, z * 2)
    tiles = (np.mod(x, 0.8) < 0.06) | (np.mod(z, 0.8) < 0.08)
    kerb = ~road & (beyond < 0.3)
    pavement = street.pavement_tone * (1 + 0.07 * fine + 0.05 * broad - 0.22 * tiles)[:, None]
    pavement[kerb] = np.minimum(pavement[kerb] * 1.25, 0.85)
    asphalt = street.road_tone * (1 + 0.06 * fine + 0.08 * broad)[:, None]
    asphalt *= (1 - 0.35 * street.light.wet * (broad > 0.3))[:, None]
    asphalt[_markings(street, x, z) & (fine > -1.2)] = 0.80
    turf = street.leaf * (1.15 + 0.22 * fine + 0.12 * broad)[:, None]
    colours = np.where(road[:, None], asphalt, np.where(grass[:, None], turf, pavement))
    return colours.astype(np.float32), labels


def _markings(street: Street, x: Floats, z: Floats) -> Mask:
    lane_m = 2 * street.half_m / street.lanes
    across = np.mod(x + street.half_m + 0.06, lane_m) < 0.13
    lines: Mask = across & (np.abs(x) < street.half_m - 1) & (np.mod(z, 6) < 3)
    lines |= np.abs(np.abs(x) - street.half_m + 0.35) < 0.06
    if street.crossing_m is None:
        return lines
    on_zebra = (z > street.crossing_m) & (z < street.crossing_m + 3)
    stripes = (np.mod(x, 1.0) < 0.5) & (np.abs(x) < street.half_m - 0.3)
    lines[on_zebra] = stripes[on_zebra]
    return lines


def _shaded(street: Street, x: Floats, z: Floats) -> Mask:
    """Ground points whose way to the sun is cut by the row of houses on the sun's side."""
    sun_x, sun_y, sun_z = street.light.to_sun
    side = street.right if sun_x > 0 else street.left
    gap = side.sign * side.front_m - x
    way = gap / np.where(abs(sun_x) < 1e-3, 1e-3, sun_x)
    below = way * sun_y < side.height_m[lot_at(side, z + way * sun_z)]
    dark: Mask = (way > 0) & below & (street.light.sun > 0.3)
    return dark


def _paint_end(street: Street, canvas: Canvas, directions: Floats) -> None:
    """What closes the street far away: a treeline or roofs."""
    band = (np.abs(directions[..., 1]) < 0.3) & np.isinf(canvas.depth)
    ray = directions[band]
    reach = (FAR_M * 0.8) / np.maximum(ray[:, 2], 1e-3)
    x = street.camera.x_m + reach * ray[:, 0]
    y = street.camera.y_m + reach * ray[:, 1]
    skyline = _sample(canvas, x * (4 if street.end_is_trees else 0.7), np.full_like(x, 7))
    hit = y < street.end_height_m + 3 * skyline
    tone = street.leaf if street.end_is_trees else street.left.wall[3]
    speckle = _sample(canvas, x[hit] * 8, y[hit] * 8)[:, None]
    rows, columns = (axis[hit] for axis in np.nonzero(band))
    canvas.rgb[rows, columns] = tone * (0.85 + 0.2 * speckle)
    canvas.label[rows, columns] = VEGETATION if street.end_is_trees else BUILDING
    canvas.depth[rows, columns] = reach[hit]


def _paint_front(street: Street, canvas: Canvas, directions: Floats, side: Side) -> None:
    sideways = directions[..., 0] * side.sign
    reach = (side.front_m - street.camera.x_m * side.sign) / np.maximum(sideways, 1e-4)
    y = street.camera.y_m + reach * directions[..., 1]
    z = reach * directions[..., 2]
    lot = lot_at(side, z)
    hit = (sideways > 1e-4) & (y >= 0) & (y < side.height_m[lot]) & (z > 0.5) & (z < FAR_M)
    hit &= canvas.depth > reach
    lot, y, z = lot[hit], y[hit], z[hit]
    fenced = side.kind[lot] == FENCE_LOT
    colours = np.where(
        fenced[:, None], _fence(canvas, side, lot, z), _wall(canvas, (side, lot), z, y)
    )
    canvas.rgb[hit] = colours * lit(street, (-side.sign, 0, 0))
    canvas.label[hit] = np.where(fenced, FENCE, BUILDING)
    canvas.depth[hit] = reach[hit]


def _paint_flank(
    street: Street, canvas: Canvas, directions: Floats, owner: tuple[Side, int]
) -> None:
    side, lot = owner
    z, near, top = float(side.starts_m[lot]), side.front_m, float(side.height_m[lot])
    corners = [
        (side.sign * across, up, z) for across in (near, near + WALL_DEEP_M) for up in (0, top)
    ]
    pixels, _ = project(street.camera, np.array(corners, np.float32))
    box = clipped_box(canvas, pixels)
    if box is None:
        return
    here = np.s_[box[0] : box[1], box[2] : box[3]]
    ray, depth = directions[here], canvas.depth[here]
    reach = z / np.maximum(ray[..., 2], 1e-3)
    x = (street.camera.x_m + reach * ray[..., 0]) * side.sign
    y = street.camera.y_m + reach * ray[..., 1]
    hit = (x > near) & (x < near + WALL_DEEP_M) & (depth > reach) & (y >= 0) & (y < top)
    # a blank wall, with the front's plaster: few houses have windows towards the neighbour
    colours = _plaster(canvas, (side, np.full(int(hit.sum()), lot)), x[hit], y[hit])
    canvas.rgb[here][hit] = colours * lit(street, (0, 0, -1)) * 0.92
    canvas.label[here][hit] = BUILDING
    depth[hit] = reach[hit]


def _plaster(canvas: Canvas, owner: tuple[Side, Ids], along: Floats, up: Floats) -> Floats:
    side, lot = owner
    plaster = 1 + 0.08 * _sample(canvas, along * 25, up * 25)
    plaster += 0.06 * _sample(canvas, along * 3, up)
    courses = 1 - 0.10 * ((np.mod(up, 0.45) < 0.08) & (lot % 2 == 1))
    colours: Floats = side.wall[lot] * (plaster * courses)[:, None].astype(np.float32)
    return colours


def _wall(canvas: Canvas, owner: tuple[Side, Ids], along: Floats, up: Floats) -> Floats:
    """Plaster with rows of windows."""
    side, lot = owner
    colours = _plaster(canvas, owner, along, up)
    bay, floor = along / side.bay_m[lot], up / side.floor_m[lot]
    u, v = np.mod(bay, 1), np.mod(floor, 1)
    frame = (u > 0.20) & (u < 0.80) & (v > 0.28) & (v < 0.86)
    pane = frame & (u > 0.25) & (u < 0.75) & (v > 0.32) & (v < 0.82) & (np.abs(u - 0.5) > 0.025)
    mirrored = np.mod(np.floor(bay) * 0.37 + np.floor(floor) * 0.61 + side.glass[lot] * 9, 1)
    glass = side.glass[lot] * (0.5 + mirrored) * (0.8 + 0.4 * v)
    colours[frame] = np.minimum(colours[frame] * 1.35, 0.9)
    colours[pane] = glass[pane][:, None] * np.array([0.88, 0.97, 1.06], np.float32)
    colours[v < 0.04] *= 0.8
    return colours


def _fence(canvas: Canvas, side: Side, lot: Ids, z: Floats) -> Floats:
    slats = np.where(np.mod(z, 0.28) < 0.05, 0.55, 1.0)
    weather = 1 + 0.12 * _sample(canvas, z * 40, lot * 31.0)
    timber = np.array([0.46, 0.33, 0.21], np.float32)
    painted = 0.25 * side.wall[lot] + 0.75 * timber
    return np.asarray(painted * (slats * weather)[:, None], np.float32)
