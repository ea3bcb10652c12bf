"""All SQL of the inventory. Functions take the session of the caller's transaction and never end it."""

from parking.places.repository.bindings import NewBinding, bind, bind_many, bindings, unbind
from parking.places.repository.catalogue_query import load_catalogue
from parking.places.repository.definitions import zone_definitions, zone_revisions

__all__ = [
    "NewBinding",
    "bind",
    "bind_many",
    "bindings",
    "load_catalogue",
    "unbind",
    "zone_definitions",
    "zone_revisions",
]
