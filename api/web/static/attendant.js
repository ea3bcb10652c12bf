// The attendant's page: a shift, the occupied spaces (without a plate first), a plate, cash and its slip, the count.

import "./words_attendant.js";
import { Refusal, ask, keyOf, reason } from "./ask.js";
import { make } from "./dom.js";
import { loginForm, logOut, present } from "./login.js";
import { fen, yuan } from "./money.js";
import { card, doing, fact, feeLines, mainButton, moment, openSheet, quietButton, show, stamp, tag, tell } from "./sheet.js";
import { locale, nameOf, say } from "./words.js";

const AGAIN_MS = 10_000;
const TYPING_MS = 250;
const ROLES = ["attendant"];
const state = { person: null, shift: null, list: null, chosen: null, slip: null, closed: null, isConfirming: false, isClosing: false, districts: [], words: "" };

const sum = (amount) => ({ yuan: yuan(amount.amount, amount.currency) });
const cny = (amount) => ({ amount, currency: "CNY" });

function typed(form, name) {
  const amount = fen(new FormData(form).get(name));
  if (amount === null) throw new Refusal(0, { code: "amount_unread" });
  return cny(amount);
}

async function readShift() {
  try {
    state.shift = await ask("GET", "/v1/shifts/current");
  } catch (problem) {
    if (problem.status !== 404) throw problem;
    state.shift = null;
    if (state.person.district === null) state.districts = (await ask("GET", "/v1/districts?limit=500")).districts;
  }
}

async function readList() {
  state.list = await ask("GET", `/v1/attendant/spaces?find=${encodeURIComponent(state.words.trim())}`);
}

async function look() {
  await readShift();
  if (state.shift) await readList();
  write();
}

async function choose(session) {
  state.chosen = session === null ? null : await ask("GET", `/v1/attendant/sessions/${encodeURIComponent(session)}`);
  state.isConfirming = false;
  state.slip = null;
  await look();
  scrollTo(0, 0);
}

/** After a payment the list is whole again: what was searched for is done. */
async function next() {
  state.words = "";
  await choose(null);
}

const turn = (change) => () => {
  Object.assign(state, change);
  write();
};

async function openShift(form) {
  const body = { float: typed(form, "float") };
  if (state.person.district === null) body.district = new FormData(form).get("district");
  await ask("POST", "/v1/shifts", { body });
  await look();
}

async function closeShift(form) {
  const { id } = state.shift;
  const counted = typed(form, "counted");
  const headers = { "Idempotency-Key": keyOf(`close ${id} ${counted.amount}`) };
  state.closed = await ask("POST", `/v1/shifts/${id}/close`, { body: { counted }, headers });
  Object.assign(state, { isClosing: false, shift: null });
  write();
}

async function addPlate(form) {
  const { session } = state.chosen.stay;
  const plate = new FormData(form).get("plate");
  state.chosen = await ask("POST", `/v1/attendant/sessions/${encodeURIComponent(session)}/plate`, { body: { plate } });
  write();
}

function takeCash() {
  const { stay, owed } = state.chosen;
  const path = `/v1/attendant/sessions/${encodeURIComponent(stay.session)}`;
  doing(async () => {
    const headers = { "Idempotency-Key": keyOf(`cash ${stay.session} ${owed.amount}`) };
    state.slip = await ask("POST", `${path}/cash`, { body: { amount: owed }, headers });
    state.isConfirming = false;
    await look();
  }, async (problem) => {
    if (problem.code === "offline") return;
    state.isConfirming = false;
    state.chosen = await ask("GET", path);
    write();
  });
}

const form = (work, ...children) => make("form", {
  onsubmit: (event) => {
    event.preventDefault();
    doing(() => work(event.target));
  },
}, ...children);

const money = (name, label) => make("label", {}, say(label), make("input", { name, inputmode: "decimal", required: true, autocomplete: "off", placeholder: "0.00" }));
const submit = (text) => make("button", { type: "submit", class: "main" }, say(text));

function shiftForm() {
  const options = state.districts.map((district) => make("option", { value: district.id }, nameOf(district)));
  const choice = options.length ? make("label", {}, say("district"), make("select", { name: "district" }, options)) : null;
  return card(form(openShift, make("h2", {}, say("openShift")), make("p", { class: "soft" }, say("openShiftWhy")), choice, money("float", "float"), submit("openShift")));
}

function shiftCard() {
  const { shift, list } = state;
  return card(
    make("p", { class: "sum" }, make("b", { id: "cash" }, yuan(shift.cash.amount)), list.without_plate ? tag(say("withoutPlate", { n: list.without_plate }), "alert") : null),
    make("p", { class: "soft" }, `${say("cash")} · ${say("shiftSince")} ${moment(shift.opened_at, list.at)}`),
    state.isClosing
      ? form(closeShift, money("counted", "counted"), make("p", { class: "actions" }, quietButton(say("cancel"), turn({ isClosing: false })), submit("count")))
      : make("p", { class: "actions" }, quietButton(say("closeShift"), turn({ isClosing: true }), { id: "close" })),
  );
}

const street = (stay) => (locale() === "en-GB" ? stay.street_en || stay.street || stay.zone_name_en : stay.street || stay.zone_name);

function stayRow(stay) {
  return make(
    "li", {},
    make(
      "button", { type: "button", "data-session": stay.session, onclick: () => doing(() => choose(stay.session)) },
      make("span", { class: "name" }, stay.space), stay.plate ? tag(stay.plate) : tag(say("noPlate"), "alert"),
      make("span", { class: "soft" }, street(stay)), make("span", { class: "soft" }, moment(stay.started_at, state.list.at)),
    ),
  );
}

function listCard() {
  const { list } = state;
  const places = make("ol", { class: "stays" });
  const note = make("p", { class: "soft" });
  const fill = () => {
    const { spaces, more } = state.list;
    places.replaceChildren(...spaces.map(stayRow));
    note.textContent = more ? say("more", { n: spaces.length }) : spaces.length ? "" : say(state.words ? "noMatch" : "none");
  };
  const search = async (event) => {
    state.words = event.target.value;
    const words = state.words;
    await new Promise((later) => setTimeout(later, TYPING_MS));
    if (words !== state.words) return;
    try {
      await readList();
      fill();
    } catch (problem) {
      tell(reason(problem));
    }
  };
  fill();
  return card(
    make("h2", {}, say("occupied")),
    list.spaces.length || state.words ? make("input", { type: "search", value: state.words, autocomplete: "off", placeholder: say("find"), "aria-label": say("find"), oninput: search }) : null,
    places,
    note,
  );
}

function stayCards() {
  const { stay, owed, fee, lines } = state.chosen;
  const plate = stay.plate
    ? null
    : card(form(addPlate, make("h2", {}, say("addPlate")), make("p", { class: "beside" },
        make("input", { class: "plate", name: "plate", required: true, maxlength: 12, autocomplete: "off", placeholder: say("plateExample"), "aria-label": say("plate") }),
        make("button", { type: "submit", class: "main thin" }, say("add")))));
  const cash = state.isConfirming
    ? card(make("p", { class: "soft" }, say("confirmWhy")), make("p", { class: "actions" }, quietButton(say("cancel"), turn({ isConfirming: false })), mainButton(say("confirmCash", sum(owed)), takeCash, { id: "confirm" })))
    : owed.amount > 0 ? mainButton(say("takeCash", sum(owed)), turn({ isConfirming: true }), { id: "cash-button" }) : null;
  return [
    quietButton(`← ${say("cancel")}`, () => doing(() => choose(null)), { id: "back", class: "quiet back" }),
    card(
      make("h2", {}, stay.space),
      make("p", { class: "tags" }, tag(street(stay)), stay.plate ? tag(stay.plate, "good") : tag(say("noPlate"), "alert")),
      make("p", { class: "sum" }, make("b", { id: "owed" }, yuan(owed.amount)), tag(fee.amount === 0 ? say("nothingOwed") : say("soFar"))),
      make("dl", { class: "facts" }, fact(say("since"), moment(stay.started_at, state.list.at))),
      lines.length ? [make("h3", {}, say("why")), feeLines(lines)] : null,
    ),
    plate,
    cash,
  ];
}

function slipCards() {
  const { slip } = state;
  return [
    make(
      "section", { class: "card", "data-paid": slip.receipt },
      make("h2", {}, say("slip")),
      make("p", { class: "sum paid" }, make("b", {}, yuan(slip.amount.amount)), tag(say("paid"), "good")),
      make(
        "dl", { class: "facts" },
        fact(say("plate"), slip.plate), fact(say("since"), moment(slip.started_at, slip.paid_at)), fact(say("until"), moment(slip.ended_at, slip.paid_at)),
        fact(say("paidAt"), stamp(slip.paid_at)), fact(say("payee"), slip.payee), fact(say("receipt"), slip.receipt),
      ),
      feeLines(slip.lines),
      make("p", { class: "actions" }, quietButton(say("print"), () => print()), mainButton(say("next"), () => doing(next), { id: "next" })),
    ),
  ];
}

function closedCard() {
  const { closing } = state.closed;
  const { amount } = closing.difference;
  return make(
    "section", { class: "card", "data-closed": state.closed.id },
    make("h2", {}, say("closed")),
    make("dl", { class: "facts" }, fact(say("expected"), yuan(closing.expected.amount)), fact(say("countedShort"), yuan(closing.counted.amount)), fact(say("difference"), amount === 0 ? say("even") : `${amount > 0 ? "+" : ""}${yuan(amount)}`)),
    make("p", { class: "actions" }, quietButton(say("logOut"), () => doing(logOut)), mainButton(say("openShift"), () => doing(async () => { state.closed = null; await look(); }))),
  );
}

function write() {
  if (!state.person) return loginForm(ROLES, enter);
  if (state.closed) return show(closedCard());
  if (!state.shift) return show(shiftForm(), quietButton(say("logOut"), () => doing(logOut)));
  if (state.slip) return show(slipCards());
  if (state.chosen) return show(stayCards());
  return show(shiftCard(), listCard());
}

async function enter(person) {
  state.person = person;
  if (person) await look();
  else write();
}

async function again() {
  const isTyping = document.activeElement?.tagName === "INPUT";
  if (document.hidden || isTyping || !state.shift || state.chosen || state.slip || state.isClosing) return;
  try {
    await look();
  } catch (problem) {
    tell(reason(problem));
  }
}

openSheet(() => state.person && write());
doing(async () => enter(await present(ROLES)));
setInterval(again, AGAIN_MS);
