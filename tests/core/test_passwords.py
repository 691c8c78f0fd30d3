"""Passwords are kept as Argon2id digests, and tell nothing to those who guess."""

import threading

import pytest
from argon2 import PasswordHasher, extract_parameters

from core import passwords
from core.errors import PasswordRefused, Unavailable

GOOD = "correct horse battery"


def test_the_digest_is_argon2id_of_19_mib():
    stored = passwords.digest(GOOD, of="ada")
    found = extract_parameters(stored)
    assert stored.startswith("$argon2id$")
    assert (found.memory_cost, found.time_cost, found.parallelism) == (19 * 1024, 2, 1)
    assert GOOD not in stored


def test_equal_passwords_have_different_digests():
    assert passwords.digest(GOOD, of="ada") != passwords.digest(GOOD, of="ada")


@pytest.mark.parametrize("wrong", ["", "Correct horse battery", GOOD + " ", "é\ud800", "x" * 2000])
def test_only_the_password_matches(wrong: str):
    stored = passwords.digest(GOOD, of="ada")
    assert passwords.matches(stored, GOOD)
    assert not passwords.matches(stored, wrong)


@pytest.mark.parametrize("stored", [None, "", "$argon2id$broken"])
def test_nothing_matches_what_is_no_digest(stored: str | None):
    assert not passwords.matches(stored, GOOD)


def test_a_name_without_a_password_costs_as_much_as_one_with(monkeypatch: pytest.MonkeyPatch):
    asked = []

    class Counting(PasswordHasher):
        def verify(self, *given: str | bytes) -> bool:  # type: ignore[override]
            asked.append(extract_parameters(str(given[0])))
            return super().verify(*given)

    monkeypatch.setattr(passwords, "_hasher", Counting(2, 19 * 1024, 1))
    passwords.matches(None, GOOD)
    passwords.matches(passwords.digest(GOOD, of="ada"), GOOD)
    assert asked[0] == asked[1]


@pytest.mark.parametrize(
    "bad", ["", "short", "x" * 9, "aaaaaaaaaaaaaaaa", "ada-lovelace1", "x" * 1025, "é" * 600]
)
def test_what_is_easily_guessed_or_endless_is_refused(bad: str):
    with pytest.raises(PasswordRefused, match="Expected"):
        passwords.digest(bad, of="ada-lovelace")


def test_a_digest_of_other_parameters_is_outdated():
    assert passwords.outdated(PasswordHasher(1, 8 * 1024, 1).hash(GOOD))
    assert not passwords.outdated(passwords.digest(GOOD, of="ada"))


def test_no_more_is_hashed_at_once_than_there_are_cores(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(passwords, "_cores", threading.BoundedSemaphore(1))
    monkeypatch.setattr(passwords, "PATIENCE_S", 0.05)
    with passwords._core(), pytest.raises(Unavailable, match="sign in"):
        passwords.digest(GOOD, of="ada")
    assert passwords.digest(GOOD, of="ada")
