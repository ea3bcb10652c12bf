"""All SQL of the inventory. Functions take the session of the caller's transaction and never end it."""

from parking.places.repository.bindings import NewBinding, bind, bind_many, bindings, unbind
from parking.places.repository.catalogue_query import load_catalogue
from parking.places.repository.definitions import all_zone_ids, zone_definitions

__all__ = [
    "NewBinding",
    "all_zone_ids",
    "bind",
    "bind_many",
    "bindings",
    "load_catalogue",
    "unbind",
    "zone_definitions",
]
