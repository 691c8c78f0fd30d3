"""The client against the real server: routes, problems, and answers that got lost."""

from datetime import UTC, datetime

import pytest

from tessera.client import Client, Conflict, Forbidden, Invalid, NotFound, NotSignedIn
from tests.tessera.client.proxy import proxying

pytestmark = pytest.mark.slow


def test_the_first_admin_is_there(client):
    assert client.me().is_admin
    assert client.live()
    assert client.ready().checks["database"]


def test_a_user_is_made_and_signs_in(client, service):
    user = client.create_user("ada")
    made = client.create_token(user.id, name="laptop", expires_in_days=1)
    with Client(service.url, made.token) as ada:
        assert ada.me().name == "ada"
    assert made.expires_at > datetime.now(UTC)


def test_a_revoked_token_opens_nothing(client, service):
    user = client.create_user("ben")
    made = client.create_token(user.id)
    client.revoke_token(made.id)
    with Client(service.url, made.token) as ben, pytest.raises(NotSignedIn):
        ben.me()


def test_secrets_are_shown_once(client):
    user = client.create_user("eve")
    client.create_token(user.id)
    assert [token.token for token in client.tokens(user.id)] == [None]


def test_a_name_that_is_taken_is_a_conflict(client):
    client.create_user("carl")
    with pytest.raises(Conflict) as caught:
        client.create_user("carl")
    assert caught.value.code == "name_taken"
    assert caught.value.request_id


def test_somebody_else_sees_nothing(client, service, project):
    stranger = client.create_token(client.create_user("zoe").id).token
    with Client(service.url, stranger) as zoe:
        assert list(zoe.projects()) == []
        with pytest.raises(NotFound):
            zoe.project(project.id)
        with pytest.raises(Forbidden):
            zoe.create_user("mallory")


def test_a_project_is_read_back_as_it_was_made(client, project):
    read = client.project(project.id)
    assert read == project
    assert [each.name for each in read.classes] == ["road", "sky"]


def test_classes_are_replaced_as_a_list(client, project):
    changed = [each.model_copy(update={"key": each.name[0]}) for each in project.classes]
    assert client.put_classes(project.id, changed) == changed
    assert client.classes(project.id) == changed


def test_a_title_is_changed_alone(client, project):
    assert client.update_project(project.id, title="Streets").recipe == project.recipe


def test_members_come_and_go(client, project):
    user = client.create_user("mia")
    client.put_member(project.id, user.id, "reviewer")
    assert (user.id, "reviewer") in [(m.user_id, m.role) for m in client.members(project.id)]
    client.remove_member(project.id, user.id)
    assert user.id not in [m.user_id for m in client.members(project.id)]


def test_pages_hold_every_user_once(client):
    made = {client.create_user(f"crowd-{n}").id for n in range(5)}
    listed = [user.id for user in client.pages("/users", type(client.me()), limit=2)]
    assert made <= {*listed}
    assert len(listed) == len({*listed})


def test_an_empty_queue_says_why(client, project):
    leases = client.lease(project.id, count=3)
    assert (leases.items, leases.reason) == ([], "no_open_cycle")


def test_a_folder_outside_is_refused(client, project):
    with pytest.raises(Invalid) as caught:
        client.import_folder(project.id, "/etc")
    assert caught.value.code == "path_not_allowed"


def test_a_field_that_is_refused_is_named(client):
    with pytest.raises(Invalid, match="cell_px"):
        client.create_project("bad", cell_px=0, classes=[], recipe="s4al-cpu")


def test_an_answer_that_got_lost_does_not_import_twice(client, service, project):
    (service.import_root / "images").mkdir(exist_ok=True)
    with proxying(service.url, swallow=2) as proxy, Client(proxy.url, service.token) as far:
        job = far.import_folder(project.id, service.import_root)
    assert proxy.passed == 3
    assert [each.id for each in client.jobs(project.id)] == [job.id]


def test_a_change_arrives_as_an_event(client, service, project):
    (service.import_root / "images").mkdir(exist_ok=True)
    job = client.import_folder(project.id, service.import_root)
    event = next(client.events(project.id))
    assert (event.name, event.data["id"]) == ("job", job.id)


def test_events_of_somebody_else_are_not_found(client):
    with pytest.raises(NotFound):
        next(client.events(10**6))


def test_an_unknown_job_is_not_found(client):
    with pytest.raises(NotFound):
        client.job(10**6)


def test_a_cycle_is_previewed_by_an_admin_alone(client, service, project):
    with pytest.raises(Conflict) as caught:
        client.preview_cycle(project.id, regions=3)
    assert caught.value.code == "project_empty"
    with pytest.raises(ValueError, match="expected one of regions"):
        client.preview_cycle(project.id, regions=3, share=0.1)
    someone = client.create_user("ida")
    client.put_member(project.id, someone.id, "annotator")
    secret = client.create_token(someone.id).token
    with Client(service.url, secret) as ida, pytest.raises(Forbidden):
        ida.preview_cycle(project.id, regions=3)


def test_a_project_without_cycles_has_an_overview_and_no_forecast(client, project):
    overview = client.overview(project.id)
    assert (overview.cycle, overview.people, overview.spent.regions) == (None, [], 0)
    assert client.forecast(project.id, target=0.5, against="clicks").state == "too_early"
    assert client.comparisons(project.id) == []
    assert client.models(project.id) == []
    client.end_leases(project.id, client.me().id)
    assert {each.kind for each in client.audit(project.id)} == {"project.created", "member.set"}
    everywhere = client.site_audit(kind="project.created")
    assert project.id in {each.project_id for each in everywhere}


def test_a_webhook_is_named_pinged_changed_and_removed(client, project):
    made = client.create_webhook(project.id, "https://1.1.1.1/in", kinds=["cycle", "region"])
    assert made.secret.startswith("whsec_")
    assert [each.secret for each in client.webhooks(project.id)] == [None]
    assert client.renew_webhook_secret(made.id).secret not in (None, made.secret)
    assert client.change_webhook(made.id, active=False).kinds == ["cycle", "region"]
    sent = client.ping_webhook(made.id)
    assert client.delivery(sent.id).state == "pending"
    assert client.redeliver(sent.id).kind == "ping"
    assert len(list(client.deliveries(made.id))) == 2
    client.remove_webhook(made.id)
    with pytest.raises(NotFound):
        client.webhook(made.id)
    told = {each.kind: each.data for each in client.audit(project.id, kind="webhook")}
    assert told["webhook.created"] == {
        "webhook": made.id, "host": "1.1.1.1", "kinds": ["cycle", "region"],
    }  # fmt: skip


@pytest.mark.parametrize("url", ["http://1.1.1.1/", "https://localhost/", "https://10.0.0.7/x"])
def test_a_webhook_inside_is_refused(client, project, url):
    with pytest.raises(Invalid) as caught:
        client.create_webhook(project.id, url)
    assert caught.value.code == "webhook_refused"
