"""Ids of stays sort by when the stay was first heard of."""

from datetime import datetime

from parking.domain.sortable_ids import new_sortable_id


def new_session_id(now: datetime) -> str:
    """Unique without asking anybody; nobody can guess the next one."""
    return new_sortable_id(now)
