"""Where torch computes: threads and device, decided once per process."""

import os

import torch


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
