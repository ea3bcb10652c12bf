"""What was appended lately is remembered, and in the end forgotten."""

from devices.ingest.recent import RecentKeys


def test_keys_are_forgotten_when_two_generations_have_passed() -> None:
    recent = RecentKeys(generation=2)
    recent.add({1, 2, 3})
    recent.add({4})
    assert all(key in recent for key in (1, 2, 3, 4))
    recent.add({5, 6})
    assert 1 not in recent
    assert all(key in recent for key in (4, 5, 6))
