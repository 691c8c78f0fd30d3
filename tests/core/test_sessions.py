"""Signing in, and how a password comes about."""

from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from core import sessions, users
from core.db import transaction
from core.errors import InvalidToken, PasswordRefused, WrongPassword
from core.models import Event, Token, User
from core.settings import Settings
from tests import factories
from tests.factories import act, act_on, fresh, sql

GOOD, OTHER = "correct horse battery", "staple horse battery"


@pytest.fixture
def ada(service: Settings) -> User:  # noqa: ARG001
    user = factories.user()
    act_on(sessions.set_password, user, GOOD)
    return user


def name_of(session: str) -> str:
    return act(users.authenticate, session)[0].name


def ended(secret: str) -> bool:
    try:
        act(users.authenticate, secret)
    except InvalidToken:
        return True
    return False


def test_a_password_starts_a_session(ada: User):
    assert name_of(act(sessions.of_password, ada.name, GOOD)) == ada.name


def test_neither_name_nor_password_is_told_to_be_the_wrong_one(ada: User):
    said = set()
    for name, password in ((ada.name, OTHER), ("nobody", GOOD), (ada.name, ""), ("", "")):
        with pytest.raises(WrongPassword) as caught:
            act(sessions.of_password, name, password)
        said.add(caught.value.detail)
    assert len(said) == 1


def test_who_has_no_password_or_is_disabled_is_not_let_in(ada: User):
    without = factories.user()
    sql("UPDATE users SET disabled_at = now() WHERE id = :id", id=ada.id)
    for name in (without.name, ada.name):
        with pytest.raises(WrongPassword):
            act(sessions.of_password, name, GOOD)


def test_an_old_digest_is_made_anew_when_its_owner_signs_in(ada: User):
    old = PasswordHasher(1, 8 * 1024, 1).hash(GOOD)
    sql("UPDATE users SET password = :old WHERE id = :id", old=old, id=ada.id)
    act(sessions.of_password, ada.name, GOOD)
    assert "m=19456,t=2,p=1" in str(fresh(ada).password)


def test_a_session_of_a_token_reaches_no_further_and_ends_with_it(ada: User):
    hour = timedelta(hours=1)
    token, secret = act(users.create_token, ada, scope="read", expires_in=hour)
    session = act(users.authenticate, act(sessions.of_token, secret))[1]
    assert (session.scope, session.kind) == ("read", "session")
    assert session.expires_at == token.expires_at
    act_on(users.revoke, token)
    assert fresh(session).revoked_at is not None


def test_a_session_makes_no_other_session(ada: User):
    session = act(sessions.of_password, ada.name, GOOD)
    with pytest.raises(InvalidToken):
        act(sessions.of_token, session)


def test_an_invitation_is_good_for_a_password_once(ada: User):
    _, invitation = act_on(lambda db, user: sessions.invite(db, user, by=user), ada)
    assert ended(invitation)  # it is no token
    assert act(sessions.redeem, invitation, OTHER).name == ada.name
    assert name_of(act(sessions.of_password, ada.name, OTHER)) == ada.name
    with pytest.raises(InvalidToken):
        act(sessions.redeem, invitation, GOOD)


def test_a_refused_password_does_not_use_the_invitation_up(ada: User):
    _, invitation = act_on(lambda db, user: sessions.invite(db, user, by=user), ada)
    with pytest.raises(PasswordRefused):
        act(sessions.redeem, invitation, "short")
    act(sessions.redeem, invitation, OTHER)


def test_a_new_invitation_takes_the_place_of_the_old(ada: User):
    first, second = (
        act_on(lambda db, user: sessions.invite(db, user, by=user), ada)[1] for _ in range(2)
    )
    with pytest.raises(InvalidToken):
        act(sessions.redeem, first, OTHER)
    act(sessions.redeem, second, OTHER)


def test_a_new_password_ends_sessions_but_no_tokens(ada: User):
    session = act(sessions.of_password, ada.name, GOOD)
    _, token = act(users.create_token, ada)
    act_on(lambda db, user: sessions.change_password(db, user, OTHER, current=GOOD), ada)
    assert (ended(session), ended(token)) == (True, False)


def test_who_changes_a_password_knows_the_one_before(ada: User):
    with pytest.raises(WrongPassword):
        act_on(lambda db, user: sessions.change_password(db, user, OTHER, current=OTHER), ada)
    first = factories.user()
    act_on(lambda db, user: sessions.change_password(db, user, OTHER, current=""), first)
    assert name_of(act(sessions.of_password, first.name, OTHER)) == first.name


def test_what_is_written_down_of_it_holds_no_secret(ada: User):
    session = act(sessions.of_password, ada.name, GOOD)
    with transaction() as db:
        events = [str(each.data) + each.kind for each in db.scalars(select(Event))]
        rows = [str(vars(each)) for each in (*db.scalars(select(Token)), *db.scalars(select(User)))]
    assert any("user.password_set" in each for each in events)
    assert not any(secret in text for secret in (GOOD, session) for text in events + rows)
