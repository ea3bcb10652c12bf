"""What the reference terminal does: settle with and without a network, deliver later, look after itself.

Every stay and payment becomes an item with an id of its own, is on disk first, and is delivered in order until the
platform has answered. An answer that is lost only means that the item is sent again.
"""

import contextlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import httpx
import msgspec

from api.terminals.reference.state import Identity, Item, State
from devices.terminals import signing
from parking.domain import plates
from parking.domain.clock import Clock
from parking.domain.errors import ConflictError, ParkingError, UnavailableError
from parking.domain.money import Money
from pricing.fees.model import Usage
from pricing.fees.usage import used_since
from pricing.quotes.package import REACHES_BACK, Package, decode, fee_offline
from pricing.quotes.usage_json import read_usage, usage_json

VERSION: Final = "reference-1"
BATCH: Final = 100
OVERLAP: Final = 2
"""Items that were answered and are sent once more in front of the next: they count once, and nothing falls between."""
_DAMAGED: Final = "the package is not what the platform signed; run sync"


class RefusedByPlatformError(ParkingError):
    """The platform answered with a problem; the code is its own."""


class NoNetworkError(UnavailableError):
    """The platform cannot be reached now."""

    code = "network_away"


@dataclass(frozen=True, kw_only=True)
class Slip:
    """What the driver is told."""

    item: str
    amount: Money
    lines: tuple[str, ...]
    is_offline: bool


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What became of the items that were sent."""

    accepted: int
    duplicate: int
    rejected: tuple[dict[str, Any], ...]
    waiting: int
    answers: dict[str, dict[str, Any]]


class ReferenceTerminal:
    """One machine with its folder, its clock and its line to the platform."""

    def __init__(self, state: State, client: httpx.AsyncClient, clock: Clock) -> None:
        self._state = state
        self._client = client
        self._clock = clock

    async def sync(self) -> Package:
        """Fetch the package for the next days. Raises `NoNetworkError`, `RefusedByPlatformError`."""
        identity = self._state.identity()
        answer = await self._send("GET", f"/v1/terminals/{identity.terminal}/package")
        self._state.keep_package(answer.content, answer.headers["package-signature"])
        return self.package()

    def package(self) -> Package:
        """The one in the folder. Raises ConflictError (`package_damaged`) unless the platform signed it for us."""
        document, signature = self._state.package()
        if signing.seal(self._state.identity().secret, document) != signature:
            raise ConflictError(_DAMAGED, code="package_damaged")
        return decode(document)

    async def settle(
        self, *, space: str, plate: str | None, start: datetime, end: datetime, method: str, offers: Money | None = None
    ) -> Slip:
        """A stay and its payment; `offers` is what the driver pays where it is not all of the fee.

        Raises what the platform refuses, and offline what `fee_offline` raises.
        """
        stay = self._item("session", space=space, plate=plate, started_at=_text(start), ended_at=_text(end))
        slip = await self._slip(stay, start, end)
        paid = slip.amount if offers is None else offers
        if paid.amount > 0:
            money = self._item("payment", session_item=stay["id"], amount=msgspec.to_builtins(paid), method=method)
            if not slip.is_offline:
                await self._deliver_payment(money)
        return slip

    async def deliver(self, limit: int = BATCH) -> Delivery:
        """Send the next items that nobody has answered. Raises `NoNetworkError`, `RefusedByPlatformError`."""
        identity, items, done = self._state.identity(), self._state.items(), self._state.delivered()
        sent = items[max(done - OVERLAP, 0) : done + limit]
        answer = await self._send("POST", f"/v1/terminals/{identity.terminal}/batches", {"items": sent})
        report = answer.json()
        done = min(done + limit, len(items))
        self._state.keep_delivered(done)
        return Delivery(
            accepted=report["accepted"],
            duplicate=report["duplicate"],
            rejected=tuple(report["rejected"]),
            waiting=len(items) - done,
            answers={result["id"]: result["answer"] for result in report["results"]},
        )

    async def heartbeat(self, stock: dict[str, int], faults: list[str]) -> dict[str, Any]:
        """What the platform answers: its time, our offset, how it sees us."""
        told = {"at": _text(self._clock()), "version": VERSION, "stock": stock, "faults": faults}
        return await self._posted("heartbeats", told)

    async def close(self, counted: Money, key: str) -> dict[str, Any]:
        """Close the day; `key` makes it once, however often it is sent."""
        return await self._posted("close", {"counted": msgspec.to_builtins(counted)}, key=key)

    async def change_key(self) -> str:
        """Take a new key, then fetch a package that is signed with it. The old one goes on for a day."""
        given, identity = await self._posted("keys", {}), self._state.identity()
        identity.key, identity.secret = given["key"], given["secret"]
        self._state.keep_identity(identity)
        await self.sync()
        return identity.key

    async def _deliver_payment(self, money: Item) -> None:
        """Now if it can be; what is on disk is delivered later otherwise."""
        with contextlib.suppress(NoNetworkError):
            _check_taken(await self.deliver(), money)

    async def _slip(self, stay: Item, start: datetime, end: datetime) -> Slip:
        """From the platform where it answers, else by our own clock and package."""
        try:
            delivered = await self.deliver()
            while delivered.waiting:
                delivered = await self.deliver()
        except NoNetworkError:
            return self._slip_offline(stay, start, end)
        _check_taken(delivered, stay)
        answer = delivered.answers[stay["id"]]
        return Slip(
            item=stay["id"],
            amount=Money(**answer["bill"]["left"]),
            lines=tuple(line["why"] for line in answer["fee"]["lines"]),
            is_offline=False,
        )

    def _slip_offline(self, stay: Item, start: datetime, end: datetime) -> Slip:
        """By our own clock and package. The item then says what it grants, before the driver is told."""
        plate = None if stay["plate"] is None else plates.normalise(stay["plate"])
        package = self.package()
        before = self._used_by(plate, package.issued_at - REACHES_BACK)
        fee = fee_offline(
            package,
            stay["space"],
            start=start,
            end=end,
            energy="nev" if plate is not None and plates.is_new_energy(plate) else "fuel",
            plate=None if plate is None else signing.plate_name(self._state.identity().secret, plate),
            usage=before,
        )
        if plate is not None:
            told = {"usage_before": usage_json(before), "usage_after": usage_json(fee.usage_after)}
            self._state.add(stay | told)
        lines = tuple(line.why for line in fee.lines)
        return Slip(item=stay["id"], amount=fee.amount, lines=lines, is_offline=True)

    def _used_by(self, plate: str | None, since: datetime) -> Usage:
        """The free time that this terminal has granted to the vehicle while it was alone, as far as that was lately."""
        for item in reversed(self._state.items()):
            if "usage_after" in item and plates.normalise(item["plate"]) == plate:
                return used_since(read_usage(item["usage_after"]), since)
        return Usage()

    def _item(self, kind: str, **members: Any) -> Item:  # noqa: ANN401 - what the platform's schema of the kind says
        identity = self._state.identity()
        identity.items += 1
        # The number is spent before the item is written: one that is lost leaves a hole, never a second use.
        self._state.keep_identity(identity)
        item = {"id": f"{identity.terminal}-{identity.items:06}", "kind": kind, "at": _text(self._clock()), **members}
        self._state.add(item)
        return item

    async def _posted(self, what: str, body: dict[str, Any], key: str | None = None) -> dict[str, Any]:
        path = f"/v1/terminals/{self._state.identity().terminal}/{what}"
        answered: dict[str, Any] = (await self._send("POST", path, body, key=key)).json()
        return answered

    async def _send(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, key: str | None = None
    ) -> httpx.Response:
        identity = self._state.identity()
        if not identity.is_online:
            raise NoNetworkError("the network is unplugged; see 'parking terminal online'")
        content = b"" if body is None else msgspec.json.encode(body)
        headers = self._headers(identity, method, path, content) | ({} if key is None else {"Idempotency-Key": key})
        try:
            answer = await self._client.request(method, path, content=content, headers=headers)
        except httpx.TransportError as error:
            raise NoNetworkError(f"{identity.server} does not answer: {type(error).__name__}") from error
        return checked(answer)

    def _headers(self, identity: Identity, method: str, path: str, content: bytes) -> dict[str, str]:
        value = signing.authorization(
            identity.secret,
            identity.key,
            method=method,
            path=path,
            body=content,
            at=self._clock(),
            nonce=secrets.token_urlsafe(16),
        )
        return {"Authorization": value, "Content-Type": "application/json"}


def checked(answer: httpx.Response) -> httpx.Response:
    """Raise `RefusedByPlatformError` with the platform's own code, `NoNetworkError` when its ledger is away."""
    if answer.is_success:
        return answer
    try:
        problem = answer.json()
        detail, code = str(problem["detail"]), str(problem["code"])
    except (ValueError, KeyError, TypeError):
        detail, code = f"the platform answered {answer.status_code}", "platform_odd"
    if answer.is_server_error:
        raise NoNetworkError(detail)
    raise RefusedByPlatformError(detail, code=code)


def _check_taken(delivered: Delivery, item: Item) -> None:
    for bad in delivered.rejected:
        if bad["id"] == item["id"]:
            raise RefusedByPlatformError(bad["detail"], code=bad["code"])


def _text(instant: datetime) -> str:
    return instant.isoformat()
