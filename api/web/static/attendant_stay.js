// One stay: what it costs and why, its plate, its picture, cash, and the code with which the driver pays alone.

import { Refusal, ask } from "./ask.js";
import { drawCode } from "./attendant_code.js";
import { camera, form, isNewEnergy, masked, street } from "./attendant_forms.js";
import { shrunk } from "./attendant_picture.js";
import { add, deliverNow, drop } from "./attendant_queue.js";
import { picturePath } from "./attendant_report.js";
import { instant, lastPrice, now, seen } from "./attendant_seen.js";
import { slipOf } from "./attendant_slip.js";
import { deedsAbout, readDeeds, state, turn, turnTo } from "./attendant_state.js";
import { make } from "./dom.js";
import { yuan } from "./money.js";
import { card, doing, fact, feeLines, mainButton, moment, quietButton, tag } from "./sheet.js";
import { say } from "./words.js";

const pathOf = (session) => `/v1/attendant/sessions/${encodeURIComponent(session)}`;
const deedOn = (stay, what) => ({ by: seen.person.name, what, at: instant(), stay: stay.session, space: stay.space, shift: seen.shift.id });

/** The sum to take now and whether the service itself has just named it; null where nobody knows it. */
function owedNow(stay) {
  if (state.bill) return state.bill.owed;
  const [plate] = deedsAbout(stay.session, "plate");
  return plate?.isNewEnergy ? null : lastPrice(stay.session);
}

export async function readBill() {
  state.bill = await ask("GET", pathOf(state.chosen.session));
  state.chosen = state.bill.stay;
}

async function addPlate(element) {
  const stay = state.chosen;
  const plate = new FormData(element).get("plate");
  const deed = await add({ ...deedOn(stay, "plate"), path: `${pathOf(stay.session)}/plate`, body: { plate, seen_at: instant() }, plate: masked(plate), isNewEnergy: isNewEnergy(plate) });
  const after = await deliverNow(deed);
  if (after.state === "refused") await refuse(after);
  if (after.state === "done") {
    Object.assign(state, { bill: after.answer, chosen: after.answer.stay });
    await drop(after);
  } else {
    state.bill = null;
  }
  await readDeeds();
  turnTo({});
}

/** What the service refuses while the doer waits was not done: it leaves the phone, and the reason is told. */
async function refuse(deed) {
  await drop(deed);
  await readDeeds();
  throw new Refusal(409, deed.problem);
}

async function addPicture(file) {
  const stay = state.chosen;
  const picture = await shrunk(file);
  const deed = deedOn(stay, "picture");
  const whole = await add({ ...deed, path: picturePath(stay.session, stay.space, deed.at), body: picture });
  state.pictures.set(stay.session, URL.createObjectURL(picture));
  const after = await deliverNow(whole);
  if (after.state === "refused") {
    state.pictures.delete(stay.session);
    await refuse(after);
  }
  await readDeeds();
  turnTo({});
}

function takeCash(shown, look) {
  const stay = state.chosen;
  doing(async () => {
    const owed = owedNow(stay);
    if (owed?.amount !== shown.amount) throw new Refusal(0, { code: "amount_changed" });
    const deed = deedOn(stay, "cash");
    const [named] = deedsAbout(stay.session, "plate");
    const body = { amount: owed, taken_at: deed.at, shift: seen.shift.id };
    const after = await deliverNow(await add({ ...deed, path: `${pathOf(stay.session)}/cash`, body, amount: owed, plate: named?.plate }));
    if (after.state === "refused") await refuse(after);
    Object.assign(state, { slip: slipOf(after, stay), mode: "" });
    await look();
  }, async () => {
    // What was named is no longer true; without a network the last price stands in for the bill.
    const wasNamed = state.bill !== null;
    Object.assign(state, { mode: "", bill: null });
    if (wasNamed) await readBill().catch(() => {});
    turnTo({});
  });
}

function plateCard(stay, named) {
  if (stay.plate || named) return null;
  return card(form(addPlate, make("h2", {}, say("addPlate")), make("p", { class: "beside" },
    make("input", { class: "plate", name: "plate", required: true, maxlength: 12, autocomplete: "off", placeholder: say("plateExample"), "aria-label": say("plate") }),
    make("button", { type: "submit", class: "main thin" }, say("add")))));
}

function cashPart(stay, owed, look) {
  if (deedsAbout(stay.session, "cash").length) return null;
  if (!owed) return make("p", { class: "banner", id: "no-price" }, say(deedsAbout(stay.session, "plate").some((deed) => deed.isNewEnergy) ? "noPriceNewEnergy" : "noPriceKnown"));
  if (owed.amount === 0) return null;
  const sum = { yuan: yuan(owed.amount, owed.currency) };
  if (state.mode !== "confirming") return mainButton(say("takeCash", sum), turn({ mode: "confirming" }), { id: "cash-button" });
  return card(
    make("p", { class: "soft" }, say(state.bill ? "confirmWhy" : "confirmOffline")),
    make("p", { class: "actions" }, quietButton(say("cancel"), turn({ mode: "" })), mainButton(say("confirmCash", sum), () => takeCash(owed, look), { id: "confirm" })),
  );
}

/** The page behind the space's sign: the driver's phone has a network of its own. */
function codeCard(stay) {
  const address = new URL(`/s/${encodeURIComponent(stay.space)}`, location.origin).href;
  return card(
    make("h2", {}, say("payCode")), make("p", { class: "soft" }, say("payCodeWhy")),
    make("figure", { id: "pay-code" }, drawCode(address), make("figcaption", {}, make("a", { href: address }, address))),
  );
}

function pictures(stay) {
  const taken = deedsAbout(stay.session, "picture");
  const picture = state.pictures.get(stay.session) ?? (taken.find((deed) => deed.body) ? URL.createObjectURL(taken.find((deed) => deed.body).body) : null);
  if (picture && !state.pictures.has(stay.session)) state.pictures.set(stay.session, picture);
  const note = taken.map((deed) => make("p", { class: "soft", "data-picture": deed.state }, `${say("deed_picture")} ${moment(deed.at, now())} · ${say(deed.state === "done" ? "delivered" : "waits")}`));
  return [picture ? make("img", { class: "picture", src: picture, alt: say("deed_picture") }) : null, note];
}

/** `back` leaves the stay, `look` reads everything anew. */
export function stayCards(back, look) {
  const stay = state.chosen;
  const { bill } = state;
  const owed = owedNow(stay);
  const [named] = deedsAbout(stay.session, "plate");
  const plate = stay.plate ?? named?.plate;
  const paid = deedsAbout(stay.session, "cash").length > 0;
  return [
    quietButton(`← ${say("cancel")}`, () => doing(back), { id: "back", class: "quiet back" }),
    card(
      make("h2", {}, stay.space),
      make("p", { class: "tags" }, tag(street(stay)), plate ? tag(plate, "good") : tag(say("noPlate"), "alert"), named ? tag(say("waits"), "alert") : null),
      make("p", { class: "sum" }, make("b", { id: "owed" }, owed ? yuan(owed.amount) : "—"), tag(paid ? say("paid") : !owed ? say("priceUnknown") : owed.amount === 0 ? say("nothingOwed") : say("soFar"))),
      make("dl", { class: "facts" }, fact(say("since"), moment(stay.started_at, seen.list.at))),
      bill?.lines.length ? [make("h3", {}, say("why")), feeLines(bill.lines)] : null,
      bill ? null : make("p", { class: "soft", id: "said-at" }, say("priceSaid", { time: moment(new Date(seen.prices[stay.session]?.at ?? seen.list.at), now()) })),
      pictures(stay),
      make(
        "p", { class: "actions" },
        camera(say("takePicture"), addPicture, { id: "picture" }),
        quietButton(say("payCode"), turn({ mode: state.mode === "code" ? "" : "code" }), { id: "code-button" }),
        quietButton(say("report"), turn({ reporting: { space: stay.space, session: stay.session } }), { id: "report" }),
      ),
    ),
    state.mode === "code" ? codeCard(stay) : null,
    plateCard(stay, named),
    cashPart(stay, owed, look),
  ];
}
