"""Cross-consistency: who learns from whom, and what the labels say meanwhile."""

import pytest
import torch

from ml.errors import Failure
from ml.methods.cct import annealed, kinds
from ml.nets.auxiliary import AuxiliaryDecoder
from ml.nets.seeded import seeded
from ml.options import Perturbations
from tests.ml.methods.test_methods import batch, gradient, method


def test_a_published_decoder_has_16_296_parameters_and_eight_times_the_size():
    decoder = seeded(0, lambda: AuxiliaryDecoder(512, 21))
    assert sum(p.numel() for p in decoder.parameters()) == 16_296
    assert decoder(torch.zeros(1, 512, 2, 3)).shape == (1, 21, 16, 24)


def test_doubling_starts_smooth():
    """ICNR: the four pixels that a place becomes start equal."""
    decoder = seeded(0, lambda: AuxiliaryDecoder(4, 3))
    large = decoder(torch.rand(1, 4, 2, 2))
    assert torch.equal(
        large, large[..., ::2, ::2].repeat_interleave(2, -1).repeat_interleave(2, -2)
    )


def test_the_main_decoder_learns_nothing_from_its_copies():
    learner = method("cct")
    learner.step(batch(), 3).losses["consistency"].backward()
    network = learner.student
    assert gradient(network.encoder) > 0
    assert gradient(network.decoder.pyramid) > 0
    for part in (network.decoder.join, network.decoder.detail, network.decoder.classifier):
        assert gradient(part) == 0


def test_thirty_decoders_or_those_that_need_no_objects():
    assert len(kinds(Perturbations(), objects=True)) == 30
    assert set(kinds(Perturbations(), objects=False)) == {"noise", "drop", "dropout", "adversarial"}


def test_without_any_perturbation_it_is_refused():
    none = dict.fromkeys(Perturbations.model_fields, 0)
    with pytest.raises(Failure, match="no perturbation left"):
        method("cct", cct={"perturbations": none})


def test_the_bar_for_labels_goes_up_as_published():
    bars = [annealed(t, 80, 21) for t in (0, 8, 16, 24, 32, 80)]
    assert bars == pytest.approx([0.0476, 0.6558, 0.8300, 0.8800, 0.8943, 0.8943], abs=1e-4)


def test_the_annealed_loss_drops_what_is_known_already():
    learner = method("cct", cct={"supervised": "annealed"})
    labels = torch.zeros(1, 4, 4, dtype=torch.long)
    logits = torch.zeros(1, 3, 4, 4)
    logits[:, 0, :2] = 9
    views = batch().labelled
    views = type(views)([0], torch.zeros(1, 3, 4, 4), labels, labels == 0)
    loss = learner.supervised(logits, views, t=1)
    assert loss.item() == pytest.approx(torch.log(torch.tensor(3.0)).item())
    assert learner.supervised(9 * logits, views, t=0).item() > 0, "one pixel an image is kept"
