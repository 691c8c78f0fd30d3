"""What the cycles of one project and their stages have to do, in plain Python.

Times are seconds since the model began. A claim is the number of the job and the epoch that it was
given; whatever comes with an older one is refused.
"""

from dataclasses import dataclass, field

LEASE_S = 60
BACKOFF_S = 2
MAX_ATTEMPTS = 3
SHARDS = 3
STAGES = ("train", "evaluate", "score", "select")
STATE_OF = dict(zip(STAGES, ("training", "evaluating", "scoring", "selecting"), strict=True))
OPEN = (*STATE_OF.values(), "labelling")

Claim = tuple[int, int]


@dataclass
class Job:
    cycle: int
    kind: str
    state: str = "pending"
    epoch: int = 0
    attempt: int = 0
    lease_until: float | None = None
    not_before: float | None = None
    cancel: bool = False


@dataclass
class Cycle:
    """Whether it has regions to label, and whether its scores are drawn at random."""

    budget: int
    random: bool
    state: str
    jobs: list[int] = field(default_factory=list)


class Project:
    """A project that has labels to train on and truth to judge by."""

    def __init__(self) -> None:
        self.cycles: list[Cycle] = []
        self.jobs: list[Job] = []
        self.now = 0.0

    @property
    def open(self) -> Cycle | None:
        return next((each for each in self.cycles if each.state in OPEN), None)

    def start(self, budget: int, *, random: bool) -> bool:
        if self.open:
            return False
        self.cycles.append(Cycle(budget, random, "training"))
        self._add("train")
        return True

    def claim(self, number: int) -> Claim | None:
        job = self.jobs[number]
        due = job.state == "pending" and (job.not_before is None or job.not_before <= self.now)
        # One cycle of a project at a time: a worker may still be at the one before.
        busy = any(each.state == "running" and each.cycle != job.cycle for each in self.jobs)
        if not (due or self._dead(job)) or job.attempt >= MAX_ATTEMPTS or job.cancel or busy:
            return None
        job.state, job.lease_until = "running", self.now + LEASE_S
        job.epoch += 1
        job.attempt += 1
        return number, job.epoch

    def heartbeat(self, claim: Claim) -> bool | None:
        """Whether it was cancelled; None for a claim that is over."""
        job = self._mine(claim)
        if job is None:
            return None
        job.lease_until = self.now + LEASE_S
        return job.cancel

    def finish(self, claim: Claim) -> bool:
        job = self._mine(claim)
        if job is None:
            return False
        self._end(job, "succeeded")
        cycle = self.cycles[job.cycle]
        whole = all(each.state == "succeeded" for each in self._stage(job))
        if cycle.state == STATE_OF[job.kind] and whole:
            self._go_on(cycle, job.kind)
        return True

    def fail(self, claim: Claim) -> bool:
        job = self._mine(claim)
        if job is None:
            return False
        self._fail(job)
        return True

    def put_back(self, claim: Claim, *, burn: bool) -> bool:
        job = self._mine(claim)
        if job is None:
            return False
        self._put_back(job, burn=burn)
        return True

    def stopped(self, claim: Claim) -> bool:
        """The worker has stopped because somebody asked."""
        job = self._mine(claim)
        if job is None:
            return False
        self._end(job, "cancelled")
        return True

    def reconcile(self) -> None:
        for job in self.jobs:
            if self._dead(job):
                if job.cancel:
                    self._end(job, "cancelled")
                elif job.attempt >= MAX_ATTEMPTS:
                    self._fail(job)
                else:
                    self._put_back(job, burn=True)

    def cancel(self, number: int) -> bool:
        cycle = self.cycles[number]
        if cycle.state not in OPEN:
            return False
        cycle.state = "cancelled"
        for each in cycle.jobs:
            self._call_off(self.jobs[each])
        return True

    def close(self, number: int) -> bool:
        cycle = self.cycles[number]
        if cycle.state != "labelling":
            return False
        cycle.state = "closed"
        return True

    def retry(self, number: int) -> bool:
        cycle = self.cycles[number]
        if cycle.state != "failed" or self.open:
            return False
        ended = [self.jobs[each] for each in cycle.jobs if self.jobs[each].state != "succeeded"]
        cycle.state = STATE_OF[ended[-1].kind]
        for job in ended:
            if job.state == "failed" or job.cancel:
                job.epoch += job.state == "running"
                job.state, job.attempt, job.not_before, job.cancel = "pending", 0, None, False
        return True

    def _stage(self, job: Job) -> list[Job]:
        """The job and, where its stage is in shards, the others."""
        return [each for each in self.jobs if (each.cycle, each.kind) == (job.cycle, job.kind)]

    def _call_off(self, job: Job) -> None:
        if job.state in ("pending", "running"):
            job.cancel = True
            if job.state == "pending":
                self._end(job, "cancelled")

    def _mine(self, claim: Claim) -> Job | None:
        job = self.jobs[claim[0]]
        return job if job.state == "running" and job.epoch == claim[1] else None

    def _dead(self, job: Job) -> bool:
        return job.state == "running" and (job.lease_until or 0) <= self.now

    def _end(self, job: Job, state: str) -> None:
        job.state, job.lease_until = state, None

    def _fail(self, job: Job) -> None:
        self._end(job, "failed")
        for each in self._stage(job):
            self._call_off(each)
        if self.cycles[job.cycle].state in OPEN:
            self.cycles[job.cycle].state = "failed"

    def _put_back(self, job: Job, *, burn: bool) -> None:
        job.not_before = self.now + (BACKOFF_S * job.attempt if burn else 0)
        job.attempt -= not burn
        job.lease_until = None
        job.state = "cancelled" if job.cancel else "pending"

    def _go_on(self, cycle: Cycle, done: str) -> None:
        following = self._following(cycle, done)
        if following in STATE_OF:
            cycle.state = STATE_OF[following]
            self._add(following, to=self.cycles.index(cycle))
        else:
            cycle.state = following

    def _following(self, cycle: Cycle, done: str) -> str:
        if done == "train":
            return "evaluate"
        if done == "evaluate":
            return "closed" if cycle.budget == 0 else "select" if cycle.random else "score"
        return "select" if done == "score" else "labelling"

    def _add(self, kind: str, to: int = -1) -> None:
        cycle = range(len(self.cycles))[to]
        for _ in range(SHARDS if kind == "score" else 1):
            self.cycles[cycle].jobs.append(len(self.jobs))
            self.jobs.append(Job(cycle, kind))
