"""The state of a training between two steps, and how a checkpoint holds it."""

from dataclasses import dataclass, field

import torch

from ml import norms, optimisers
from ml.checkpoint import Checkpoint
from ml.child import Child
from ml.data import Batches, Plan
from ml.group import Group
from ml.loader import Loader
from ml.methods import Method
from ml.spec import TrainSpec


@dataclass
class Training:
    """One run: `done` steps and `seconds` include those before a resume."""

    spec: TrainSpec
    method: Method
    batches: Batches
    optimiser: torch.optim.Optimizer
    child: Child
    group: Group
    opposing: dict[str, torch.optim.Optimizer] = field(default_factory=dict)
    done: int = 0
    seconds: float = 0.0
    losses: dict[str, float] = field(default_factory=dict)
    val_miou: dict[str, float | None] = field(default_factory=dict)
    scaler: torch.amp.GradScaler = field(init=False)
    loader: Loader = field(init=False)
    statistics: list[torch.Tensor] = field(init=False)

    def __post_init__(self) -> None:
        halved = self.spec.recipe.precision == "fp16"
        self.scaler = torch.amp.GradScaler(self.batches.device.type, enabled=halved)
        self.loader = Loader(self.batches)
        self.statistics = norms.running(self.method.modules().values())

    def optimisers(self) -> list[torch.optim.Optimizer]:
        """That of the student and its helpers, then those of its opponents."""
        return [self.optimiser, *self.opposing.values()]

    def gradients(self) -> list[torch.Tensor]:
        groups = [group for each in self.optimisers() for group in each.param_groups]
        parameters = [p for group in groups for p in group["params"]]
        return [p.grad for p in parameters if p.grad is not None]

    def plan(self, t: int) -> Plan:
        unlabelled, replay = self.method.wants_unlabelled(t), self.method.wants_replay(t)
        return self.batches.plan(t, unlabelled=unlabelled, replay=replay)

    def snapshot(self) -> Checkpoint:
        """Everything that the next step depends on. Draws depend on the step alone."""
        tensors = {
            f"{name}/{key}": value
            for name, module in self.method.modules().items()
            for key, value in module.state_dict().items()
        }
        for place, optimiser in self._memories().items():
            memory = optimisers.tensors(optimiser)
            tensors.update({f"{place}/{name}": value for name, value in memory.items()})
        tensors.update({f"kept/{name}": each for name, each in self.method.tensors().items()})
        state = {
            "seconds": self.seconds,
            "losses": self.losses,
            "val_miou": self.val_miou,
            "scaler": self.scaler.state_dict(),
            "method": self.method.extra_state(),
        }
        return Checkpoint(self.done, tensors, state)

    def restore(self, found: Checkpoint) -> None:
        for name, module in self.method.modules().items():
            module.load_state_dict(_under(found.tensors, f"{name}/"))
        for place, optimiser in self._memories().items():
            optimisers.restore(optimiser, _under(found.tensors, f"{place}/"))
        self.method.load_extra(found.state["method"])
        self.method.load_tensors(_under(found.tensors, "kept/"))
        self.done = found.step
        self.seconds, self.losses = found.state["seconds"], found.state["losses"]
        self.val_miou = found.state["val_miou"]
        self.scaler.load_state_dict(found.state["scaler"])

    def _memories(self) -> dict[str, torch.optim.Optimizer]:
        """The optimisers by the place of their memory in a checkpoint."""
        others = {f"optimiser of {name}": each for name, each in self.opposing.items()}
        return {"optimiser": self.optimiser, **others}


def _under(tensors: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {name[len(prefix) :]: t for name, t in tensors.items() if name.startswith(prefix)}
