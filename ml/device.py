"""Where torch computes: threads and device, decided once per process."""

import os

import torch

from ml.errors import Failure
from ml.recipe import Precision


def prepare(threads: int | None) -> torch.device:
    """`TESSERA_TORCH_THREADS` wins over the recipe: the host knows what else runs on it. Processes
    that `torchrun` started share the cores, and have a GPU each.

    Computation is deterministic on the CPU; CUDA has no deterministic form of some of the
    operators used here. Raises Failure `bad_spec` for more processes than GPUs.
    """
    place, beside = (int(os.environ.get(f"LOCAL_{name}", "0")) for name in ("RANK", "WORLD_SIZE"))
    cores = max(1, (os.cpu_count() or 1) // max(beside, 1))
    torch.set_num_threads(int(os.environ.get("TESSERA_TORCH_THREADS") or threads or cores))
    device = _device(place, beside)
    torch.use_deterministic_algorithms(device.type == "cpu")
    # Filling every fresh tensor guards code that reads it unwritten, and costs a sixth of a step.
    torch.utils.deterministic.fill_uninitialized_memory = False
    return device


def _device(place: int, beside: int) -> torch.device:
    if not torch.cuda.is_available():
        return torch.device("cpu")
    if beside > torch.cuda.device_count():
        raise Failure(
            "bad_spec",
            f"torchrun started {beside} processes on a machine with {torch.cuda.device_count()} "
            "GPUs; start one a GPU (--nproc-per-node)",
        )
    torch.cuda.set_device(place)
    return torch.device("cuda", place) if beside else torch.device("cuda")


def passes(precision: Precision, device: torch.device) -> torch.autocast:
    """The network's passes under it have this precision. Raises Failure `bad_spec` for fp16
    without a GPU: a CPU has no fast form of it."""
    if precision == "fp16" and device.type == "cpu":
        raise Failure("bad_spec", "precision fp16 needs a GPU; take bf16 or fp32 on a CPU")
    kind = torch.float16 if precision == "fp16" else torch.bfloat16
    return torch.autocast(device.type, dtype=kind, enabled=precision != "fp32")
