// The slip: what the driver gets in the hand, on paper, as a code or as a link. A slip that was written without a network
// carries its receipt's number already, which the service keeps when the deed arrives.

import { drawCode } from "./attendant_code.js";
import { make } from "./dom.js";
import { yuan } from "./money.js";
import { doing, fact, feeLines, mainButton, moment, quietButton, stamp, tag } from "./sheet.js";
import { say } from "./words.js";

/** A slip out of a deed with cash, as the service has booked it, or as the phone knows it until then. */
export function slipOf(deed, stay) {
  if (deed.answer) return { ...deed.answer, isWaiting: false };
  return {
    receipt: deed.id, payee: null, space: deed.space, plate: stay.plate ?? deed.plate ?? null, started_at: stay.started_at, ended_at: deed.at,
    amount: deed.amount, left: null, over: null, paid_at: deed.at, lines: [], isWaiting: true,
  };
}

const addressOf = (slip) => new URL(`/r/${slip.receipt}`, location.origin).href;

async function send(slip) {
  const url = addressOf(slip);
  if (!navigator.share) return navigator.clipboard?.writeText(url);
  try {
    await navigator.share({ title: say("slip"), url });
  } catch {
    // Whoever closes the sheet of the phone has changed their mind; nothing is wrong.
  }
}

/** `next` goes back to the list. */
export function slipCard(slip, next) {
  const address = addressOf(slip);
  return make(
    "section", { class: "card slip", "data-paid": slip.receipt },
    make("h2", {}, say("slip")),
    make("p", { class: "sum paid" }, make("b", {}, yuan(slip.amount.amount)), tag(say("paid"), "good")),
    slip.isWaiting ? make("p", { class: "banner", id: "slip-waits" }, say("slipWaits")) : null,
    slip.over?.amount ? make("p", { class: "banner" }, say("paidTwice", { yuan: yuan(slip.over.amount) })) : null,
    make(
      "dl", { class: "facts" },
      fact(say("space"), slip.space), fact(say("plate"), slip.plate), fact(say("since"), moment(slip.started_at, slip.paid_at)), fact(say("until"), moment(slip.ended_at, slip.paid_at)),
      fact(say("paidAt"), stamp(slip.paid_at)), fact(say("payee"), slip.payee), fact(say("receipt"), slip.receipt),
    ),
    slip.lines.length ? feeLines(slip.lines) : null,
    make("figure", {}, drawCode(address), make("figcaption", { class: "soft" }, say("slipCode"))),
    make("p", { class: "soft" }, say("noInvoice")),
    make("p", { class: "actions" }, quietButton(say("print"), () => print(), { id: "print" }), quietButton(say("send"), () => doing(() => send(slip))), mainButton(say("next"), () => doing(next), { id: "next" })),
  );
}
