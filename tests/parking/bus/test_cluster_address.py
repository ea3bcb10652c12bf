"""The address of a cluster, and which slot a command belongs to."""

import pytest

from parking.bus.cluster_address import RedisAddressError, cluster_address
from parking.bus.slots import SlotTable, key_of, slot_of


@pytest.mark.parametrize("url", ["redis://a:1/0", "redis://a:1/3?cluster=false", "unix:///run/redis.sock"])
def test_the_address_of_one_server_is_none_of_a_cluster(url: str) -> None:
    assert cluster_address(url) is None


def test_every_node_is_spoken_to_in_the_same_way() -> None:
    found = cluster_address("rediss://me:p%40ss@a:7000,b,[::1]:7001/?cluster=true&ssl_cert_reqs=none")
    assert found is not None
    assert found.seeds == (("a", 7000), ("b", 6379), ("::1", 7001))
    assert found.of_node(("c", 7002)) == "rediss://me:p%40ss@c:7002?ssl_cert_reqs=none"
    assert found.of_node(("::1", 1)) == "rediss://me:p%40ss@[::1]:1?ssl_cert_reqs=none"


@pytest.mark.parametrize(
    "url", ["redis://a/1?cluster=true", "redis://a/?cluster=yes", "redis://a:x/?cluster=true", "redis:///?cluster=true"]
)
def test_an_address_that_means_nothing_is_refused(url: str) -> None:
    with pytest.raises(RedisAddressError):
        cluster_address(url)


def test_the_key_of_a_command_is_found() -> None:
    assert key_of(("GET", "k")) == "k"
    assert key_of(("EVALSHA", "sha", 2, "k", "l", "x")) == "k"
    assert key_of(("XREAD", b"COUNT", 1, b"STREAMS", "k", "0-0")) == "k"
    assert key_of(("MEMORY USAGE", "k")) == "k"


def test_keys_of_a_tag_share_a_slot() -> None:
    """Rule: the cluster specification; `123456789` is its example."""
    assert slot_of("123456789") == 12739
    assert slot_of("occ:{7}:meta") == slot_of(b"changes:{7}") == slot_of("7")


def test_a_node_without_an_address_is_the_one_that_was_asked() -> None:
    table = SlotTable.told([[0, 5, [b"", 7000, b"id"], [b"c", 1, b"id"]], [6, 9, ["b", 7001, "id"]]], ("a", 7))
    assert [table.primary(slot) for slot in (0, 5, 6)] == [("a", 7000), ("a", 7000), ("b", 7001)]
    assert table.replicas == {("c", 1)}
    assert table.primaries == {("a", 7000), ("b", 7001)}
    assert table.with_primary(3, ("b", 7001)).by_slot[2:5] == (("a", 7000), ("b", 7001), ("a", 7000))
