"""Where torch computes: threads and device, decided once per process."""

import os

import torch

from ml.errors import Failure
from ml.recipe import Precision


def prepare(threads: int | None) -> torch.device:
    """`TESSERA_TORCH_THREADS` wins over the recipe: the host knows what else runs on it.

    Computation is deterministic on the CPU; CUDA has no deterministic form of some of the
    operators used here.
    """
    wanted = int(os.environ.get("TESSERA_TORCH_THREADS") or threads or os.cpu_count() or 1)
    torch.set_num_threads(wanted)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.use_deterministic_algorithms(device.type == "cpu")
    # Filling every fresh tensor guards code that reads it unwritten, and costs a sixth of a step.
    torch.utils.deterministic.fill_uninitialized_memory = False
    return device


def passes(precision: Precision, device: torch.device) -> torch.autocast:
    """The network's passes under it have this precision. Raises Failure `bad_spec` for fp16
    without a GPU: a CPU has no fast form of it."""
    if precision == "fp16" and device.type == "cpu":
        raise Failure("bad_spec", "precision fp16 needs a GPU; take bf16 or fp32 on a CPU")
    kind = torch.float16 if precision == "fp16" else torch.bfloat16
    return torch.autocast(device.type, dtype=kind, enabled=precision != "fp32")
