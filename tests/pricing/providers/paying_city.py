"""A stay that owes 3.00, a desk, and the providers' servers behind it; the time is held by the test."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx

from parking.db.unit_of_work import Database
from parking.domain.errors import ParkingError
from pricing.providers.model import Order
from pricing.providers.service import ProviderDesk
from pricing.providers.wechat import WechatPay
from pricing.settlement import journal, service
from pricing.settlement.model import Bill
from tests.pricing.providers.wechat_server import Notice, WechatServer, merchant
from tests.pricing.settlement.ledger_in_memory import AT


@dataclass
class PayingCity:
    """`now` is what every clock says."""

    database: Database
    wechat: WechatServer
    desk: ProviderDesk
    provider: WechatPay
    now: datetime

    def later(self, span: timedelta) -> None:
        self.now += span

    async def ordered(self) -> Order:
        return await self.desk.order("wechat", "s1", channel="native")

    async def hears(self, notice: Notice) -> str:
        """`ok`, or the code of the refusal."""
        return await code_of(lambda: self.desk.take_notice("wechat", notice.headers, notice.body))

    async def bill(self) -> Bill:
        async with self.database.transaction() as session:
            return await service.bill_of(session, "s1")

    async def balances(self) -> dict[str, int]:
        async with self.database.transaction() as session:
            trial = await journal.trial_balance(session)
        assert sum(trial.values()) == 0
        return {account: amount for (account, _), amount in trial.items() if amount}


def paying_city(database: Database, client: Callable[[WechatServer], httpx.AsyncClient]) -> PayingCity:
    wechat = WechatServer(clock=lambda: city.now)
    provider = WechatPay(merchant(), client(wechat), lambda: city.now)
    desk = ProviderDesk(database, [provider], lambda: city.now)
    city = PayingCity(database=database, wechat=wechat, desk=desk, provider=provider, now=AT + timedelta(minutes=1))
    return city


async def code_of(work: Callable[[], Awaitable[object]]) -> str:
    try:
        await work()
    except ParkingError as refused:
        return refused.code
    return "ok"
