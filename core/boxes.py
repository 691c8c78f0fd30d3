"""Rectangles of images, in native pixels."""

from typing import NamedTuple

from core.models import Image, Region


class Box(NamedTuple):
    """A rectangle in native pixels."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def bottom(self) -> int:
        return self.top + self.height

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns of an array of the whole image."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def within(self, outer: "Box") -> "Box":
        """The same rectangle, counted from the outer one's corner."""
        return self._replace(left=self.left - outer.left, top=self.top - outer.top)


def box_of(region: Region) -> Box:
    """The region's own rectangle."""
    return Box(region.left, region.top, region.width, region.height)


def around(region: Region, image: Image, margin_px: int) -> Box:
    """The region and `margin_px` on each side, as far as the image goes."""
    left, top = max(0, region.left - margin_px), max(0, region.top - margin_px)
    right = min(image.width, region.left + region.width + margin_px)
    bottom = min(image.height, region.top + region.height + margin_px)
    return Box(left, top, right - left, bottom - top)
