"""The kerb city on a night after a day of money, with something in every list of operators, and staff of each employer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.accounts.model import AccountRole
from api.auth.accounts.service import create_account
from api.auth.model import Employer
from devices.terminals import service as terminals
from devices.terminals.model import Heartbeat, Terminal
from parking.db.unit_of_work import Database
from parking.domain.money import Money
from pricing.arrears.service import remind
from pricing.providers.service import ProviderDesk
from pricing.reconciliation.model import Terms
from pricing.reconciliation.nightly import Nightly
from pricing.reconciliation.terms import set_terms
from pricing.settlement import appeals, invoices, service, waivers
from pricing.settlement.drawers import close_drawer
from pricing.settlement.model import Payment, PaymentWish
from pricing.settlement.waivers import WaiverWish
from tests.api.kerb_people import PASSWORD, Kerb, opened_kerb
from tests.pricing import kerb_city
from tests.pricing.kerb_city import DAY, at
from tests.pricing.reconciliation.month import add_bill, add_stay, pay

STAFF: Final[dict[str, tuple[AccountRole, Employer | None]]] = {
    "fresh": ("operator", None),
    "ours": ("operator", Employer("LZ")),
    "theirs": ("operator", Employer("RIVAL")),
    "their.boss": ("approver", Employer("RIVAL")),
}
"""Beside those of the kerb, who are the city's: of nobody, of the company that runs the street, and of its rival."""


@asynccontextmanager
async def opened_money_city(database: Database, database_url: str, redis_url: str) -> AsyncIterator[Kerb]:
    """At two o'clock of the night after: the day is reconciled."""
    async with opened_kerb(database, database_url, redis_url, "23:00") as opened:
        opened.time.now = at("02:00", days=1)
        async with database.transaction() as session:
            await _staff(session)
            await _money(session)
            await _machine(session)
            await remind(session, opened.time.now)
        await Nightly(database, ProviderDesk(database, [], opened.time), opened.time).run()
        yield opened


async def _staff(session: AsyncSession) -> None:
    await session.execute(text("INSERT INTO operator (operator_id, name, name_en) VALUES ('RIVAL', '乙', 'B')"))
    for name, (role, employer) in STAFF.items():
        await create_account(session, name=name, password=PASSWORD, role=role, employer=employer, now=kerb_city.OPENING)


async def _money(session: AsyncSession) -> None:
    """Cash with a short drawer, an invoiced payment, one taken twice, a disputed bill, an old one, and a forgotten stay."""
    contract = Terms(
        concession_id="C1",
        operator_id="LZ",
        valid_from=DAY,
        valid_to=None,
        fee_share=3_500,
        online_threshold=9_500,
        deduction=50_000,
        currency="CNY",
        time_zone="Asia/Shanghai",
    )
    await set_terms(session, contract, by="account:zhao.min", at=kerb_city.OPENING)
    await pay(session, "s1", 1_000, at("12:00"), zone="Z1")
    await close_drawer(session, drawer_id="T1", counted=Money(950), closed_by="T1", closed_at=at("20:00"))
    await add_stay(session, "forgotten", at("13:00"), zone="Z1")
    invoiced = await pay(session, "s2", 600, at("14:00"), zone="Z1", provider=True)
    bill = await service.open_bill(session, "s2")
    await invoices.request(
        session,
        invoiced,
        bill,
        payee="临淄智慧停车有限公司",
        buyer_name="临淄区某某商贸有限公司",
        buyer_tax_number="91370305MA3C0TEST1",
        invoice_id="i1",
        at=at("15:00"),
    )
    await pay(session, "s3", 300, at("09:40"), zone="Z1", provider=True)
    await _pay_again(session, "s3", 300)
    await add_bill(session, "s4", 450, at("16:00"), zone="Z1")
    await appeals.file(session, "s4", reason="wrong_plate", words="不是我的车 not my car", by="page", at=at("17:00"))
    await add_bill(session, "s5", 900, at("08:00", days=-3), zone="Z1")
    wish = WaiverWish(
        session_id="s5",
        kind="waived",
        amount=None,
        reason="ambulance on duty",
        proposed_by="account:wu",
        proposed_at=at("18:00"),
    )
    await waivers.propose(session, wish)


async def _pay_again(session: AsyncSession, session_id: str, amount: int) -> Payment:
    """In cash what was paid online already, as a machine delivers it that was offline."""
    wish = PaymentWish(
        session_id=session_id,
        amount=Money(amount),
        method="cash",
        paid_at=at("10:10"),
        taken_by="terminal:T1",
        drawer_id="T1",
        is_collected=True,
    )
    return await service.pay(session, wish)


async def _machine(session: AsyncSession) -> None:
    terminal = Terminal(
        terminal_id="T1",
        operator_id="LZ",
        district_id="370305",
        zone_ids=("Z1",),
        located="中心路 12 号 / 12 Centre Road",
        registered_at=kerb_city.OPENING,
    )
    await terminals.register(session, terminal, "secret of the test")
    heard = Heartbeat(at=at("01:58", days=1), version="1.4.2", stock={"paper": 6, "coins": 48}, faults=("printer_jam",))
    await terminals.hear(session, "T1", heard, at("01:58", days=1))
