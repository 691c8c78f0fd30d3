"""Checkpoints without pickle: `step-N/` with tensors (safetensors) and readable state (JSON).

A folder is complete or absent. The two newest are kept, and a broken newest costs only the
steps since the one before it.
"""

import hashlib
import json
import logging
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save

from ml.files import sync_folder, write_bytes, write_json

KEPT = 2

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Checkpoint:
    step: int
    tensors: dict[str, torch.Tensor]
    state: dict[str, Any]


def write(folder: Path, digest: str, checkpoint: Checkpoint) -> None:
    """`digest` is that of the spec; a folder that is there already is left as it is."""
    target = folder / f"step-{checkpoint.step}"
    if not target.exists():
        _write(target, digest, checkpoint)
    for old in _newest_first(folder)[KEPT:]:
        shutil.rmtree(old)


def newest(folder: Path, digest: str) -> Checkpoint | None:
    """The newest readable checkpoint of this spec; clears the folder when it is another spec's."""
    for path in _newest_first(folder):
        try:
            found, checkpoint = _read(path)
        except (OSError, ValueError, KeyError) as error:
            log.warning("checkpoint %s is unreadable, trying the one before: %s", path, error)
            continue
        if found == digest:
            return checkpoint
        log.warning("checkpoints in %s belong to another spec; starting clean", folder)
        shutil.rmtree(folder)
        return None
    return None


def _write(target: Path, digest: str, checkpoint: Checkpoint) -> None:
    aside = target.with_name(f".{target.name}.partial")
    shutil.rmtree(aside, ignore_errors=True)
    content = save({name: t.detach().cpu().contiguous() for name, t in checkpoint.tensors.items()})
    write_bytes(aside / "state.safetensors", content)
    head = {"digest": digest, "step": checkpoint.step, "sha256": _sha256(content)}
    write_json(aside / "state.json", {**head, "state": checkpoint.state})
    os.rename(aside, target)
    sync_folder(target.parent)


def _read(path: Path) -> tuple[str, Checkpoint]:
    head = json.loads((path / "state.json").read_bytes())
    content = (path / "state.safetensors").read_bytes()
    if _sha256(content) != head["sha256"]:
        raise ValueError(f"{path / 'state.safetensors'} does not match its checksum")
    return head["digest"], Checkpoint(head["step"], load(content), head["state"])


def _newest_first(folder: Path) -> list[Path]:
    found = [path for path in folder.glob("step-*") if path.name[5:].isdecimal()]
    return sorted(found, key=lambda path: -int(path.name[5:]))


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
