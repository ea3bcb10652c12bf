// The page behind a space's code: what is owed and why, the plate of a stay that has none, paying, objecting, the invoice.

import "./words_space.js";
import { ask, keyOf, reason } from "./ask.js";
import { make } from "./dom.js";
import { yuan } from "./money.js";
import { channelOf, follow, invoke, orderCard, signInAddress, takeReturn } from "./space_pay.js";
import { card, doing, fact, feeLines, mainButton, moment, openSheet, quietButton, show, stamp, tag, tell } from "./sheet.js";
import { locale, nameOf, say } from "./words.js";

const AGAIN_MS = 15_000;
const code = decodeURIComponent(location.pathname.split("/").at(-1));
const path = `/v1/spaces/${encodeURIComponent(code)}`;
let bill = null;
let board = null;
let receipt = null;
let isConfirming = false;
let objection = null;
let invoice = null;
let rises = [];
let order = null;
let stopFollowing = () => {};

// The proof of the last stay here that this browser claimed or paid; for any other stay it proves nothing.
const proofPlace = `parking.proof ${code}`;
// The order that waits for its provider: the payer may come back from another app to a page that begins anew.
const orderPlace = `parking.order ${code}`;
const proven = () => (localStorage.getItem(proofPlace) ? { "X-Stay-Proof": localStorage.getItem(proofPlace) } : {});

async function read() {
  bill = await ask("GET", `${path}/bill`, { headers: proven() });
  rises = bill.stay?.state === "open" && bill.stay.details ? await nextRises(bill.stay.session) : [];
  board ??= (await ask("GET", `/v1/tariffs?zone=${encodeURIComponent(bill.space.zone.id)}`)).tariffs[0];
}

/** When the stay will cost more; nothing where that cannot be told. */
async function nextRises(session) {
  try {
    return (await ask("POST", "/v1/quotes", { body: { session }, headers: proven() })).rises;
  } catch {
    return [];
  }
}

async function claim(event) {
  event.preventDefault();
  const plate = new FormData(event.target).get("plate");
  await doing(async () => {
    const claimed = await ask("POST", `${path}/claims`, { body: { session: bill.stay.session, plate } });
    localStorage.setItem(proofPlace, claimed.proof);
    bill = claimed.bill;
    write();
  }, look);
}

async function pay() {
  const { session, owed } = bill.stay;
  await doing(async () => {
    const headers = { "Idempotency-Key": keyOf(`pay ${session} ${owed.amount}`) };
    booked(await ask("POST", `${path}/payments`, { body: { session, amount: owed }, headers }));
  }, asItIs);
}

/** Have a provider collect it; `back` is what WeChat has told of the payer. */
async function collect(way, back = null) {
  const channel = channelOf(way);
  if (channel === "jsapi" && !back) return location.assign(signInAddress(way));
  const { session, owed } = bill.stay;
  await doing(async () => {
    order = await ask("POST", `${path}/orders`, { body: { session, amount: owed, provider: way.provider, channel, code: back } });
    localStorage.setItem(orderPlace, order.id);
    await read();
    wait();
    if (channel === "jsapi") invoke(order.checkout);
  }, asItIs);
}

/** What was refused while confirming: the page shows what is true now. */
async function asItIs(problem) {
  if (problem.code === "offline") return;
  isConfirming = false;
  await look();
}

function wait() {
  stopFollowing();
  stopFollowing = follow(path, order.id, async (told) => {
    giveUp();
    if (told?.paid) return booked(told.paid);
    tell(say("orderOver"));
    await look();
  });
  write();
}

/** The page forgets the order; money that comes all the same is booked all the same. */
function giveUp() {
  stopFollowing();
  localStorage.removeItem(orderPlace);
  order = null;
  write();
}

function booked(paid) {
  receipt = paid;
  localStorage.setItem(proofPlace, receipt.proof);
  isConfirming = false;
  write();
}

async function requestInvoice(event) {
  event.preventDefault();
  const told = new FormData(event.target);
  const buyer = { name: told.get("name"), tax_number: told.get("tax_number").trim().toUpperCase() || null };
  await doing(async () => {
    invoice = await ask("POST", "/v1/invoices", { body: { receipt: receipt.receipt, buyer } });
    write();
  });
}

/** One tap: a person looks into it, and until then nobody is reminded. */
async function object(session, why) {
  await doing(async () => {
    objection = await ask("POST", "/v1/appeals", { body: { session, reason: why } });
    if (!receipt) await read();
    write();
  }, look);
}

/** Read again and draw; what was told stays told. */
async function look() {
  await read();
  write();
}

function placeCard() {
  const { space } = bill;
  const tags = [space.id, nameOf(space.zone), nameOf(space.district), say(space.kind)];
  return card(make("h2", {}, nameOf(space.street ?? space.zone)), make("p", { class: "tags" }, tags.map((text) => tag(text))));
}

function receiptCard() {
  return make(
    "section", { class: "card", "data-paid": receipt.receipt },
    make("p", { class: "sum paid" }, make("b", {}, yuan(receipt.amount.amount, receipt.amount.currency)), tag(say("paid"), "good")),
    make("dl", { class: "facts" }, fact(say("paidAt"), stamp(receipt.paid_at)), fact(say("payee"), receipt.payee), fact(say("receipt"), receipt.receipt)),
    receipt.lines ? [make("h3", {}, say("why")), feeLines(receipt.lines)] : null,
    make("p", { class: "actions" }, make("a", { href: `/v1/receipts/${encodeURIComponent(receipt.receipt)}/pdf` }, say("receiptFile"))),
  );
}

function invoiceCard() {
  if (invoice) return card(make("h2", {}, say("invoiceAsked")), make("p", { class: "soft", "data-invoice": invoice.id }, say("invoiceWhy", { payee: invoice.payee })));
  const name = make("input", { name: "name", required: true, maxlength: 100, autocomplete: "organization" });
  const number = make("input", { name: "tax_number", maxlength: 20, autocomplete: "off", pattern: "[0-9A-Za-z]{15,20}" });
  return make(
    "details", { class: "card", id: "invoice" },
    make("summary", {}, say("invoice")),
    make(
      "form", { class: "card-form", onsubmit: requestInvoice },
      make("label", {}, say("buyer"), name), make("label", {}, say("taxNumber"), number),
      make("button", { class: "main thin", type: "submit" }, say("invoiceSend")),
    ),
  );
}

function objectionCard() {
  const session = bill.stay?.session;
  if (objection) {
    return card(make("h2", {}, say("disputed")), make("p", { class: "soft", "data-appeal": objection.id }, say("disputedWhy", { id: objection.id })));
  }
  if (!session || isConfirming) return null;
  if (bill.stay.bill === "disputed") return card(make("h2", {}, say("disputed")), make("p", { class: "soft" }, say("disputedWait")));
  const wrongPlate = bill.stay.attributed && quietButton(say("wrongPlate"), () => object(session, "wrong_plate"), { id: "wrong-plate" });
  return make("p", { class: "actions" }, wrongPlate || null, quietButton(say("object"), () => object(session, "other"), { id: "object" }));
}

function owedCard() {
  const { stay } = bill;
  const { details } = stay;
  const isPaid = stay.bill !== null && stay.owed.amount === 0;
  const amount = isPaid ? stay.fee : stay.owed;
  return card(
    make(
      "p", { class: `sum${isPaid ? " paid" : ""}` },
      make("b", { id: "owed" }, yuan(amount.amount, amount.currency)),
      isPaid ? tag(say("paid"), "good") : tag(stay.state === "open" ? say("parked") : say("over")),
    ),
    make("p", { class: "soft" }, isPaid ? "" : amount.amount === 0 ? say("nothingYet") : stay.state === "open" ? `${say("owed")} · ${say("soFar")}` : say("owed")),
    details
      ? [
          make(
            "dl", { class: "facts" },
            fact(say("since"), moment(details.started_at, bill.at)),
            fact(say("until"), details.ended_at && moment(details.ended_at, bill.at)),
            fact(say("plate"), details.plate),
          ),
          rises.length ? make("p", { class: "soft", id: "rises" }, say("rises", { list: rises.map((rise) => say("rise", { at: moment(rise.at, bill.at), yuan: yuan(rise.fee.amount, rise.fee.currency) })).join(say("comma")) })) : null,
          details.reason ? make("p", { class: "banner" }, say(details.reason)) : null,
          details.lines.length ? [make("h3", {}, say("why")), feeLines(details.lines)] : null,
        ]
      : make("p", { class: "soft" }, say("hidden")),
  );
}

function payCards() {
  const { stay } = bill;
  const sum = { yuan: yuan(stay.owed.amount, stay.owed.currency) };
  if (stay.owed.amount === 0) return [];
  if (!stay.ways.length) return [make("p", { class: "soft", id: "no-way" }, say("noWay"))];
  if (!isConfirming) return [mainButton(say("pay", sum), () => { isConfirming = true; write(); }, { id: "pay" })];
  const back = quietButton(say("cancel"), () => { isConfirming = false; write(); });
  const isTest = (way) => way.provider === "test";
  const buttons = stay.ways.map((way) => (isTest(way) ? mainButton(say("confirm", sum), pay, { id: "confirm" }) : mainButton(say(way.provider), () => collect(way), { id: `by-${way.provider}` })));
  const [title, why] = stay.ways.every(isTest) ? [say("provider"), say("providerWhy")] : [say("payBy", sum), say("endsStay")];
  return [card(make("h2", {}, title), make("p", { class: "soft" }, why), make("p", { class: "ways" }, buttons, back))];
}

function plateCard() {
  if (bill.stay.attributed || bill.stay.bill === "paid" || isConfirming) return null;
  const input = make("input", { class: "plate", name: "plate", required: true, maxlength: 12, autocomplete: "off", placeholder: say("plateExample"), "aria-label": say("plate") });
  const button = make("button", { class: "main thin", type: "submit" }, say("claim"));
  return card(make("h2", {}, say("yours")), make("p", { class: "soft" }, say("yoursWhy")), make("form", { class: "card-form", onsubmit: claim }, make("p", { class: "beside" }, input, button)));
}

function boardCard() {
  const place = board?.places.find((one) => one.kind === bill.space.kind);
  if (!place) return null;
  return card(
    make("h3", {}, say("price")),
    make("ul", {}, (locale() === "en-GB" ? place.says_en.split("; ") : place.says.split("；")).map((line) => make("li", {}, line))),
    make("p", { class: "soft" }, place.tariff.document),
  );
}

function write() {
  if (!bill) return show(make("p", { class: "soft" }, say("working")));
  if (receipt) return show(placeCard(), receiptCard(), invoiceCard(), objectionCard());
  if (!bill.stay) return show(placeCard(), card(make("h2", {}, say("nothing")), make("p", { class: "soft" }, say("nothingWhy"))), boardCard());
  if (order) return show(placeCard(), orderCard(order, giveUp), owedCard());
  return show(placeCard(), owedCard(), payCards(), plateCard(), objectionCard(), boardCard());
}

/** A running fee grows: read it again while nobody types or confirms. */
async function again() {
  const isTyping = document.activeElement?.tagName === "INPUT" && document.activeElement.value !== "";
  if (document.hidden || receipt || isConfirming || order || isTyping) return;
  try {
    await look();
  } catch (problem) {
    tell(reason(problem));
  }
}

/** What an earlier visit has begun goes on: an order that waits, or a payment for which WeChat has said who pays. */
async function begin() {
  const back = takeReturn();
  const waiting = localStorage.getItem(orderPlace);
  await look();
  if (waiting && !back) {
    order = await ask("GET", `${path}/orders/${waiting}`).catch(() => null);
    if (order?.state === "open") return wait();
    const { paid } = order ?? {};
    giveUp();
    return paid && booked(paid);
  }
  const way = bill.stay?.ways.find((one) => one.provider === "wechat");
  return back && way ? collect(way, back) : null;
}

openSheet(write);
doing(begin);
setInterval(again, AGAIN_MS);
