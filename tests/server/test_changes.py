from typing import Any

import pytest

from core import audit, jobs
from core.db import transaction
from core.models import Event, Project, User
from core.plans import Plan
from core.settings import Settings
from server import changes
from server.changes import Change, Watch
from tests import factories
from tests.factories import act


@pytest.fixture
def ada(service: Settings) -> User:  # noqa: ARG001
    return factories.user()


@pytest.fixture
def project(ada: User) -> Project:
    return factories.project(ada)


def record(project: Project, kind: str, **data: Any) -> None:
    act(audit.record, kind, project_id=project.id, **data)


def kinds(told: list[Change]) -> list[str]:
    return [change.data["kind"] for change in told]


def test_a_watch_starts_with_what_comes_next(project: Project):
    record(project, "cycle.started")
    watch = Watch(project.id, after=None)
    assert act(watch.look) == []
    record(project, "cycle.training")
    assert kinds(act(watch.look)) == ["cycle.training"]
    assert act(watch.look) == []


def test_a_watch_resumes_after_the_last_event_seen(project: Project):
    before = act(Watch(project.id, after=0).look)
    for number in range(3):
        record(project, "region.labelled", region=number)
    first, *rest = act(Watch(project.id, after=0).look)[len(before) :]
    assert [change.id for change in act(Watch(project.id, after=first.id).look)] == [
        change.id for change in rest
    ]


def test_a_resumed_watch_tells_nothing_twice(project: Project):
    for number in range(3):
        record(project, "region.labelled", region=number)
    last = act(Watch(project.id, after=0).look)[-1].id
    watch = Watch(project.id, after=last)
    assert act(watch.look) == []
    record(project, "region.skipped")
    assert kinds(act(watch.look)) == ["region.skipped"]
    assert act(watch.look) == []


def test_a_long_absence_is_told_in_pieces(project: Project, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(changes, "WINDOW", 2)
    watch = Watch(project.id, after=0)
    for number in range(9):
        record(project, "region.labelled", region=number)
    told = [change.data["region"] for _ in range(9) for change in act(watch.look)]
    assert told == list(range(9))


def test_events_are_named_by_their_noun_and_others_stay_out(project: Project):
    for kind in ("cycle.closed", "region.skipped", "import.requested", "project.changed"):
        record(project, kind)
    record(project, "review.rejected", review=1, reason="kerb")
    told = act(Watch(project.id, after=0).look)
    assert [change.name for change in told] == ["cycle", "region", "job", "review"]
    assert (told[-1].data["review"], "reason" in told[-1].data) == (1, False)


def test_other_projects_are_not_heard(project: Project, ada: User):
    watch = Watch(project.id, after=None)
    act(watch.look)
    record(factories.project(ada), "cycle.started")
    assert act(watch.look) == []


def test_an_event_that_commits_late_is_not_lost(project: Project):
    record(project, "cycle.started")
    watch = Watch(project.id, after=None)
    act(watch.look)
    with transaction() as slow:
        slow.add(Event(kind="cycle.late", project_id=project.id, data={}))
        slow.flush()
        record(project, "cycle.early")
        assert kinds(act(watch.look)) == ["cycle.early"]
    assert kinds(act(watch.look)) == ["cycle.late"]


def test_a_running_job_is_told_when_it_moves(project: Project, ada: User):
    factories.image(project)
    cycle = factories.cycle(project, ada, Plan(regions=1))
    watch = Watch(project.id, after=None)
    assert [change.data["state"] for change in act(watch.look)] == ["pending"]
    claim = factories.claim(factories.pending(cycle))
    act(jobs.heartbeat, claim, {"step": 3})
    (moved,) = act(watch.look)
    assert (moved.name, moved.data["progress"], moved.id) == ("job", {"step": 3}, None)
    assert act(watch.look) == []


def test_the_end_of_a_job_is_told_once(project: Project, ada: User):
    factories.image(project)
    cycle = factories.cycle(project, ada, Plan(regions=1))
    watch = Watch(project.id, after=None)
    act(watch.look)
    act(jobs.fail, factories.claim(factories.pending(cycle)), error_class="x", text="y")
    (ended,) = act(watch.look)
    assert (ended.data["state"], ended.data["error"]) == ("failed", {"class": "x", "text": "y"})
    assert act(watch.look) == []


def test_an_event_is_one_line_of_data():
    text = Change("cycle", {"a": "b\nc"}, 7).text()
    assert text == 'id: 7\nevent: cycle\ndata: {"a": "b\\nc"}\n\n'
