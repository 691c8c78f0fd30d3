"""Users, and tokens of which only a digest is kept."""

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from core import users
from core.db import transaction
from core.errors import InvalidToken, NameTaken, NotFound, NoToken
from core.models import Event, Token, User
from core.settings import Settings
from tests import factories
from tests.factories import act, fresh, sql


@pytest.fixture
def ada(service: Settings) -> User:  # noqa: ARG001
    return factories.user()


def test_a_name_is_taken_once(ada: User):
    with pytest.raises(NameTaken, match=ada.name):
        act(users.create, name=ada.name)


def test_a_taken_name_leaves_the_rest_of_the_transaction_alone(ada: User):
    with transaction() as db:
        with pytest.raises(NameTaken):
            users.create(db, name=ada.name)
        other = users.create(db, name=f"{ada.name}-2", by=ada)
    assert fresh(other).name == f"{ada.name}-2"


def test_who_made_a_user_is_recorded(ada: User):
    made = act(users.create, name="made", by=ada)
    with transaction() as db:
        event = db.scalars(select(Event).where(Event.kind == "user.created")).all()[-1]
    assert (event.user_id, event.data) == (ada.id, {"name": made.name})


def test_a_token_signs_its_user_in(ada: User):
    token, secret = act(users.create_token, ada)
    found, used = act(users.authenticate, secret)
    assert (found.id, used.id) == (ada.id, token.id)


def test_only_the_digest_of_a_token_is_stored(ada: User):
    token, secret = act(users.create_token, ada, name="laptop")
    with transaction() as db:
        stored = str(db.execute(text("SELECT tokens::text FROM tokens")).all())
    assert secret not in stored
    assert token.digest == hashlib.sha256(secret.encode()).hexdigest()
    assert secret.startswith(token.prefix)
    assert len(secret) - len(token.prefix) > 30


@pytest.mark.parametrize("secret", [None, ""])
def test_no_token_is_not_the_same_as_a_wrong_one(ada: User, secret: str | None):  # noqa: ARG001
    with pytest.raises(NoToken):
        act(users.authenticate, secret)


@pytest.mark.parametrize("cut", [slice(1), slice(-1), slice(1, None)])
def test_a_part_of_a_token_is_worth_nothing(ada: User, cut: slice):
    _, secret = act(users.create_token, ada)
    with pytest.raises(InvalidToken):
        act(users.authenticate, secret[cut])


def test_the_digest_itself_does_not_sign_in(ada: User):
    token, _ = act(users.create_token, ada)
    with pytest.raises(InvalidToken):
        act(users.authenticate, token.digest)


@pytest.mark.parametrize("seconds", [0, -5])
def test_a_token_whose_time_is_over_is_refused(ada: User, seconds: int):
    _, secret = act(users.create_token, ada, expires_in=timedelta(seconds=seconds))
    with pytest.raises(InvalidToken):
        act(users.authenticate, secret)


def test_a_token_lives_until_its_time(ada: User):
    token, secret = act(users.create_token, ada, expires_in=timedelta(days=1))
    assert act(users.authenticate, secret)[0].id == ada.id
    sql("UPDATE tokens SET expires_at = now() - interval '1 s' WHERE id = :id", id=token.id)
    with pytest.raises(InvalidToken):
        act(users.authenticate, secret)


def test_a_revoked_token_is_refused_and_stays_so(ada: User):
    token, secret = act(users.create_token, ada)
    act(users.revoke, token)
    when = fresh(token).revoked_at
    act(users.revoke, token)
    assert fresh(token).revoked_at == when
    with pytest.raises(InvalidToken):
        act(users.authenticate, secret)


def test_one_revoked_token_leaves_the_others(ada: User):
    token, _ = act(users.create_token, ada)
    _, other = act(users.create_token, ada)
    act(users.revoke, token)
    assert act(users.authenticate, other)[0].id == ada.id


def test_a_disabled_user_cannot_sign_in(ada: User):
    _, secret = act(users.create_token, ada)
    sql("UPDATE users SET disabled_at = now() WHERE id = :id", id=ada.id)
    with pytest.raises(InvalidToken):
        act(users.authenticate, secret)


def test_use_is_noted_once_a_minute(ada: User):
    token, _ = act(users.create_token, ada)
    act(users.touch, token.id)
    first = fresh(token).last_used_at
    act(users.touch, token.id)
    assert fresh(token).last_used_at == first
    sql("UPDATE tokens SET last_used_at = now() - interval '2 min' WHERE id = :id", id=token.id)
    act(users.touch, token.id)
    assert fresh(token).last_used_at > first


def test_an_unknown_user_is_named(ada: User):
    with pytest.raises(NotFound, match=str(ada.id + 1000)):
        act(users.get, ada.id + 1000)


def test_the_first_start_makes_an_admin():
    sql("UPDATE users SET is_admin = false")
    act(users.bootstrap, "tes_first")
    found, _ = act(users.authenticate, "tes_first")
    assert (found.name, found.is_admin) == ("admin", True)


def test_a_lost_token_is_replaced_by_the_next_start():
    factories.user(is_admin=True)
    act(users.bootstrap, "tes_second")
    act(users.bootstrap, "tes_second")
    assert act(users.authenticate, "tes_second")[0].is_admin
    with transaction() as db:
        assert db.query(Token).filter_by(digest=users.digest("tes_second")).count() == 1


def test_a_revoked_first_token_does_not_come_back():
    factories.user(is_admin=True)
    act(users.bootstrap, "tes_third")
    act(users.revoke, act(users.authenticate, "tes_third")[1])
    act(users.bootstrap, "tes_third")
    with pytest.raises(InvalidToken):
        act(users.authenticate, "tes_third")


def test_a_token_has_a_prefix_and_a_checksum_of_its_own():
    secrets = {users.new_secret() for _ in range(50)}
    assert len(secrets) == 50
    for secret in secrets:
        assert users.FORMAT.fullmatch(secret)
        assert not users.is_mistyped(secret)
        assert users.is_mistyped(secret[:-1] + ("0" if secret[-1] != "0" else "1"))


@pytest.mark.parametrize("secret", ["tes_given", "", "tes_" + "a" * 43, "tes_" + "é" * 40])
def test_a_token_of_another_make_is_not_called_mistyped(secret: str):
    assert not users.is_mistyped(secret)


def test_a_mistyped_token_is_told_so_without_asking_the_database(ada: User):
    _, secret = act(users.create_token, ada)
    with pytest.raises(InvalidToken, match="mistyped"):
        users.authenticate(None, secret[:10] + ("x" if secret[10] != "x" else "y") + secret[11:])  # type: ignore[arg-type]
