"""Where torch computes: threads and device, decided once per process."""

import ctypes
import os

import torch

from ml.errors import Failure
from ml.recipe import Precision

# Of malloc.h: memory that is freed goes back to the system above so many bytes; so many blocks at
# most are mapped by themselves.
M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4


def prepare(threads: int | None) -> torch.device:
    """`TESSERA_TORCH_THREADS` wins over the recipe: the host knows what else runs on it. Processes
    that `torchrun` started share the cores, and have a GPU each.

    Computation is deterministic on the CPU; CUDA has no deterministic form of some of the
    operators used here. Raises Failure `bad_spec` for more processes than GPUs.
    """
    _keep_freed_memory()
    place, beside = (int(os.environ.get(f"LOCAL_{name}", "0")) for name in ("RANK", "WORLD_SIZE"))
    cores = max(1, (os.cpu_count() or 1) // max(beside, 1))
    torch.set_num_threads(int(os.environ.get("TESSERA_TORCH_THREADS") or threads or cores))
    device = _device(place, beside)
    # What `torch.use_deterministic_algorithms` does, without loading the compiler.
    torch._C._set_deterministic_algorithms(device.type == "cpu", warn_only=False)
    # Filling every fresh tensor guards code that reads it unwritten, and costs a sixth of a step.
    torch.utils.deterministic.fill_uninitialized_memory = False
    return device


def _keep_freed_memory() -> None:
    """For the next step: each has tensors of the same sizes, and pages that are given back and
    touched anew cost a fifth of a step with 150 classes. Where the C library is glibc."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_MAX, 0)
        mallopt(M_TRIM_THRESHOLD, 2**31 - 1)


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
