// The money of operators: a day's takings, differences, concessions with their statements, what the nights did, the books.

import "./words_money.js";
import { ask } from "./ask.js";
import { make } from "./dom.js";
import { yuan } from "./money.js";
import { concessionCards, readConcessions } from "./operator_concessions.js";
import { bookCards, compareCards, nightCards, readBooks, readNights, readTakings, takingsCards } from "./operator_days.js";
import { act, bare, browse, isAuthority, isCity, may, me, openPage, orderForm, reasonField, stateTag, write } from "./operator_page.js";
import { fact, moment, stamp, tag } from "./sheet.js";
import { say } from "./words.js";

const OLD_DAYS = 3;
const OLDER_DAYS = 7;
const state = { differences: [], next: null, shown: "open", staff: [] };

/** Of this kind alone the two sides count stays, not money. */
const COUNTED = "reported_stays_differ";

/** What a side of a difference says. */
function sideOf(one, side) {
  if (one[side] === null) return say("saysNothing");
  return one.kind === COUNTED ? String(one[side]) : yuan(one[side], one.currency);
}

async function readDifferences() {
  const page = await ask("GET", `/v1/operator/differences?limit=500&state=${state.shown}`);
  Object.assign(state, { differences: page.differences, next: page.next });
  if (may("operator") && !state.staff.length) state.staff = (await ask("GET", "/v1/operator/staff")).staff;
}

async function moreDifferences() {
  const page = await ask("GET", `/v1/operator/differences?limit=500&state=${state.shown}&cursor=${state.next}`);
  Object.assign(state, { differences: [...state.differences, ...page.differences], next: page.next });
  write();
}

const ageTag = (one) => tag(say("ageDays", { n: one.age_days }), one.state === "open" && one.age_days >= OLD_DAYS ? "alert" : "");

/** How old what is open is, because an old difference is a forgotten one. */
function ages() {
  const count = (from, to) => state.differences.filter((one) => one.age_days >= from && one.age_days < to).length;
  const spans = [["ageNew", 0, OLD_DAYS], ["ageOld", OLD_DAYS, OLDER_DAYS], ["ageOlder", OLDER_DAYS, Infinity]];
  return make("p", { class: "tags", id: "ages" }, spans.map(([name, from, to]) => tag(say(name, { n: count(from, to), from, to: to - 1 }), from && count(from, to) ? "alert" : "")));
}

const turn = (event) => act(async () => { state.shown = event.target.value; });

function differenceForms(one) {
  if (one.state !== "open" || !may("operator")) return null;
  const people = state.staff.map((person) => [person.actor, `${person.name} · ${say(person.role)}`]);
  const to = { name: "to", label: say("assignTo"), options: people, value: one.assigned_to ?? `account:${me().name}` };
  return [
    orderForm("assign", [to], (said) => ask("POST", `/v1/operator/differences/${one.id}/assignment`, { body: said }), { buttons: [["assign", say("assign"), "quiet"]] }),
    isAuthority() ? orderForm("close", [reasonField()], (said) => ask("POST", `/v1/operator/differences/${one.id}/closing`, { body: said })) : null,
  ];
}

function differenceDetails(one) {
  return [
    make("h2", {}, say(`kind_${one.kind}`)),
    make("p", { class: "tags" }, stateTag(one.state, { open: "alert", closed: "good" }), ageTag(one)),
    make(
      "dl", { class: "facts" },
      fact(say("reference"), one.reference), fact(say("byOurBooks"), sideOf(one, "expected")), fact(say("byTheOther"), sideOf(one, "found")),
      fact(say("when"), stamp(one.occurred_at)), fact(say("district"), one.district), fact(say("company"), one.operator),
      fact(say("assignedTo"), bare(one.assigned_to) ?? say("nobody")), fact(say("closedBy"), one.closed_by && `${one.closed_by === "system" ? say("system") : bare(one.closed_by)} · ${stamp(one.closed_at)}`),
      fact(say("reason"), one.reason === "no longer differs" ? say("explained") : one.reason),
    ),
    differenceForms(one),
  ];
}

function differenceCards() {
  const states = [["open", say("open")], ["closed", say("closed")]];
  const which = make("select", { "aria-label": say("state"), id: "which", onchange: turn }, states.map(([value, text]) => make("option", { value, selected: value === state.shown }, text)));
  return browse("differences", state.differences, {
    line: (one) => [say(`kind_${one.kind}`), ageTag(one), `${sideOf(one, "expected")} → ${sideOf(one, "found")}`, `${moment(one.occurred_at)} · ${bare(one.assigned_to) ?? say("nobody")}`],
    details: differenceDetails,
    none: say("noDifferences"),
    above: [which, state.shown === "open" && state.differences.length ? ages() : null],
    more: state.next ? moreDifferences : null,
  });
}

openPage([
  { name: "takings", read: readTakings, cards: takingsCards },
  { name: "differences", read: readDifferences, cards: differenceCards },
  { name: "concessions", read: readConcessions, cards: concessionCards },
  { name: "nights", read: readNights, cards: nightCards, when: isCity },
  { name: "compare", read: async () => {}, cards: compareCards, when: () => isCity() && may("operator") },
  { name: "books", read: readBooks, cards: bookCards, when: isCity },
]);
