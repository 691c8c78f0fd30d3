"""The train stage: a recipe, labels and a pool in; weights and their card out."""

from pathlib import Path

import torch
from safetensors.torch import save

from ml import optimisers
from ml.child import Child
from ml.data import Batches, Share
from ml.device import prepare
from ml.errors import Failure
from ml.files import write_bytes, write_json
from ml.group import Group, join
from ml.methods import METHODS, Method
from ml.needs import check, situation_of
from ml.nets.segmenter import Segmenter, start
from ml.pool import Pool
from ml.predict import STUDENT, Card, carry_over, in_folder
from ml.recipe import Schedule
from ml.spec import TrainSpec
from ml.trainer import fit, spec_digest
from ml.training import Training


def train(spec: TrainSpec, child: Child) -> None:
    """Raises Failure `no_labels`, `unreadable_image`, `bad_spec`, `non_finite_loss` or
    `disk_full`."""
    training = assemble(spec, child)
    fit(training)
    if training.group.leads:
        write_model(training, Path("out"))
    training.group.leave()


def assemble(spec: TrainSpec, child: Child) -> Training:
    device = prepare(spec.recipe.threads)
    group = join(device)
    _check_parts(spec.recipe.schedule, group)
    pool = Pool(spec.pool, len(spec.classes), spec.recipe)
    share = Share(group.rank, group.count)
    batches = Batches(pool, pool.labelled(), spec.seed, device, share=share)
    situation = situation_of(spec, batches)
    check(METHODS[spec.recipe.method].needs(spec.recipe), situation, pool, group)
    network = _started(spec).to(device).train()
    method = METHODS[spec.recipe.method](network, situation)
    return Training(spec, method, batches, _optimiser(method), child, group, _opposing(method))


def _started(spec: TrainSpec) -> Segmenter:
    """With the weights of the model that is continued, if one is."""
    network = start(spec.recipe.network, len(spec.classes), spec.seed)
    continued = spec.start or (Path(spec.recipe.continues) if spec.recipe.continues else None)
    if continued is not None:
        carry_over(continued, network, spec.classes)
    return network


def _optimiser(method: Method) -> torch.optim.Optimizer:
    schedule = method.recipe.schedule
    groups = optimisers.groups(method.student, method.student.encoder, schedule)
    helping = [p for each in method.helpers().values() for p in each.parameters()]
    if helping:
        groups.append({"params": helping, "share": method.helper_rate})
    return optimisers.build(groups, schedule)


def _opposing(method: Method) -> dict[str, torch.optim.Optimizer]:
    return {
        name: optimisers.opposing(each.network, each.settings)
        for name, each in method.opponents().items()
    }


def _check_parts(schedule: Schedule, group: Group) -> None:
    """A recipe allows for its own parts; those of several processes come on top."""
    parts, most = group.count * schedule.accumulate, schedule.most_parts
    if parts > most:
        raise Failure(
            "bad_spec",
            f"{group.count} processes with schedule.accumulate {schedule.accumulate} cut each "
            f"batch into {parts} parts, and batches of {schedule.labelled_batch} labelled and "
            f"{schedule.unlabelled_batch} unlabelled images allow for {most}; start fewer "
            "processes or raise the batches",
        )


def write_model(training: Training, folder: Path) -> None:
    """The card comes last: where there is a card, the weights are whole."""
    network, files = training.method.predictor(), in_folder(folder)
    write_bytes(files.weights, save(_tensors(training)))
    card = Card(
        recipe=training.spec.recipe,
        classes=training.spec.classes,
        network=training.method.predictor_name,
        seed=training.spec.seed,
        steps=training.done,
        seconds=round(training.seconds, 3),
        parameters=sum(p.numel() for p in network.parameters()),
        torch_version=torch.__version__,
        losses=training.losses,
        spec_digest=spec_digest(),
    )
    write_json(files.card, card.model_dump(mode="json"))


def _tensors(training: Training) -> dict[str, torch.Tensor]:
    """The predictor's, and the student's beside it where that is another network."""
    method = training.method
    state = dict(method.predictor().state_dict())
    if method.predictor() is not method.student:
        state |= {STUDENT + name: value for name, value in method.student.state_dict().items()}
    return {name: value.cpu().contiguous() for name, value in state.items()}
