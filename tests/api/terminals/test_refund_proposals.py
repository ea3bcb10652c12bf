"""Money that was taken twice: proposed by the machine with both proofs, given back by two persons."""

import httpx
import pytest

from api.auth.accounts.model import AccountRole
from api.auth.accounts.service import create_account
from api.auth.model import CITY
from tests.api.terminals.machine import operator_of
from tests.api.terminals.terminal import City, Json, Terminal, fen
from tests.api.terminals.test_batches import cash_item, send, stay_item
from tests.api.terminals.test_stays_and_money import balances

pytestmark = pytest.mark.service
PATH = "/v1/operator/refund-proposals"
PASSWORD = "kerb and sign"


class Person:
    """Somebody with an account, logged in."""

    def __init__(self, city: City, cookies: httpx.Cookies, csrf: str) -> None:
        self._city = city
        self._cookies = cookies
        self._csrf = csrf

    async def post(self, path: str, body: Json | None = None) -> httpx.Response:
        cookie = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        headers = {"X-CSRF-Token": self._csrf, "Cookie": cookie}
        return await self._city.client.post(path, json=body, headers=headers)


async def person(city: City, name: str, role: AccountRole) -> Person:
    async with city.database.transaction() as session:
        await create_account(session, name=name, password=PASSWORD, role=role, employer=CITY, now=city.now)
    answer = await city.client.post("/v1/logins", json={"name": name, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    cookies = httpx.Cookies(answer.cookies)
    city.client.cookies.clear()
    return Person(city, cookies, answer.json()["csrf"])


async def paid_twice(terminal: Terminal) -> str:
    """A stay of 3.00 that was paid online before its cash was delivered; the cash payment's id."""
    first = await send(terminal, stay_item(1))
    assert (await terminal.paid(first["results"][0]["answer"]["id"], 300, method="test")).status_code == 201
    second = await send(terminal, stay_item(1), cash_item(1))
    return str(second["results"][1]["answer"]["id"])


async def test_refund_is_given_once_when_two_persons_decide(city: City, terminal: Terminal) -> None:
    payment = await paid_twice(terminal)
    operator = await operator_of(city)
    (proposal,) = (await operator.get(PATH))["proposals"]
    assert (proposal["payment"], proposal["amount"], proposal["state"]) == (payment, 300, "proposed")
    assert sorted((proof["method"], proof["applied"]) for proof in proposal["proofs"]) == [("cash", 0), ("test", 300)]
    wang, zhao = await person(city, "wang.fang", "approver"), await person(city, "zhao.min", "approver")
    refund = f"{PATH}/{payment}/refund"
    early = await zhao.post(refund, {})
    assert (early.status_code, early.json()["code"]) == (409, "refund_proposal_not_endorsed")
    assert (await wang.post(f"{PATH}/{payment}/endorse")).json()["state"] == "endorsed"
    assert (await wang.post(f"{PATH}/{payment}/endorse")).status_code == 200
    other = await operator.post(f"{PATH}/{payment}/endorse")
    assert (other.status_code, other.json()["code"]) == (409, "refund_proposal_endorsed")
    assert (await wang.post(refund, {})).json()["code"] == "second_person_missing"
    key = await operator.post(refund, {})
    assert (key.status_code, key.json()["code"]) == (403, "role_missing")
    given = await zhao.post(refund, {"drawer": "desk-1"})
    assert (given.status_code, given.json()["state"]) == (200, "refunded")
    assert (await zhao.post(refund, {})).json()["code"] == "refund_proposal_decided"
    assert (await operator.get(PATH))["proposals"] == []
    assert [one["state"] for one in (await operator.get(f"{PATH}?decided=true"))["proposals"]] == ["refunded"]
    assert await balances(city) == {
        "cash/test": 300,
        "cash/desk-1": -300,
        "provider/test": 300,
        "revenue/LZ": -300,
    }


async def test_refund_is_not_given_again_when_it_was_given_by_hand(city: City, terminal: Terminal) -> None:
    payment = await paid_twice(terminal)
    order = {"payment": payment, "amount": fen(100), "reason": "at once", "refunded_at": city.now.isoformat()}
    assert (await terminal.post("/v1/refunds", order)).status_code == 201
    wang, zhao = await person(city, "wang.fang", "operator"), await person(city, "zhao.min", "approver")
    await wang.post(f"{PATH}/{payment}/endorse")
    refused = await zhao.post(f"{PATH}/{payment}/refund", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "refund_given_already")
    rejected = await zhao.post(f"{PATH}/{payment}/reject", {"reason": "given at the machine"})
    assert (rejected.json()["state"], rejected.json()["reason"]) == ("rejected", "given at the machine")
    unknown = await zhao.post(f"{PATH}/nothing/reject", {"reason": "?"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "refund_proposal_unknown")


async def test_nothing_is_proposed_when_the_bill_takes_all_of_a_payment(city: City, terminal: Terminal) -> None:
    await send(terminal, stay_item(1), cash_item(1))
    assert (await (await operator_of(city)).get(PATH))["proposals"] == []
