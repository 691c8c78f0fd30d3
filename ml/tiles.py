"""Large images through a network in tiles, and logits to native size in strips of rows.

No more is held than one row of tiles at the network's scale and one strip at native size, however
large the image is. Where tiles overlap, their logits are averaged with weights that fall linearly
to nothing at a tile's edge: what a network says there lacks its context.
"""

from collections.abc import Callable, Iterator

import torch
from torch.nn import functional

from ml.recipe import Prediction
from ml.tensors import Pixels, Ramp, Rows

WHOLE_PX = 2**22
"""Images up to this many pixels, at the network's scale, are one tile: 2048x2048."""
TILE_PX = 1024
STRIP_PX = 2**19
"""Pixels of one strip at native size: 40 MB of probabilities for 20 classes."""

Spans = list[tuple[int, int]]
"""Where the tiles along one side of an image begin and end."""
Network = Callable[[Pixels], Rows]
"""One image (3, h, w) to its logits (c, h, w)."""


def strips(
    network: Network, pixels: Pixels, size: tuple[int, int], how: Prediction
) -> Iterator[Rows]:
    """Logits of the rows of an image, top to bottom, at its native `size` (height, width).

    Resizing is bilinear between pixel centres, and the same as for the whole image at once.
    """
    held, first = None, 0  # rows at the network's scale, and where they begin
    native = _Rows(size, pixels.shape[1])
    for rows in bands(network, pixels, how):
        held = rows if held is None else torch.cat([held, rows], dim=1)
        while native.next < size[0] and (ready := native.ready(first + held.shape[1])):
            yield native.take(ready, held, first)
        keep = min(native.source(native.next) - first, held.shape[1] - 1)
        held, first = held[:, keep:], first + keep


def bands(network: Network, pixels: Pixels, how: Prediction) -> Iterator[Rows]:
    """Logits at the network's scale, as many rows at a time as are final."""
    height, width = pixels.shape[1:]
    side = max(height, width) if whole((height, width), how) else how.tile or TILE_PX
    across, down = (spans(length, side, how.overlap) for length in (width, height))
    below = None
    for number, (top, bottom) in enumerate(down):
        rows = _band(network, pixels[:, top:bottom], across, (down, number))
        if below is not None:
            rows[:, : below.shape[1]] += below
        final = down[number + 1][0] - top if number + 1 < len(down) else bottom - top
        yield rows[:, :final]
        below = rows[:, final:].clone()


def whole(size: tuple[int, int], how: Prediction) -> bool:
    """Whether an image of this (height, width), at the network's scale, is one tile."""
    return max(size) <= how.tile if how.tile else size[0] * size[1] <= WHOLE_PX


def spans(length: int, side: int, overlap: int) -> Spans:
    """Where tiles of `side` begin and end that overlap by `overlap`; the last may be shorter."""
    if length <= side:
        return [(0, length)]
    step = side - overlap
    count = -(-(length - overlap) // step)
    return [(i * step, min(i * step + side, length)) for i in range(count)]


def _band(network: Network, pixels: Pixels, across: Spans, place: tuple[Spans, int]) -> Rows:
    """One row of tiles, the one at this place, weighed against the rows above and below."""
    if len(across) == len(place[0]) == 1:
        return network(pixels)
    band = None
    for number, (left, right) in enumerate(across):
        logits = network(pixels[:, :, left:right])
        if band is None:
            band = logits.new_zeros((*logits.shape[:2], pixels.shape[2]))
        weights = _ramps(*place, logits)[:, None] * _ramps(across, number, logits)
        band[:, :, left:right] += logits * weights
    assert band is not None
    return band


def _ramps(tiles: Spans, number: int, like: Rows) -> Ramp:
    """The weight of each row or column of a tile; over all tiles they sum to 1 everywhere."""
    start, end = tiles[number]
    weights = like.new_ones(end - start)
    if number > 0:
        shared = tiles[number - 1][1] - start
        weights[:shared] = _rising(shared, like)
    if number + 1 < len(tiles):
        shared = end - tiles[number + 1][0]
        weights[end - start - shared :] -= _rising(shared, like)
    return weights


def _rising(length: int, like: Rows) -> Ramp:
    return (torch.arange(length, dtype=like.dtype, device=like.device) + 0.5) / length


class _Rows:
    """Which native rows the rows at the network's scale are enough for, and their values."""

    def __init__(self, size: tuple[int, int], scaled_height: int) -> None:
        self.height, self.width = size
        self.scaled = scaled_height
        self.most = max(1, STRIP_PX // self.width)
        self.next = 0

    def source(self, row: int) -> int:
        """The upper of the two scaled rows that a native row lies between."""
        return int(max(0.0, (row + 0.5) * self.scaled / self.height - 0.5))

    def ready(self, known: int) -> int:
        """How many rows may be taken, when the first `known` scaled rows are there."""
        end = min(self.next + self.most, self.height)
        while end > self.next and min(self.source(end - 1) + 1, self.scaled - 1) >= known:
            end -= 1
        return end - self.next

    def take(self, count: int, held: Rows, first: int) -> Rows:
        begin, self.next = self.next, self.next + count
        if (self.height, self.width) == (self.scaled, held.shape[2]):
            return held[:, begin - first : self.next - first]
        if count == self.height:
            return _resized(held, (self.height, self.width))
        # In float64 and in the order of `source`, so that both agree on every row.
        rows = torch.arange(begin, self.next, dtype=torch.float64, device=held.device)
        place = ((rows + 0.5) * self.scaled / self.height - 0.5).clamp(min=0)
        upper = place.long()
        lower = (upper + 1).clamp(max=self.scaled - 1)
        share = (place - upper).to(held.dtype)[:, None]
        mixed = held[:, upper - first] * (1 - share) + held[:, lower - first] * share
        return _resized(mixed, (count, self.width))


def _resized(rows: Rows, size: tuple[int, int]) -> Rows:
    return functional.interpolate(rows[None], size, mode="bilinear", align_corners=False)[0]
