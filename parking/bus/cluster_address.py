"""The address of a cluster: that of one server which says `cluster=true`, and may name further nodes with commas.

`redis://:password@node-1:6379,node-2:6379/?cluster=true`. It is said and not found out, so that a node that is away at the start
changes nothing in how the others are spoken to.
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from parking.bus.slots import Address
from parking.domain.errors import InvalidInputError

CLUSTER: Final = "cluster"
DEFAULT_PORT: Final = 6379


class RedisAddressError(InvalidInputError):
    """The address of the live store cannot be read."""

    code = "redis_address_invalid"


@dataclass(frozen=True, slots=True)
class ClusterAddress:
    """Where a cluster is, and how each of its nodes is spoken to."""

    seeds: tuple[Address, ...]
    url: SplitResult
    """With everything but the nodes: scheme, who asks, options."""

    def of_node(self, node: Address) -> str:
        host, port = node
        who, at, _ = self.url.netloc.rpartition("@")
        place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        return self.url._replace(netloc=f"{who}{at}{place}").geturl()


def cluster_address(redis_url: str) -> ClusterAddress | None:
    """None for the address of one server. Raises `RedisAddressError`."""
    url = urlsplit(redis_url)
    options = parse_qsl(url.query)
    said = [value for name, value in options if name == CLUSTER]
    if not said or said == ["false"]:
        return None
    if said != ["true"] or url.path.strip("/") not in {"", "0"}:
        raise RedisAddressError("a cluster is cluster=true and has no database but 0")
    rest = urlencode([(name, value) for name, value in options if name != CLUSTER])
    seeds = tuple(_node(url.scheme, place) for place in url.netloc.rpartition("@")[2].split(","))
    return ClusterAddress(seeds, url._replace(path="", query=rest))


def _node(scheme: str, place: str) -> Address:
    try:
        node = urlsplit(f"{scheme}://{place}")
        host, port = node.hostname, node.port or DEFAULT_PORT
    except ValueError as error:
        raise RedisAddressError(f"{place!r} is no node of a cluster: {error}") from error
    if not host:
        raise RedisAddressError("a node of a cluster has a host")
    return host, port
