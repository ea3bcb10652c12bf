"""Decides what an import does before anything is written: which features stand, which are new, which changed.

Pure: the features of a file and what is known already go in, a plan comes out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from parking.domain.errors import InvalidInputError
from parking.domain.ids import ZoneId
from parking.places.feature_kinds import FEATURE_KINDS, id_of, kind_of
from parking.places.feature_reading import claimed_id, read_feature
from parking.places.model import (
    Concession,
    District,
    Facility,
    Feature,
    FeatureError,
    Operator,
    PriceDocument,
    Segment,
    Space,
    Zone,
)

Known = dict[type, dict[str, Any]]
"""Features in use by class and id."""


def _by_class() -> dict[type, list[Feature]]:
    return {kind.cls: [] for kind in FEATURE_KINDS}


@dataclass(kw_only=True)
class Plan:
    """What to write, by class, and what is refused."""

    added: dict[type, list[Feature]] = field(default_factory=_by_class)
    updated: dict[type, list[Feature]] = field(default_factory=_by_class)
    unchanged: dict[type, int] = field(default_factory=lambda: {kind.cls: 0 for kind in FEATURE_KINDS})
    changed_zones: set[ZoneId] = field(default_factory=set)
    """Zones in which anything was added, altered, or from which something moved away."""
    moved_parents: set[str] = field(default_factory=set)
    """Segments and facilities whose spaces must follow them to another zone or kind."""
    errors: list[FeatureError] = field(default_factory=list)


def read_features(raws: Sequence[object]) -> tuple[list[tuple[int, Feature]], list[FeatureError]]:
    """Judge each feature by itself: the good ones with their index in the file, and why the others are refused."""
    good: list[tuple[int, Feature]] = []
    errors: list[FeatureError] = []
    for index, raw in enumerate(raws):
        try:
            good.append((index, read_feature(raw)))
        except InvalidInputError as error:
            errors.append(_refusal(index, error, claimed_id(raw)))
    return good, errors


def plan_import(features: Sequence[tuple[int, Feature]], known: Known) -> Plan:
    """Judge the features among each other and against what is known; the order within the file does not matter.

    `known` must hold everything that the features name. It is altered: afterwards it holds what will be in use.
    """
    plan = Plan()
    seen: set[tuple[type, str]] = set()
    for kind in FEATURE_KINDS:
        for index, feature in features:
            if type(feature) is not kind.cls:
                continue
            try:
                _check_once(feature, seen)
                _CHECKS[kind.cls](feature, known)
            except InvalidInputError as error:
                plan.errors.append(_refusal(index, error, id_of(feature)))
            else:
                _take(feature, known, plan)
    plan.errors.sort(key=lambda error: error.index)
    return plan


def _take(feature: Feature, known: Known, plan: Plan) -> None:
    existing = known[type(feature)].get(id_of(feature))
    known[type(feature)][id_of(feature)] = feature
    if existing == feature:
        plan.unchanged[type(feature)] += 1
        return
    (plan.added if existing is None else plan.updated)[type(feature)].append(feature)
    if isinstance(feature, Zone | Segment | Facility | Space):
        plan.changed_zones.add(feature.zone_id)
        if existing is not None:
            plan.changed_zones.add(existing.zone_id)
    if isinstance(feature, Segment | Facility) and existing is not None:
        plan.moved_parents.add(id_of(feature))


def _refusal(index: int, error: InvalidInputError, feature_id: str | None) -> FeatureError:
    return FeatureError(index=index, code=error.code, detail=error.detail, feature_id=feature_id)


def _check_once(feature: Feature, seen: set[tuple[type, str]]) -> None:
    key = type(feature), id_of(feature)
    if key in seen:
        raise InvalidInputError(
            f"there is a {kind_of(feature).name} {key[1]} earlier in the file", code="feature_duplicate"
        )
    seen.add(key)


def _demand(cls: type, identifier: str, known: Known) -> Any:  # noqa: ANN401 - of the class asked for
    feature = known[cls].get(identifier)
    if feature is None:
        name = next(kind.name for kind in FEATURE_KINDS if kind.cls is cls)
        raise InvalidInputError(f"there is no {name} {identifier}", code="reference_unknown")
    return feature


def _check_nothing(_: Feature, __: Known) -> None:
    """Districts, operators and price documents refer to nothing."""


def _check_zone(zone: Zone, known: Known) -> None:
    _demand(District, zone.district_id, known)
    if zone.price_document_id is not None:
        _demand(PriceDocument, zone.price_document_id, known)


def _check_in_zone(feature: Segment | Facility, known: Known) -> None:
    _demand(Zone, feature.zone_id, known)


def _check_space(space: Space, known: Known) -> None:
    _demand(Zone, space.zone_id, known)
    if space.kind == "kerb":
        if space.segment_id is None or space.facility_id is not None:
            raise InvalidInputError("a kerb space has a segment and no facility", code="parent_wrong")
        parent = _demand(Segment, space.segment_id, known)
    else:
        if space.facility_id is None or space.segment_id is not None:
            raise InvalidInputError(f"a {space.kind} space has a facility and no segment", code="parent_wrong")
        parent = _demand(Facility, space.facility_id, known)
        if parent.kind != space.kind:
            raise InvalidInputError(f"{space.facility_id} is a {parent.kind}", code="kind_mismatch")
    if parent.zone_id != space.zone_id:
        raise InvalidInputError(f"{id_of(parent)} stands in zone {parent.zone_id}", code="zone_mismatch")


def _check_concession(concession: Concession, known: Known) -> None:
    _demand(Operator, concession.operator_id, known)
    for zone_id in concession.zone_ids:
        _demand(Zone, zone_id, known)


_CHECKS: Final[Mapping[type, Callable[[Any, Known], None]]] = {
    District: _check_nothing,
    Operator: _check_nothing,
    PriceDocument: _check_nothing,
    Zone: _check_zone,
    Segment: _check_in_zone,
    Facility: _check_in_zone,
    Space: _check_space,
    Concession: _check_concession,
}
