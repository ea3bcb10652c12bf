"""A lottery lets some zones wait one period, and the prices that stand together obey every limit all the same."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from pricing.demand.estimate import Believed, Estimate, OfGroup
from pricing.demand.prior import PRIOR, Response
from pricing.demand.waves import Lot, read_waves, write_waves
from pricing.evaluation.violations import violations
from pricing.history.csv_rows import PricingFileError
from pricing.optimizer.believed import responding
from pricing.optimizer.model import Cell, PricingPolicy, PricingZone
from pricing.optimizer.stagger import Wave, stagger, waited_of

POLICY = PricingPolicy(
    target_low=0.6, target_high=0.8, floor=100, cap=600, tick=50, step_up=50, step_down=50, stagger="halves"
)
FIRST, SECOND = date(2026, 1, 1), date(2026, 2, 1)


def city(zones: int = 30, *, seed: int = 0) -> tuple[list[Cell], dict[str, PricingZone]]:
    random = np.random.default_rng(seed)
    names = [f"z{number:02}" for number in range(zones)]
    cells = [
        Cell(zone_id=name, day_type="weekday", band=band, price=300, occupancy=share, spaces=40, hours=100.0)
        for name in names
        for band, share in zip(("am", "pm"), random.choice([0.3, 0.7, 0.95], 2), strict=True)
    ]
    places = {
        name: PricingZone(
            zone_id=name,
            kind="kerb",
            area_class="I" if number % 3 else "II",
            spaces=40,
            lat=36.8 + 0.002 * (number // 6),
            lon=118.0 + 0.002 * (number % 6),
        )
        for number, name in enumerate(names)
    }
    return cells, places


def held(
    policy: PricingPolicy,
    cells: Sequence[Cell],
    places: dict[str, PricingZone],
    *,
    after: date = FIRST,
    earlier: Sequence[Lot] = (),
) -> Wave:
    return stagger(policy, cells, places, "optimizer", after=after, waited=waited_of(earlier, after))


def test_whole_zones_wait_about_half_of_each_class_and_the_same_seed_draws_the_same() -> None:
    cells, places = city()
    wave = held(POLICY, cells, places)
    waiting = {lot.key.zone_id for lot in wave.lots if not lot.is_now}
    moving = {lot.key.zone_id for lot in wave.lots if lot.is_now}
    assert not waiting & moving
    for block in ("I", "II"):
        counts = [sum(places[name].area_class == block for name in names) for names in (waiting, moving)]
        assert abs(counts[0] - counts[1]) <= 1
    for proposal in wave.proposed.proposals:
        if proposal.cell.zone_id in waiting:
            assert proposal.price_proposed == proposal.cell.price
            assert ("a lottery" in proposal.reason) == ("抽签" in proposal.reason) == bool(proposal.binding)
    assert {p.binding for p in wave.proposed.proposals if p.cell.zone_id in waiting} == {(), ("staggered",)}
    assert held(POLICY, cells, places) == wave
    assert held(replace(POLICY, stagger_seed=1), cells, places).lots != wave.lots
    assert held(replace(POLICY, stagger="none"), cells, places).lots == ()


def test_who_waited_moves_the_next_time_and_only_the_others_are_drawn_again() -> None:
    cells, places = city()
    first = held(POLICY, cells, places)
    waited = {lot.key.zone_id for lot in first.lots if not lot.is_now}
    second = held(POLICY, cells, places, after=SECOND, earlier=first.lots)
    assert second.lots
    assert not waited & {lot.key.zone_id for lot in second.lots}
    moves = {p.cell.zone_id for p in second.proposed.proposals if p.price_proposed != p.cell.price}
    assert waited <= moves


@pytest.mark.parametrize("seed", range(4))
def test_mixed_prices_obey_every_limit(seed: int) -> None:
    cells, places = city(18, seed=seed)
    policy = replace(
        POLICY,
        stagger="thirds",
        stagger_seed=seed,
        neighbour_m=260.0,
        neighbour_max_difference=50,
        max_distinct_prices=3,
        order=("I", "II"),
        revenue_floor=18 * 2 * 40 * 100 * 300 // 2,
    )
    wave = held(policy, cells, places)
    assert wave.lots
    prices = [proposal.price_proposed for proposal in wave.proposed.proposals]
    assert violations(policy, cells, places, prices) == ()


def test_a_zone_that_may_not_stay_is_not_in_the_lottery_and_limits_without_room_call_it_off() -> None:
    cells, places = city()
    cells = [replace(cell, price=620) if cell.zone_id < "z05" else cell for cell in cells]
    wave = held(POLICY, cells, places)
    assert wave.lots
    assert min(lot.key.zone_id for lot in wave.lots) >= "z05"
    tight = replace(POLICY, max_distinct_prices=1)
    one = [replace(cell, price=300, occupancy=0.95) for cell in cells]
    called_off = held(replace(tight, revenue_floor=30 * 2 * 40 * 100 * 310), one, places)
    assert (called_off.is_called_off, called_off.lots) == (True, ())
    assert {proposal.price_proposed for proposal in called_off.proposed.proposals} == {350}


def test_a_record_of_lotteries_is_read_as_it_was_written_and_refused_where_it_contradicts_itself(
    tmp_path: Path,
) -> None:
    cells, places = city()
    lots = held(replace(POLICY, stagger="thirds"), cells, places).lots
    path = tmp_path / "lots.csv"
    write_waves(path, lots)
    assert read_waves(path) == lots
    good = path.read_text()
    for bad in (good + good.splitlines()[1] + "\n", good.replace("now", "soon", 1), good.replace("0.66", "1.66", 1)):
        path.write_text(bad)
        with pytest.raises(PricingFileError) as refused:
            read_waves(path)
        assert refused.value.code == "experiment_invalid"


def test_cells_are_judged_by_the_response_of_their_class_and_band() -> None:
    cells, places = city(2)
    own = Believed(mean=-0.7, sd=0.1, within_80=(-0.8, -0.6), within_90=(-0.9, -0.5), source="experiment")
    estimate = Estimate(
        first=FIRST,
        last=SECOND,
        waves=1,
        source="experiment",
        why="experiment",
        said_en="",
        said_zh="",
        groups=(OfGroup(area_class="II", band="am", own=own),),
        neighbours=own,
    )
    believed = {cell.response for cell in responding(cells, places, estimate)}
    assert believed == {PRIOR, Response(mean=-0.7, sd=0.1, source="experiment")}
