"""Edges of windows come due once, in time, and not again."""

from parking.occupancy.closure_watch import ClosureWatch
from tests.parking.occupancy.samples import SECOND, T0, zone


def test_zone_is_due_at_each_edge_of_its_windows() -> None:
    watch = ClosureWatch()
    watch.update({"z1": zone("s1", "s2", windows=[("s1", 10, 20, "a"), ("s2", 10, 30, "b")]), "z2": None})
    assert watch.due(T0 + 9 * SECOND) == []
    assert watch.due(T0 + 10 * SECOND) == ["z1"]
    assert watch.due(T0 + 10 * SECOND) == []
    assert watch.due(T0 + 99 * SECOND) == ["z1"]


def test_missed_edges_are_due_at_once_when_an_engine_takes_over() -> None:
    watch = ClosureWatch()
    watch.update({"z1": zone("s1", windows=[("s1", -99, -1, "a")]), "z3": zone("s3", zone_id="z3")})
    assert watch.due(T0) == ["z1"]
