"""A registered reference terminal with its folder."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from api.terminals.reference.program import ReferenceTerminal, Slip
from api.terminals.reference.state import State
from tests.api.terminals.terminal import City
from tests.pricing.kerb_city import at


class Bench:
    """A registered reference terminal with its folder."""

    def __init__(self, city: City, folder: Path) -> None:
        self.city = city
        self.state = State(folder)
        self.program = ReferenceTerminal(self.state, city.client, lambda: city.now)

    def plug(self, *, is_online: bool) -> None:
        self.state.keep_identity(replace(self.state.identity(), is_online=is_online))

    async def parked(self, space: str, start: str, minutes: int, plate: str = "鲁C12345") -> Slip:
        """A stay that ends now, paid in cash."""
        begun = at(start)
        self.city.now = begun + timedelta(minutes=minutes)
        return await self.program.settle(space=space, plate=plate, start=begun, end=self.city.now, method="cash")
