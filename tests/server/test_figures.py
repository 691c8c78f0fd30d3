import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from core.plans import Plan
from tests import factories
from tests.factories import sql
from tests.server.people import Team

pytestmark = pytest.mark.slow


def figures(client: TestClient) -> dict[tuple[str, ...], float]:
    """Samples by name and labels' values."""
    text = client.get("/metrics").text
    samples = (each for family in text_string_to_metric_families(text) for each in family.samples)
    return {(each.name, *each.labels.values()): each.value for each in samples}


def test_requests_count_by_template_and_class_of_status(team: Team):
    key = ("tessera_http_requests_total", "GET", "/projects/{project_id}", "4xx")
    before = figures(team.client).get(key, 0)
    for _ in range(2):
        team.outsider.get(team.path)
    assert figures(team.client)[key] == before + 2


def test_unknown_paths_and_methods_make_no_series_of_their_own(client: TestClient):
    client.get("/wp-login.php")
    client.request("BREW", "/coffee")
    found = figures(client)
    assert found["tessera_http_requests_total", "GET", "unmatched", "4xx"] >= 1
    assert found["tessera_http_requests_total", "other", "unmatched", "4xx"] >= 1
    assert not any("wp-login" in label for key in found for label in key)


def test_the_queue_shows_its_depth_and_leases(team: Team):
    sql("UPDATE regions SET state = 'withdrawn'")
    team.labelling(number=4)
    team.annotator.lease(team.project)
    found = figures(team.client)
    assert (found["tessera_regions_waiting",], found["tessera_leases_live",]) == (3, 1)
    assert found["tessera_cycles_open", "labelling"] >= 1
    assert found["tessera_jobs", "select", "succeeded"] >= 1


def test_rank_regret_is_the_number_of_better_regions_left_behind(team: Team):
    sql("UPDATE regions SET state = 'withdrawn'")
    team.labelling(number=4)
    first = team.annotator.post(f"{team.path}/leases", {"count": 3}).json()["items"][0]
    assert figures(team.client)["tessera_rank_regret",] == 0
    team.annotator.delete(f"/leases/{first['id']}")
    assert figures(team.client)["tessera_rank_regret",] == 1


def test_leases_that_ran_out_are_counted_whether_somebody_followed_or_not(team: Team):
    sql("UPDATE regions SET state = 'withdrawn'")
    team.labelling(number=2)
    before = figures(team.client)["tessera_leases_expired",]
    team.annotator.post(f"{team.path}/leases", {"count": 2})
    sql("UPDATE regions SET lease_until = now() - interval '1 s' WHERE state = 'open'")
    assert figures(team.client)["tessera_leases_expired",] == before + 2
    team.reviewer.lease(team.project)
    assert figures(team.client)["tessera_leases_expired",] == before + 2


def test_a_running_job_shows_how_long_it_is_silent_and_what_it_holds_of_a_gpu(team: Team):
    factories.image(team.project)
    cycle = factories.cycle(team.project, team.admin.user, Plan(regions=1))
    job = factories.pending(cycle)
    factories.claim(job)
    sql("UPDATE jobs SET heartbeat_at = NULL, claimed_at = now() - interval '9 s', "
        "progress = '{\"gpu_bytes\": 4096}' WHERE id = :id", id=job.id)  # fmt: skip
    found = figures(team.client)
    assert 9 <= found["tessera_job_heartbeat_age_seconds", job.kind] < 60
    assert found["tessera_job_gpu_memory_bytes", str(job.id), job.kind] == 4096


def test_a_submit_shows_how_long_it_took(team: Team):
    team.labelling(number=1)
    key = ("tessera_http_request_seconds_count", "PUT", "/regions/{region_id}/label")
    before = figures(team.client).get(key, 0)
    team.annotator.put_label(team.annotator.lease(team.project), 0)
    assert figures(team.client)[key] == before + 1
