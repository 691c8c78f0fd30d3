import pytest

from core.kept import Kept


def made(kept: Kept[bytes], keys: str) -> list[str]:
    """The keys for which a value of four bytes had to be made."""
    found: list[str] = []

    def make(key: str) -> bytes:
        found.append(key)
        return key.encode() * 4

    for key in keys:
        assert kept.get(key, lambda key=key: make(key)) == key.encode() * 4
    return found


def test_a_value_is_made_once():
    assert made(Kept(100), "aabab") == ["a", "b"]


def test_what_was_used_longest_ago_makes_room():
    assert made(Kept(8), "abacab") == ["a", "b", "c", "b"]


def test_what_is_larger_than_the_budget_is_made_each_time():
    assert made(Kept(3), "aa") == ["a", "a"]


def test_a_failure_is_not_kept():
    kept: Kept[bytes] = Kept(100)
    with pytest.raises(ZeroDivisionError):
        kept.get("a", lambda: bytes(1 // 0))
    assert made(kept, "a") == ["a"]
