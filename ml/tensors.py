"""Tensor types of the learner; the shape letters are those of `ml.types`, k feature channels."""

from jaxtyping import Bool, Float, Float64, Int64
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
Labels = Int64[Tensor, "n h w"]
Weights = Float[Tensor, "n h w"]
Flags = Bool[Tensor, "n h w"]
PixelMap = Float[Tensor, "h w"]
ClassMeans = Float64[Tensor, " c"]
ClassWeights = Float[Tensor, " c"]
Scalar = Float[Tensor, ""]
