"""Policy files: what is wrong is refused with its place in the file."""

from pathlib import Path

import pytest

import pricing.rates
from pricing.rates.policy_file import PolicyFileError, parse_policy, read_policy

LINZI = (Path(pricing.rates.__file__).parent / "policies" / "linzi.toml").read_bytes()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (b'mode = "per_unit"', b'mode = "per_hour"', "line[0].mode"),
        (b"unit_minutes = 30\n", b"", "line[0] (day-I)"),
        (b"price = 400", b"price = -1", "line[1] (night-I)"),
        (b"price = 400", b"price = 4.5", "line[1].price"),
        (b'from = "07:00"', b'from = "7 am"', "from"),
        (b"version = 1", b'version = 1\ncolour = "red"', "colour"),
        (b"[free]", b"[free", "line"),
    ],
)
def test_mistake_is_named_with_its_place_when_a_policy_is_wrong(old: bytes, new: bytes, told: str) -> None:
    with pytest.raises(PolicyFileError) as refusal:
        parse_policy(LINZI.replace(old, new, 1))
    assert told in refusal.value.detail


def test_policy_is_refused_when_the_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(PolicyFileError) as refusal:
        read_policy(tmp_path / "none.toml")
    assert refusal.value.code == "policy_unreadable"
