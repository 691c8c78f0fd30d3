from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from tests.factories import sql
from tests.server.people import Team


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
