from starlette.testclient import TestClient


def test_a_service_with_everything_is_ready(client: TestClient):
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "checks": {"database": "ok", "redis": "ok", "store": "ok"},
    }
