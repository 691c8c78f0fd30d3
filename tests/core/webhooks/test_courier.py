"""What is committed is told, what is not is not; to a receiver in a process of its own."""

import json
import logging
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from core import audit
from core.db import transaction
from core.models import Delivery, Project, User, Webhook
from core.settings import settings
from core.webhooks import courier, hooks
from core.webhooks.addresses import Target
from core.webhooks.posting import post
from tests import factories
from tests.environment import settings_of
from tests.factories import act, act_on, fresh, sql

KINDS = ("cycle", "region.labelled")


@pytest.fixture(scope="module")
def service(database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory):
    urls = {"database_url": database_url, "redis_url": redis_url}
    patient = {"webhook_pause_s": 600, "webhook_timeout_s": 5, "webhook_attempts": 3}
    with settings_of(tmp_path_factory.mktemp("data"), **urls, **patient, webhooks_private=True):
        yield settings()


class Receiver(NamedTuple):
    url: str
    log: Path
    secret: Path

    def heard(self) -> list[dict[str, Any]]:
        return [json.loads(each) for each in self.log.read_text().splitlines()]


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Receiver]]:
    """A receiver that has heard nothing yet and answers these statuses in turn."""
    folder = tmp_path_factory.mktemp("receiver")
    command = [sys.executable, "-m", "tests.core.webhooks.receiver", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        url = child.stdout.readline().strip()

        def answering(*statuses: int) -> Receiver:
            (folder / "statuses").write_text(" ".join(map(str, statuses)))
            (folder / "heard.jsonl").write_text("")
            return Receiver(url, folder / "heard.jsonl", folder / "secret")

        yield answering
        child.kill()


def hook(project: Project, by: User, to: Receiver) -> Webhook:
    made = act(hooks.create, project, url=f"{to.url}/in/secret-path", kinds=KINDS, by=by)
    to.secret.write_text(made.secret)
    return made


def log_of(webhook: Webhook) -> list[Delivery]:
    with transaction() as db:
        return list(db.scalars(hooks.log(webhook).order_by(Delivery.id)))


def due_now(webhook: Webhook) -> None:
    sql("UPDATE deliveries SET not_before = now() WHERE webhook_id = :id", id=webhook.id)


def test_a_cycle_and_its_labels_are_told_to_a_receiver(receiver, project: Project, ada: User):
    at = receiver(200)
    webhook = hook(project, ada, at)
    cycle = factories.labelling(project, ada, number=1)
    [leased] = factories.lease(project, ada)
    factories.submit(leased)
    courier.deliver_due()
    told = sorted(at.heard(), key=lambda each: int(each["id"].removeprefix("evt_")))
    assert [each["message"]["kind"] for each in told] == [
        "cycle.started", "cycle.labelling", "region.labelled", "cycle.closed",
    ]  # fmt: skip
    assert {each["path"] for each in told} == {"/in/secret-path"}
    assert told[2]["message"]["url"] == f"/api/v1/regions/{leased.region.id}"
    assert told[3]["message"]["url"] == f"/api/v1/cycles/{cycle.id}"
    assert {(each.state, each.status) for each in log_of(webhook)} == {("delivered", 200)}
    assert courier.deliver_due() == 0


def test_what_is_rolled_back_is_not_told(receiver, project: Project, ada: User):
    webhook = hook(project, ada, receiver(200))
    with transaction() as db:
        audit.record(db, "cycle.closed", project_id=project.id)
        db.flush()
        assert len(db.scalars(hooks.log(webhook)).all()) == 1
        db.rollback()
    assert log_of(webhook) == []


def test_what_is_not_taken_is_sent_again_with_the_same_id_and_then_given_up(
    receiver, project: Project, ada: User, caplog: pytest.LogCaptureFixture
):
    at = receiver(500, 302, 503, 200)
    webhook = hook(project, ada, at)
    with caplog.at_level(logging.DEBUG):
        act(audit.record, "cycle.closed", project_id=project.id)
        for attempt in (1, 2, 3):
            assert courier.deliver_due() == 1
            assert courier.deliver_due() == 0, "not before its time"
            assert log_of(webhook)[0].attempt == attempt
            due_now(webhook)
    [given_up] = log_of(webhook)
    assert (given_up.state, given_up.status) == ("failed", 503)
    assert len({each["id"] for each in at.heard()}) == 1
    assert webhook.secret not in caplog.text
    assert "secret-path" not in caplog.text
    act_on(hooks.redeliver, given_up)
    courier.deliver_due()
    assert [each.state for each in log_of(webhook)] == ["failed", "delivered"]
    assert len({each["id"] for each in at.heard()}) == 1


def test_a_ping_arrives_and_a_pause_holds_back(receiver, project: Project, ada: User):
    at = receiver(204)
    webhook = hook(project, ada, at)
    act_on(hooks.change, webhook, active=False, by=ada)
    act_on(hooks.ping, webhook)
    act(audit.record, "cycle.closed", project_id=project.id)
    assert (courier.deliver_due(), len(log_of(webhook))) == (0, 1)
    act_on(hooks.change, webhook, active=True, by=ada)
    assert courier.deliver_due() == 1
    [told] = at.heard()
    assert told["message"]["kind"] == "ping"
    act_on(hooks.remove, webhook, by=ada)
    assert log_of(webhook) == []


def test_a_new_secret_signs_from_then_on(receiver, project: Project, ada: User):
    at = receiver(200)
    webhook = hook(project, ada, at)
    old = webhook.secret
    act_on(hooks.renew_secret, webhook, by=ada)
    act_on(hooks.ping, webhook)
    courier.deliver_due()
    assert "not one of this secret" in at.heard()[0]["refused"]
    at.secret.write_text(fresh(webhook).secret)
    act_on(hooks.ping, webhook)
    courier.deliver_due()
    assert (old != fresh(webhook).secret, "message" in at.heard()[1]) == (True, True)


def test_a_name_that_leads_inside_by_now_is_not_followed(
    receiver, project: Project, ada: User, monkeypatch: pytest.MonkeyPatch, service
):
    """The name was public when it was named: DNS rebinding."""
    at = receiver(200)
    webhook = hook(project, ada, at)
    act_on(hooks.ping, webhook)
    closed = service.model_copy(update={"webhooks_private": False})
    monkeypatch.setattr(courier, "settings", lambda: closed)
    sql("UPDATE webhooks SET url = 'https://localhost/' WHERE id = :id", id=webhook.id)
    courier.deliver_due()
    [refused] = log_of(webhook)
    assert "not a public address" in (refused.error or "")
    assert at.heard() == []


def test_a_message_goes_to_the_address_that_was_checked_whatever_the_name_says(receiver):
    at = receiver(200)
    at.secret.write_text("whsec_AAAA")
    port = int(at.url.rpartition(":")[2])
    to = Target("http", "elsewhere.example", port, "/", ("127.0.0.1",))
    assert post(to, {}, b"{}", timeout_s=5).status == 200
    assert at.heard()[0]["host"] == f"elsewhere.example:{port}"


def test_a_receiver_that_drips_is_hung_up_on():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        to = Target("http", "slow.example", listener.getsockname()[1], "/", ("127.0.0.1",))
        outcome = post(to, {}, b"{}", timeout_s=0.3)
    assert (outcome.status, outcome.is_good) == (None, False)
    assert outcome.error
