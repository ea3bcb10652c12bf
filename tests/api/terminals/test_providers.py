"""WeChat Pay over HTTP on both sides: an order at a terminal, the provider's notice, an operator's refund."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select, text

from parking.db.unit_of_work import Database
from pricing.reconciliation.comparing import Day, compare_provider, keep_rows
from pricing.reconciliation.model import CITY_TIME
from pricing.reconciliation.provider_rows import ProviderRow
from pricing.settlement import journal
from pricing.settlement.tables import PaymentRow
from tests.api.city_in_memory import application, client_of
from tests.api.http_process import bearing, listening, make_key
from tests.api.terminals.terminal import City, Terminal, fen, kerb
from tests.pricing import kerb_city
from tests.pricing.providers.agreement_files import write_wechat
from tests.pricing.providers.wechat_server import Notice, WechatServer

pytestmark = pytest.mark.service
NOTICES = "/v1/providers/wechat/notices"


@dataclass
class Paying:
    """The city with an agreement, and the provider that listens behind a socket."""

    city: City
    wechat: WechatServer

    async def hears(self, notice: Notice) -> httpx.Response:
        return await self.city.client.post(NOTICES, content=notice.body, headers=notice.headers)

    async def balances(self) -> dict[str, int]:
        async with self.city.database.transaction() as session:
            trial = await journal.trial_balance(session)
        assert sum(trial.values()) == 0
        return {account: amount for (account, _), amount in trial.items() if amount}


@pytest.fixture
async def paying(database_url: str, database: Database, tmp_path: Path) -> AsyncIterator[Paying]:
    await kerb_city.build(database)
    wechat = WechatServer(clock=lambda: city.now)
    async with listening(wechat.app) as url, kerb(database_url, database, write_wechat(tmp_path, url)) as city:
        yield Paying(city, wechat)


async def test_driver_pays_by_code_and_gets_money_back_when_an_operator_decides(paying: Paying) -> None:
    terminal = await paying.city.terminal()
    stay = await terminal.parked("11:00", "12:10")
    wish = {"session": stay["id"]}
    order = (await terminal.post("/v1/providers/wechat/orders", wish)).json()
    assert (order["amount"], order["state"]) == (fen(300), "open")
    assert order["checkout"]["code_url"].startswith("weixin://wxpay/bizpayurl?pr=")
    assert (await terminal.post("/v1/providers/wechat/orders", wish)).json() == order
    notice = paying.wechat.pay(order["id"])
    for _ in range(2):
        heard = await paying.hears(notice)
        assert (heard.status_code, heard.content) == (200, b"")
    state = await terminal.get(f"/v1/providers/wechat/orders/{order['id']}")
    assert state.json()["state"] == "paid"
    assert await paying.balances() == {"provider/wechat": 300, "revenue/LZ": -300}
    await refund_of(paying, stay["id"])


async def refund_of(paying: Paying, session_id: str) -> None:
    payment = await payment_of(paying.city, session_id)
    key = await make_key(paying.city.database, "operator")
    await paying.city.app.serving.keys.load(paying.city.database)
    operator = Terminal(paying.city, bearing(key))
    wish = {"payment": payment, "amount": fen(100), "reason": "wrong plate", "refunded_at": paying.city.now.isoformat()}
    at_the_desk = await operator.post("/v1/refunds", wish)
    assert (at_the_desk.status_code, at_the_desk.json()["code"]) == (400, "refund_by_provider")
    first = await operator.post("/v1/providers/wechat/refunds", wish, key="back")
    assert (first.status_code, first.json()["state"]) == (201, "asked")
    assert (await operator.post("/v1/providers/wechat/refunds", wish, key="back")).json() == first.json()
    other = await operator.post("/v1/providers/wechat/refunds", wish | {"amount": fen(50)}, key="back")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    too_much = await operator.post("/v1/providers/wechat/refunds", wish | {"amount": fen(201)})
    assert (too_much.status_code, too_much.json()["code"]) == (409, "refund_above_paid")
    assert (await paying.hears(paying.wechat.give_back(first.json()["id"]))).status_code == 200
    assert await paying.balances() == {"provider/wechat": 200, "refunds/LZ": 100, "revenue/LZ": -300}


async def payment_of(city: City, session_id: str) -> str:
    async with city.database.transaction() as session:
        found = await session.scalar(select(PaymentRow.payment_id).where(PaymentRow.session_id == session_id))
    assert found is not None
    return found


async def test_notice_is_refused_when_it_is_forged(paying: Paying) -> None:
    terminal = await paying.city.terminal()
    stay = await terminal.parked("11:00", "12:10")
    order = (await terminal.post("/v1/providers/wechat/orders", {"session": stay["id"]})).json()
    notice = paying.wechat.pay(order["id"])
    notice.body += b" "
    answer = await paying.hears(notice)
    assert (answer.status_code, answer.json()["code"]) == (403, "signature_invalid")
    assert await paying.balances() == {"receivable/370305": 300, "revenue/LZ": -300}


async def test_provider_is_said_to_be_away_when_it_does_not_answer(paying: Paying) -> None:
    terminal = await paying.city.terminal()
    stay = await terminal.parked("11:00", "12:10")
    paying.wechat.is_down = True
    answer = await terminal.post("/v1/providers/wechat/orders", {"session": stay["id"]})
    assert (answer.status_code, answer.json()["code"]) == (503, "provider_unavailable")


async def test_terminal_of_another_district_is_refused_when_it_orders(paying: Paying) -> None:
    stay = await (await paying.city.terminal()).parked("11:00", "12:10")
    async with paying.city.database.transaction() as session:
        await session.execute(
            text("INSERT INTO district (district_id, name, name_en) VALUES ('other', '别区', 'Other')")
        )
    stranger = await paying.city.terminal(district="other")
    answer = await stranger.post("/v1/providers/wechat/orders", {"session": stay["id"]})
    assert (answer.status_code, answer.json()["code"]) == (403, "district_forbidden")


async def test_provider_is_unknown_when_there_is_no_agreement() -> None:
    async with client_of(application()) as client:
        answer = await client.post(NOTICES, content=b"{}")
    assert (answer.status_code, answer.json()["code"]) == (404, "provider_unknown")


async def test_holder_tops_up_by_a_provider_and_gets_the_rest_back_when_the_token_is_shown(paying: Paying) -> None:
    client = paying.city.client
    token = (await client.post("/v1/balances")).json()["balance"]
    wish = {"balance": token, "amount": fen(500), "provider": "wechat", "channel": "native"}
    order = (await client.post("/v1/balances/orders", json=wish)).json()
    assert (order["state"], order["picture"][:4]) == ("open", "<svg")
    assert (await paying.hears(paying.wechat.pay(order["id"]))).status_code == 200
    assert (await client.get(f"/v1/balances/orders/{order['id']}")).json()["state"] == "paid"
    terminal = await paying.city.terminal()
    stay = await terminal.parked("11:00", "12:10")
    paid = {"session": stay["id"], "amount": fen(300), "method": "balance", "paid_at": paying.city.now.isoformat()}
    assert (await terminal.post("/v1/payments", paid | {"balance": token})).json()["state"] == "paid"
    by_cash = {"balance": token, "paid_out_at": paying.city.now.isoformat()}
    assert (await terminal.post("/v1/balances/payouts", by_cash)).json()["code"] == "balance_empty"
    back = await client.post("/v1/balances/returns", json={"balance": token})
    assert (back.status_code, back.json()) == (201, {"amount": fen(200), "left": fen(0)})
    (refund_id,) = paying.wechat.refunds
    assert (await paying.hears(paying.wechat.give_back(refund_id))).status_code == 200
    assert await paying.balances() == {"provider/wechat": 300, "revenue/LZ": -300}
    day = Day(day=paying.city.now.date(), zone=CITY_TIME)
    rows = [
        ProviderRow(
            row_id=str(paying.wechat.orders[order["id"]]["transaction_id"]), at=day.start, amount=500, kind="payment"
        ),
        ProviderRow(row_id=refund_id, at=day.start, amount=200, kind="refund"),
    ]
    async with paying.city.database.transaction() as session:
        await keep_rows(session, "wechat", day, rows)
        assert (await compare_provider(session, "wechat", day, at=day.end)).differing == 0
    terminals_own = await terminal.get(f"/v1/providers/wechat/orders/{order['id']}")
    assert (terminals_own.status_code, terminals_own.json()["code"]) == (404, "order_unknown")
