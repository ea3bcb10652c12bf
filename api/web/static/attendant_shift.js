// The shift: its opening with the change counted, what its drawer should hold, its closing, and going home.

import { Refusal, ask, keyOf } from "./ask.js";
import { form, money, submit, typed } from "./attendant_forms.js";
import { forgetSeen, now, seen } from "./attendant_seen.js";
import { foreign, refused, state, turn, turnTo, waiting, waitingCash } from "./attendant_state.js";
import { make } from "./dom.js";
import { logOut } from "./login.js";
import { yuan } from "./money.js";
import { card, doing, fact, moment, quietButton, tag } from "./sheet.js";
import { ago } from "./time.js";
import { nameOf, say } from "./words.js";

/** `look` reads everything anew. */
export function shiftForm(look) {
  const open = async (element) => {
    const body = { float: typed(element, "float") };
    if (seen.person.district === null) body.district = new FormData(element).get("district");
    await ask("POST", "/v1/shifts", { body });
    await look();
  };
  const options = state.districts.map((district) => make("option", { value: district.id }, nameOf(district)));
  const choice = options.length ? make("label", {}, say("district"), make("select", { name: "district" }, options)) : null;
  return card(form(open, make("h2", {}, say("openShift")), make("p", { class: "soft" }, say("openShiftWhy")), choice, money("float", "float"), submit("openShift")));
}

export function shiftCard() {
  const { shift, list } = seen;
  const kept = waitingCash();
  return card(
    make("p", { class: "sum" }, make("b", { id: "cash" }, yuan(shift.cash.amount + kept)), list.without_plate ? tag(say("withoutPlate", { n: list.without_plate }), "alert") : null),
    make("p", { class: "soft" }, `${say("cash")} · ${say("shiftSince")} ${moment(shift.opened_at, list.at)}`, kept ? ` · ${say("cashWaits", { yuan: yuan(kept) })}` : ""),
    make("p", { class: state.isOffline ? "age lost" : "age", id: "age" }, say(state.isOffline ? "offlineSince" : "seenAt", { time: moment(list.at, now()), ago: ago((now() - Date.parse(list.at)) / 1000) })),
    state.mode === "closing" ? closing() : make("p", { class: "actions" }, quietButton(say("report"), turn({ reporting: { space: "", session: null } }), { id: "report" }), quietButton(say("closeShift"), turn({ mode: "closing" }), { id: "close" })),
  );
}

function closing() {
  if (waiting().length) {
    return make("div", {}, make("p", { class: "banner" }, say("closeWaits", { n: waiting().length })), make("p", { class: "actions" }, quietButton(say("cancel"), turn({ mode: "" }))));
  }
  return form(
    close, money("counted", "counted"), refused().some((deed) => deed.what === "cash") ? make("p", { class: "soft" }, say("closeRefused")) : null,
    make("p", { class: "actions" }, quietButton(say("cancel"), turn({ mode: "" })), submit("count")),
  );
}

async function close(element) {
  const { id } = seen.shift;
  const counted = typed(element, "counted");
  const headers = { "Idempotency-Key": keyOf(`close ${id} ${counted.amount}`) };
  const closed = await ask("POST", `/v1/shifts/${id}/close`, { body: { counted }, headers });
  seen.shift = null;
  turnTo({ closed, mode: "" });
}

export function closedCard(look) {
  const { closing: { expected, counted, difference } } = state.closed;
  const again = async () => {
    state.closed = null;
    await look();
  };
  return make(
    "section", { class: "card", "data-closed": state.closed.id },
    make("h2", {}, say("closed")),
    make("dl", { class: "facts" }, fact(say("expected"), yuan(expected.amount)), fact(say("countedShort"), yuan(counted.amount)), fact(say("difference"), difference.amount === 0 ? say("even") : `${difference.amount > 0 ? "+" : ""}${yuan(difference.amount)}`)),
    make("p", { class: "actions" }, leaveButton(), make("button", { type: "button", class: "main", onclick: () => doing(again) }, say("openShift"))),
  );
}

/** Logging out; with deeds that nobody has yet it takes a second tap. */
export function leaveButton() {
  const leave = async () => {
    if (waiting().length && state.mode !== "leaving") return turnTo({ mode: "leaving" });
    if (state.isOffline) throw new Refusal(0, { code: "leave_offline" });
    await logOut(forgetSeen);
  };
  return [
    state.mode === "leaving" ? make("p", { class: "banner" }, say("leaveWaits", { n: waiting().length })) : null,
    make(
      "p", { class: "actions" }, state.mode === "leaving" ? quietButton(say("cancel"), turn({ mode: "" })) : null,
      quietButton(say(state.mode === "leaving" ? "leaveAnyway" : "logOut"), () => doing(leave), { id: "leave" }),
    ),
  ];
}

/** Somebody else's deeds wait on this phone; they are told under that name alone. */
export function foreignNote() {
  const names = new Map();
  for (const { by } of foreign()) names.set(by, (names.get(by) ?? 0) + 1);
  return [...names].map(([name, n]) => make("p", { class: "banner foreign" }, say("foreignWaits", { name, n })));
}
