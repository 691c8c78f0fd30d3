from starlette.testclient import TestClient

from tests.full_disk import full_disk


def test_a_service_with_everything_is_ready(client: TestClient):
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "checks": {"database": "ok", "redis": "ok", "store": "ok", "disk": "ok"},
    }


def test_a_full_disk_is_told_and_no_reason_to_be_taken_out_of_service(client: TestClient):
    with full_disk():
        answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["checks"]["disk"]) == ("low_on_disk", "low")
