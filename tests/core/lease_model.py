"""What the queue of one cycle has to do, in plain Python: the annotators' half of the rules.

Times are seconds since the model began. Everything a statement does in the database is a few lines
here, so that the two can be compared after every step.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

TTL_S = 900
SKIPS_TO_SETTLE = 2

Session = tuple[str, str]  # whose, and which of theirs
Answer = Literal["accepted", "draft", "same", "refused"]


@dataclass
class Lease:
    region: int
    holder: Session
    epoch: int
    until: float
    outcome: str | None = None
    reason: str = ""


@dataclass
class Label:
    lease: int
    status: str
    value: int


@dataclass
class Region:
    """`lease` and `until` are of whoever was given it last; None when it was given back."""

    rank: int
    priority: int = 0
    state: str = "open"
    epoch: int = 0
    lease: int | None = None
    until: float = 0.0
    labels: list[Label] = field(default_factory=list)

    @property
    def current(self) -> Label | None:
        accepted = [label for label in self.labels if label.status == "accepted"]
        return accepted[-1] if accepted else None


class Queue:
    """Regions by rank, leases in the order in which they were given."""

    def __init__(self, regions: int) -> None:
        self.regions = [Region(rank) for rank in range(regions)]
        self.leases: list[Lease] = []
        self.now = 0.0
        self.cycle = "labelling"

    def take(self, who: Session, count: int) -> list[int]:
        """The leases that the session holds afterwards, at most `count`."""
        lacking = count - len(self._held(who))
        free = [region for region in self._in_order() if self._is_free(region, who[0])]
        for region in free[: max(0, lacking)]:
            self._give(region, who, lapsed="expired")
        return self._held(who)[:count]

    def renew(self, lease: int) -> bool:
        if not self._newest(lease):
            return False
        self._region_of(lease).until = self.leases[lease].until = self.now + TTL_S
        return True

    def release(self, lease: int) -> None:
        if self._newest(lease):
            self._end(lease, "released")

    def skip(self, lease: int, reason: str) -> bool:
        if not self._newest(lease):
            return False
        region = self._region_of(lease)
        self._end(lease, "skipped")
        self.leases[lease].reason = reason
        region.priority += 1
        skips = sum(
            each.outcome == "skipped" and self.regions[each.region] is region
            for each in self.leases
        )
        if region.state == "open" and skips >= SKIPS_TO_SETTLE:
            region.state = "skipped"
            self._close_if_done()
        return True

    def submit(self, lease: int, value: int) -> Answer:
        region = self._region_of(lease)
        mine = [label for label in region.labels if label.lease == lease]
        accepted = [label for label in mine if label.status == "accepted"]
        if accepted:
            return "same" if accepted[0].value == value else "refused"
        if any(label.value == value for label in mine):
            return "same"
        takes = self._newest(lease) and (
            region.state == "open" or (region.state == "labelled" and self.cycle == "labelling")
        )
        region.labels.append(Label(lease, "accepted" if takes else "draft", value))
        if not takes:
            return "draft"
        region.state = "labelled"
        self._end(lease, "submitted")
        self._close_if_done()
        return "accepted"

    def reopen(self, rank: int, who: Session) -> int | None:
        """The new lease; None where there is no label of one's own, or none may change."""
        region = self.regions[rank]
        mine = region.current and self.leases[region.current.lease].holder[0] == who[0]
        if not mine or self.cycle != "labelling":
            return None
        self._give(region, who, lapsed="superseded")
        return len(self.leases) - 1

    def end_cycle(self, state: str) -> None:
        """Closed early or cancelled: what is open is withdrawn."""
        self.cycle = state
        for region in self.regions:
            if region.state == "open":
                region.state, region.lease = "withdrawn", None

    def _in_order(self) -> Sequence[Region]:
        return sorted(self.regions, key=lambda region: (region.priority, region.rank))

    def _is_free(self, region: Region, user: str) -> bool:
        held = region.lease is not None and region.until >= self.now
        skipped = any(
            each.reason and each.holder[0] == user and self.regions[each.region] is region
            for each in self.leases
        )
        return region.state == "open" and not held and not skipped

    def _held(self, who: Session) -> list[int]:
        return [
            region.lease
            for region in self._in_order()
            if region.lease is not None
            and region.state == "open"
            and region.until >= self.now
            and self.leases[region.lease].holder == who
        ]

    def _give(self, region: Region, who: Session, *, lapsed: str) -> None:
        for each in self.leases:
            if self.regions[each.region] is region and each.outcome is None:
                each.outcome = lapsed
        region.epoch += 1
        region.lease, region.until = len(self.leases), self.now + TTL_S
        self.leases.append(Lease(region.rank, who, region.epoch, region.until))

    def _region_of(self, lease: int) -> Region:
        return self.regions[self.leases[lease].region]

    def _newest(self, lease: int) -> bool:
        return self._region_of(lease).lease == lease

    def _end(self, lease: int, outcome: str) -> None:
        self._region_of(lease).lease = None
        self.leases[lease].outcome = outcome

    def _close_if_done(self) -> None:
        if self.cycle == "labelling" and all(each.state != "open" for each in self.regions):
            self.cycle = "closed"
