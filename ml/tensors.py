"""Tensor types of the learner; the shape letters are those of `ml.types`, k feature channels."""

from jaxtyping import Bool, Float, Float64, Int64, UInt8
from torch import Tensor

Images = Float[Tensor, "n 3 h w"]
PaddedImages = Float[Tensor, "n 3 ph pw"]
Features = Float[Tensor, "n k fh fw"]
Made = Float[Tensor, "n m mh mw"]
"""What a layer makes of features."""
SmallLogits = Float[Tensor, "n c fh fw"]
Logits = Float[Tensor, "n c h w"]
Softmax = Float[Tensor, "n c h w"]
Probs = Float[Tensor, "c h w"]
Planes = Float[Tensor, "c *px"]
"""Probabilities of the classes, one after another, anywhere: of the pixels of one image or of many.
"""
Pixels = Float[Tensor, "3 sh sw"]
"""One image in -1..1, at the network's scale."""
Rows = Float[Tensor, "_ _ _"]
"""Logits of some rows of an image: classes, rows, columns."""
Ramp = Float[Tensor, " _"]
Labels = Int64[Tensor, "n h w"]
Weights = Float[Tensor, "n h w"]
Flags = Bool[Tensor, "n h w"]
PixelMap = Float[Tensor, "h w"]
Strip = tuple[int, Float[Tensor, "_ _ _"]]
"""The first row of some rows of an image, and their class probabilities."""
Maps = Float[Tensor, "_ _ _"]
"""Values for each pixel of some rows of an image, several each."""
CellMap = Float[Tensor, "gh gw"]
CellTable = Float[Tensor, "_ gh gw"]
Classes = UInt8[Tensor, "*px"]
Highest = Float[Tensor, "*px"]
ClassMeans = Float64[Tensor, " c"]
ClassCounts = Int64[Tensor, " c"]
ClassWeights = Float[Tensor, " c"]
Scalar = Float[Tensor, ""]
Stack = Float[Tensor, "_ _ _ _"]
"""Any maps of any images."""
PixelScores = Float[Tensor, "_ 1 _ _"]
