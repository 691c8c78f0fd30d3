"""Pixels to cells on the device that made them: means over the boxes that people will paint.

Images come in strips of rows (`ml.tiles`), so sums are kept per cell, and no map of a whole image
is held or copied. Sums are made in a fixed order: the same strips give the same bits.
"""

import torch
from torch.nn import functional

from ml.cells import CLOSED, counts, grid, open_cells
from ml.tensors import AnySums, CellSums, CellTable, Pixelwise
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

    def add(self, sums: CellSums, pixels: Pixelwise, top: int) -> None:
        """Adds the open ones of `pixels`, whose first row is row `top` of the image."""
        if not self._whole:
            opened = self._mask[top : top + pixels.shape[0]].to(self.device)
            pixels = torch.where(opened, pixels, 0.0)
        side, (height, width) = self.cell_px, pixels.shape
        above = top % side
        padded = functional.pad(pixels, (0, -width % side, above, -(above + height) % side))
        rows = padded.view(-1, side, padded.shape[1]).sum(dim=1)
        found = rows.view(len(rows), -1, side).sum(dim=2)
        sums[top // side : top // side + len(found)] += found

    def means(self, sums: AnySums) -> AnySums:
        """Over open pixels; 0 where a cell has none."""
        return sums / self.pixels.clamp(min=1)

    def scores(self, means: CellSums) -> CellScores:
        """CLOSED where `open_cells` says no."""
        found = means.float().cpu()
        return torch.where(torch.from_numpy(self.open), found, CLOSED).numpy()
