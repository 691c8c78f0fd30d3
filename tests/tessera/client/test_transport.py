"""What is repeated, what is not, and how long the pauses are. No server of ours takes part."""

import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from tessera.client import Client, NotFound, ServerFault, TooManyRequests, Unreachable
from tessera.client.transport import backoff_s, retry_after_s
from tests.tessera.client.scripted import serving

pytestmark = pytest.mark.slow

JSON = {"Content-Type": "application/json"}
ME = (200, JSON, b'{"id":1,"name":"ada","is_admin":true,"created_at":"2026-01-01T00:00:00Z"}')
JOB = (
    202,
    JSON,
    b'{"id":7,"kind":"import","state":"pending","project_id":1,"created_at":"2026-01-01T00:00:00Z"}',
)
BUSY = (503, {"Retry-After": "0"}, b"")


def test_a_get_is_repeated_until_the_server_is_back():
    with serving(BUSY, (502, {}, b""), ME) as script, Client(script.url, "tes_x") as client:
        assert client.me().name == "ada"
    assert len(script.seen) == 3


def test_a_lost_connection_is_repeated():
    with serving((0, {}, b""), ME) as script, Client(script.url, "tes_x") as client:
        assert client.me().id == 1


def test_a_post_without_a_key_is_sent_once():
    with serving(BUSY) as script, Client(script.url, "tes_x") as client:
        with pytest.raises(ServerFault):
            client.create_user("ben")
        assert len(script.seen) == 1


def test_a_post_with_a_key_is_repeated_under_the_same_key():
    with serving(BUSY, (0, {}, b""), JOB) as script, Client(script.url, "tes_x") as client:
        assert client.import_folder(1, "/data").id == 7
    keys = {headers["Idempotency-Key"] for _, _, headers, _ in script.seen}
    assert len(script.seen) == 3
    assert len(keys) == 1


def test_two_calls_have_two_keys():
    with serving(JOB, JOB) as script, Client(script.url, "tes_x") as client:
        client.import_folder(1, "/data")
        client.import_folder(1, "/data")
    assert len({headers["Idempotency-Key"] for _, _, headers, _ in script.seen}) == 2


def test_retries_come_to_an_end():
    with serving(BUSY, BUSY, BUSY) as script, Client(script.url, retries=2) as client:
        with pytest.raises(ServerFault) as caught:
            client.me()
        assert caught.value.status == 503
        assert len(script.seen) == 3


def test_a_pause_that_is_too_long_is_reported_instead_of_waited():
    slow = (429, {"Retry-After": "3600"}, b"")
    with serving(slow) as script, Client(script.url) as client:
        with pytest.raises(TooManyRequests):
            client.me()
        assert len(script.seen) == 1


def test_a_delete_whose_answer_was_lost_is_done():
    with serving((0, {}, b""), (404, {}, b"")) as script, Client(script.url) as client:
        client.revoke_token(3)
        assert len(script.seen) == 2


def test_a_delete_of_nothing_is_not_found():
    with serving((404, {}, b"")) as script, Client(script.url) as client, pytest.raises(NotFound):
        client.revoke_token(3)


def test_an_unready_server_is_an_answer():
    body = b'{"status":"unready","checks":{"redis":"down"}}'
    with serving((503, JSON, body)) as script, Client(script.url) as client:
        assert client.ready().checks == {"redis": "down"}
        assert len(script.seen) == 1


def test_no_server_says_where_it_looked():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with Client(url, retries=1) as client, pytest.raises(Unreachable, match=url):
            client.me()


def test_every_request_says_who_asks():
    with serving(ME) as script, Client(script.url, "tes_x") as client:
        client.me()
    headers = script.seen[0][2]
    assert headers["Authorization"] == "Bearer tes_x"
    assert headers["User-Agent"].startswith("tessera-client/")
    assert headers["X-Request-Id"]


def test_pages_are_asked_for_one_after_the_other():
    user = ME[2].decode()
    first = (200, JSON, f'{{"items":[{user},{user}],"next_cursor":"abc"}}'.encode())
    second = (200, JSON, f'{{"items":[{user}],"next_cursor":null}}'.encode())
    with serving(first, second) as script, Client(script.url) as client:
        users = client.users()
        next(users)
        assert len(script.seen) == 1
        assert len(list(users)) == 2
    assert "cursor=abc" in script.seen[1][1]


def test_a_stream_that_breaks_off_is_gone_on_with_behind_its_last_event():
    kind = {"Content-Type": "text/event-stream"}
    first = (200, kind, b"id: 7\nevent: job\ndata: {}\n\n")
    second = (200, kind, b'event: cycle\ndata: {"n": 2}\n\n')
    with serving(first, (0, {}, b""), BUSY, second) as script, Client(script.url) as client:
        events = client.follow(1)
        assert [next(events).name, next(events).data] == ["job", {"n": 2}]
    assert [headers.get("Last-Event-ID") for _, _, headers, _ in script.seen] == [None, *["7"] * 3]


def test_a_stream_that_stays_away_is_reported():
    with serving(BUSY, BUSY) as script, Client(script.url, retries=1) as client:
        with pytest.raises(ServerFault):
            next(client.follow(1))
        assert len(script.seen) == 2


def test_pauses_grow_to_a_ceiling():
    pauses = [backoff_s(attempt) for attempt in range(1, 12)]
    assert 0.12 <= pauses[0] <= 0.25
    assert 4 <= pauses[-1] <= 8


@pytest.mark.parametrize(
    ("said", "expected_s"), [("7", 7.0), ("soon", None), ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0)]
)
def test_retry_after_is_read(said, expected_s):
    assert retry_after_s(httpx.Response(503, headers={"Retry-After": said})) == expected_s


def test_retry_after_may_be_a_date():
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    waited = retry_after_s(httpx.Response(503, headers={"Retry-After": when}))
    assert waited == pytest.approx(30, abs=2)
