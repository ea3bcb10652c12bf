"""Rows that never change once they are written need to be read only once by each process.

The memory comes with every unit of work, as the calendars do: two databases in one process share nothing.
"""

from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

INFO_KEY: Final = "unchanging"
MOST: Final = 1024
"""Beyond it everything is forgotten and read again: far above what is in use at one time."""


def unchanging(session: AsyncSession) -> dict[object, Any]:
    """What was remembered, by keys that begin with their room. Only what is committed and immutable may be put in."""
    memory = session.info.get(INFO_KEY)
    if not isinstance(memory, dict):
        return {}
    if len(memory) > MOST:
        memory.clear()
    return memory
