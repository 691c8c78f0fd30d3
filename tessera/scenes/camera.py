"""A pinhole camera above the street: rays out of it, points back into it.

World axes in metres: x to the right, y up, z along the street. The camera stands at z = 0.
"""

from dataclasses import dataclass

import numpy as np

from tessera.scenes.canvas import Floats


@dataclass(frozen=True)
class Camera:
    width_px: int
    height_px: int
    focal_px: float
    x_m: float
    y_m: float
    yaw: float  # radians, positive looks to the right
    pitch: float  # radians, positive looks up

    @property
    def origin(self) -> Floats:
        return np.array([self.x_m, self.y_m, 0], np.float32)


def rays(camera: Camera) -> Floats:
    """Direction (H, W, 3) of every pixel in the world; one unit along the camera's axis."""
    v, u = np.mgrid[: camera.height_px, : camera.width_px].astype(np.float32)
    x = (u + 0.5 - camera.width_px / 2) / camera.focal_px
    y = -(v + 0.5 - camera.height_px / 2) / camera.focal_px
    directions: Floats = np.stack([x, y, np.ones_like(x)], axis=-1) @ _rotation(camera).T
    return directions


def project(camera: Camera, points: Floats) -> tuple[Floats, Floats]:
    """Points (N, 3) as pixels (N, 2) and their depth (N,) in metres; behind is cut at 0.3 m."""
    local = (np.asarray(points, np.float32) - camera.origin) @ _rotation(camera)
    depth = np.maximum(local[:, 2], 0.3)
    x = camera.width_px / 2 + camera.focal_px * local[:, 0] / depth
    y = camera.height_px / 2 - camera.focal_px * local[:, 1] / depth
    return np.stack([x, y], axis=-1), depth


def _rotation(camera: Camera) -> Floats:
    sin_yaw, cos_yaw = np.sin(camera.yaw), np.cos(camera.yaw)
    sin_pitch, cos_pitch = np.sin(camera.pitch), np.cos(camera.pitch)
    turn = np.array([[cos_yaw, 0, sin_yaw], [0, 1, 0], [-sin_yaw, 0, cos_yaw]])
    tilt = np.array([[1, 0, 0], [0, cos_pitch, sin_pitch], [0, -sin_pitch, cos_pitch]])
    rotation: Floats = (turn @ tilt).astype(np.float32)
    return rotation
