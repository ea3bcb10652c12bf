// The page behind a space's code: what is owed and why, the plate of a stay that has none, and paying in two taps.

import "./words_space.js";
import { ask, keyOf, reason } from "./ask.js";
import { make } from "./dom.js";
import { yuan } from "./money.js";
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

// The proof of the last stay here that this browser claimed or paid; for any other stay it proves nothing.
const proofPlace = `parking.proof ${code}`;

async function read() {
  const proof = localStorage.getItem(proofPlace);
  bill = await ask("GET", `${path}/bill`, { headers: proof ? { "X-Stay-Proof": proof } : {} });
  board ??= (await ask("GET", `/v1/tariffs?zone=${encodeURIComponent(bill.space.zone.id)}`)).tariffs[0];
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
    receipt = await ask("POST", `${path}/payments`, { body: { session, amount: owed }, headers });
    localStorage.setItem(proofPlace, receipt.proof);
    isConfirming = false;
    write();
  }, async (problem) => {
    if (problem.code === "offline") return;
    isConfirming = false;
    await look();
  });
}

/** One tap: a person looks into it, and until then nobody is reminded. */
async function object(session) {
  await doing(async () => {
    objection = await ask("POST", "/v1/appeals", { body: { session } });
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

function objectionCard() {
  const session = bill.stay?.session;
  if (objection) {
    return card(make("h2", {}, say("disputed")), make("p", { class: "soft", "data-appeal": objection.id }, say("disputedWhy", { id: objection.id })));
  }
  if (!session || isConfirming) return null;
  if (bill.stay.bill === "disputed") return card(make("h2", {}, say("disputed")), make("p", { class: "soft" }, say("disputedWait")));
  return make("p", { class: "actions" }, quietButton(say("object"), () => object(session), { id: "object" }));
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
  if (!isConfirming) return [mainButton(say("pay", sum), () => { isConfirming = true; write(); }, { id: "pay" })];
  const back = quietButton(say("cancel"), () => { isConfirming = false; write(); });
  const confirm = mainButton(say("confirm", sum), pay, { id: "confirm" });
  return [make("section", { class: "card" }, make("h2", {}, say("provider")), make("p", { class: "soft" }, say("providerWhy")), make("p", { class: "actions" }, back, confirm))];
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
  if (receipt) return show(placeCard(), receiptCard(), objectionCard());
  if (!bill.stay) return show(placeCard(), card(make("h2", {}, say("nothing")), make("p", { class: "soft" }, say("nothingWhy"))), boardCard());
  return show(placeCard(), owedCard(), payCards(), plateCard(), objectionCard(), boardCard());
}

/** A running fee grows: read it again while nobody types or confirms. */
async function again() {
  const isTyping = document.activeElement?.tagName === "INPUT" && document.activeElement.value !== "";
  if (document.hidden || receipt || isConfirming || isTyping) return;
  try {
    await look();
  } catch (problem) {
    tell(reason(problem));
  }
}

openSheet(write);
doing(look);
setInterval(again, AGAIN_MS);
