"""Pixels to cells on the device that made them: means over the boxes that people will paint.

Images come in strips of rows (`ml.tiles`), so sums are kept per cell, and no map of a whole image
is held or copied. Sums are made in a fixed order: the same strips give the same bits.
"""

import torch
from torch.nn import functional

from ml.cells import CLOSED, counts, grid, open_cells
from ml.tensors import CellMap, CellTable, Maps
from ml.types import CellScores, OpenPixels


class Cells:
    """The grid of one image and its open pixels; what is pooled is pooled over those alone."""

    def __init__(self, open_pixels: OpenPixels, cell_px: int, device: torch.device) -> None:
        self.cell_px, self.device = cell_px, device
        self.shape = grid(*open_pixels.shape, cell_px)
        self.open = open_cells(open_pixels, cell_px)
        self.pixels = torch.from_numpy(counts(open_pixels, cell_px)).to(device)
        self._whole = bool(open_pixels.all())
        self._mask = torch.from_numpy(open_pixels)

    def zeros(self, rows: int) -> CellTable:
        return torch.zeros((rows, *self.shape), device=self.device)

    def add(self, sums: CellTable, maps: Maps, top: int) -> None:
        """Adds the open pixels of each map, whose first row is row `top` of the image."""
        count, height, width = maps.shape
        if not self._whole:
            opened = self._mask[top : top + height].to(self.device)
            maps = torch.where(opened, maps, 0.0)
        side = self.cell_px
        above = top % side
        pads = (0, -width % side, above, -(above + height) % side)
        padded = functional.pad(maps, pads) if any(pads) else maps
        rows = padded.reshape(count, -1, side, padded.shape[2]).sum(dim=2)
        found = rows.view(count, rows.shape[1], -1, side).sum(dim=3)
        sums[:, top // side : top // side + found.shape[1]] += found

    def means(self, sums: CellTable) -> CellTable:
        """Over open pixels; 0 where a cell has none."""
        return sums / self.pixels.clamp(min=1)

    def scores(self, means: CellMap) -> CellScores:
        """CLOSED where `open_cells` says no."""
        found = means.float().cpu()
        return torch.where(torch.from_numpy(self.open), found, CLOSED).numpy()
