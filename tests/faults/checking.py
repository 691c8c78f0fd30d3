"""The annotators' log against the database, once everything has come to rest."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from core.db import transaction
from core.integrity.verify import findings
from core.models import Cycle, Job, Label, Region
from core.models.cycles import OPEN_STATES
from core.models.jobs import ENDED
from core.store import open_store
from tests.faults.annotators import Sent


@dataclass
class Verdict:
    """Each list names what is wrong; all of them have to be empty."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not (self.lost or self.doubled or self.stuck or self.wrong)


def judge(sent: Sequence[Sent], project_id: int) -> Verdict:
    """Everything that was promised in a project against everything there is."""
    with transaction() as db:
        labels = list(db.scalars(select(Label).filter_by(project_id=project_id)))
        regions = list(db.scalars(select(Region).filter_by(project_id=project_id)))
        cycles = list(db.scalars(select(Cycle).filter_by(project_id=project_id)))
        jobs = list(db.scalars(select(Job).filter_by(project_id=project_id)))
    verdict = Verdict()
    verdict.lost += _lost(sent, labels)
    verdict.doubled += _doubled(sent, labels)
    verdict.doubled += _unsent(sent, labels)
    verdict.stuck += [f"region {each.id} is open" for each in regions if each.state == "open"]
    verdict.stuck += [f"cycle {c.id} is {c.state}" for c in cycles if c.state in OPEN_STATES]
    verdict.stuck += [f"cycle {c.id} failed: {c.error}" for c in cycles if c.state == "failed"]
    verdict.stuck += [f"job {each.id} is {each.state}" for each in jobs if each.state not in ENDED]
    verdict.wrong += map(str, findings(open_store()))
    return verdict


def _lost(sent: Sequence[Sent], labels: Sequence[Label]) -> Iterable[str]:
    """What was answered 201 without the label, or 409 without the draft."""
    accepted = {each.id: each for each in labels if each.status == "accepted"}
    drafts = {(str(each.lease_id), each.mask_key) for each in labels if each.status == "draft"}
    for each in sent:
        label = accepted.get(each.label_id or 0)
        promised = (each.lease_id, each.mask_key)
        if each.status == 201 and (
            label is None or (str(label.lease_id), label.mask_key) != promised
        ):
            yield f"label {each.label_id} of lease {each.lease_id}"
        if each.status == 409 and promised not in drafts:
            yield f"draft of lease {each.lease_id}"


def _doubled(sent: Sequence[Sent], labels: Sequence[Label]) -> Iterable[str]:
    """Two labels of one submit, or two annotators told that the same region is theirs."""
    of_submit = Counter((str(each.lease_id), each.mask_key) for each in labels)
    of_region = Counter(each.region_id for each in sent if each.status == 201)
    accepted = Counter(each.region_id for each in labels if each.status == "accepted")
    yield from (f"submit {submit}" for submit, count in of_submit.items() if count > 1)
    yield from (f"region {region}, told" for region, count in of_region.items() if count > 1)
    yield from (f"region {region}, kept" for region, count in accepted.items() if count > 1)


def _unsent(sent: Sequence[Sent], labels: Sequence[Label]) -> Iterable[str]:
    known = {(each.lease_id, each.mask_key) for each in sent}
    for label in labels:
        if (str(label.lease_id), label.mask_key) not in known:
            yield f"label {label.id}, which nobody sent"
