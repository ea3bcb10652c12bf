"""The plate vault: takes plates in, hands out tokens and masks, and shows a plate only to those who are written down."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain import plates
from parking.domain.errors import NotFoundError, UnavailableError
from parking.privacy.keys import PlateKey, PlateUnreadableError, keys_of
from parking.privacy.tables import PlateRevealRow, PlateRow


@dataclass(frozen=True, kw_only=True)
class SealedPlate:
    """What may leave the vault without a record: a pseudonym, a mask, and what the form of the plate tells."""

    token: str
    masked: str
    is_new_energy: bool


class PlateVault:
    """Every method works in the caller's transaction. The first key seals, all of them open."""

    def __init__(self, keys: Sequence[PlateKey]) -> None:
        self._keys = keys
        self._by_id = {key.key_id: key for key in keys}

    @classmethod
    def from_setting(cls, setting: str | None) -> Self:
        """`setting` as PARKING_PLATE_KEY has it (see `keys_of`); raises `PlateKeyInvalidError`.

        With None the vault is made and refuses every plate with `plate_key_missing`.
        """
        return cls(() if setting is None else keys_of(setting))

    def tokens_of(self, text: str) -> tuple[str, ...]:
        """Every token that a plate may be kept under; nothing is stored.

        Raises `PlateInvalidError`, UnavailableError `plate_key_missing`.
        """
        plate = plates.normalise(text)
        return tuple(key.token(plate) for key in self._required())

    async def seal(self, session: AsyncSession, text: str, now: datetime) -> SealedPlate:
        """Keep a plate; the same plate always has the same token, also after a change of keys.

        Raises `PlateInvalidError`, UnavailableError `plate_key_missing`.
        """
        plate = plates.normalise(text)
        newest = self._required()[0]
        candidates = [key.token(plate) for key in self._keys]
        kept = set(await session.scalars(select(PlateRow.plate_token).where(PlateRow.plate_token.in_(candidates))))
        token = next((candidate for candidate in candidates if candidate in kept), candidates[0])
        values = {"key_id": newest.key_id, "sealed": newest.seal(plate, token), "used_at": now}
        row = postgresql.insert(PlateRow).values(plate_token=token, **values)
        await session.execute(row.on_conflict_do_update(index_elements=[PlateRow.plate_token], set_=values))
        return SealedPlate(token=token, masked=plates.mask(plate), is_new_energy=plates.is_new_energy(plate))

    async def masked(self, session: AsyncSession, tokens: Collection[str]) -> dict[str, str]:
        """Masks by token; a plate that was erased is missing. Raises `PlateUnreadableError`."""
        rows = await session.scalars(select(PlateRow).where(PlateRow.plate_token.in_(tokens)))
        return {row.plate_token: plates.mask(self._opened(row)) for row in rows}

    async def renamed(
        self, session: AsyncSession, tokens: Collection[str], name: Callable[[str], str]
    ) -> dict[str, str]:
        """Other pseudonyms by token, which `name` makes of the plates; one that was erased is missing.

        Raises `PlateUnreadableError`.
        """
        rows = await session.scalars(select(PlateRow).where(PlateRow.plate_token.in_(tokens)))
        return {row.plate_token: name(self._opened(row)) for row in rows}

    async def reveal(self, session: AsyncSession, token: str, *, actor: str, purpose: str, now: datetime) -> str:
        """A plate in clear, for `actor`, whose look is written down in the same transaction.

        Raises NotFoundError `plate_unknown`, also for a plate that was erased; `PlateUnreadableError`.
        """
        row = await session.get(PlateRow, token)
        if row is None:
            raise NotFoundError("there is no such plate, or its retention is over", code="plate_unknown")
        plate = self._opened(row)
        look = insert(PlateRevealRow).values(plate_token=token, actor=actor, purpose=purpose, revealed_at=now)
        await session.execute(look)
        return plate

    def seal_content(self, content: bytes, bound_to: str) -> tuple[str, bytes]:
        """Seal what may show a plate, for the id `bound_to`; answers the key's id and what to store.

        Raises UnavailableError `plate_key_missing`.
        """
        newest = self._required()[0]
        return newest.key_id, newest.seal_content(content, bound_to)

    def open_content(self, key_id: str, sealed: bytes, bound_to: str) -> bytes:
        """Raises `PlateUnreadableError`. Whoever asks writes the look down."""
        key = self._by_id.get(key_id)
        if key is None:
            raise PlateUnreadableError("stored evidence is sealed under a key that is not set")
        return key.open_content(sealed, bound_to)

    def _required(self) -> Sequence[PlateKey]:
        if not self._keys:
            raise UnavailableError("no plate can be taken: PARKING_PLATE_KEY is not set", code="plate_key_missing")
        return self._keys

    def _opened(self, row: PlateRow) -> str:
        key = self._by_id.get(row.key_id)
        if key is None:
            raise PlateUnreadableError("a stored plate is sealed under a key that is not set")
        return key.open(row.sealed, row.plate_token)


async def keep(session: AsyncSession, tokens: Collection[str], now: datetime) -> None:
    """Count plates as used now, because a right or a duty of theirs goes on."""
    await session.execute(update(PlateRow).where(PlateRow.plate_token.in_(tokens)).values(used_at=now))


async def erase(session: AsyncSession, before: datetime) -> int:
    """Delete the values of plates last used before `before`; tokens stay in bills as mere pseudonyms. Answers how many."""
    erased = await session.scalars(delete(PlateRow).where(PlateRow.used_at < before).returning(PlateRow.plate_token))
    return len(erased.all())
