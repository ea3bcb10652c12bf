// Counts by persons of places without sensors, and what was learnt from them: how full a place is where so much is paid.

import "./words_surveys.js";
import { Refusal, ask } from "./ask.js";
import { make } from "./dom.js";
import { bare, browse, columns, may, orderForm, remember, wallTime, write } from "./operator_page.js";
import { card, fact, stamp, tag } from "./sheet.js";
import { say } from "./words.js";

const PATH = "/v1/operator/surveys";
const KINDS = ["kerb", "lot", "garage"];
/** `draft` is what was typed and refused: a page that is drawn anew keeps it. */
const state = { counts: [], next: null, learnt: null, draft: {} };

const percent = (share) => (share === null ? null : `${Math.round(share * 100)} %`);

export async function readSurveys() {
  const [page, learnt] = await Promise.all([ask("GET", PATH), ask("GET", "/v1/operator/payment-correction")]);
  Object.assign(state, { counts: page.counts, next: page.next, learnt });
}

async function more() {
  const page = await ask("GET", `${PATH}?cursor=${state.next}`);
  Object.assign(state, { counts: [...state.counts, ...page.counts], next: page.next });
  write();
}

/** Opened first and confirmed then: nobody takes a count back by one slip. */
function withdrawPart(count) {
  if (!may("operator", "approver")) return null;
  const withdraw = () => ask("POST", `${PATH}/${count.id}/withdraw`, { body: {} });
  return make(
    "details", { class: "step", id: "withdraw" }, make("summary", {}, say("withdrawCount")),
    orderForm("withdraw-count", [], withdraw, { note: say("withdrawCountWhy"), buttons: [["withdraw-count", say("withdraw-count"), "quiet"]] }),
  );
}

function details(count) {
  return [
    make("h2", {}, `${count.zone} · ${say(count.kind)}`),
    make("dl", { class: "facts" }, fact(say("countedAt"), stamp(count.at)), fact(say("occupiedOf"), say("ofSpaces", { n: count.occupied, m: count.spaces })), fact(say("toldBy"), bare(count.told_by)), fact(say("toldAt"), stamp(count.told_at))),
    withdrawPart(count),
  ];
}

function tellCard() {
  if (!may("operator", "approver")) return null;
  const { draft } = state;
  const fields = [
    { name: "zone", label: say("zoneId"), value: draft.zone, maxlength: 64 },
    { name: "kind", label: say("kindOfPlace"), options: KINDS.map((kind) => [kind, say(kind)]), value: draft.kind },
    { name: "at", label: say("countedAt"), type: "datetime-local", value: wallTime(draft.at ?? Date.now()) },
    { name: "spaces", label: say("spacesSeen"), type: "number", min: 1, value: draft.spaces },
    { name: "occupied", label: say("spacesOccupied"), type: "number", min: 0, value: draft.occupied },
  ];
  const told = async (count) => {
    state.draft = count;
    const { rejected: [refused] } = await ask("POST", PATH, { body: { counts: [count] } });
    if (refused) throw new Refusal(200, refused);
    state.draft = {};
    remember("surveys", null);
  };
  return card(orderForm("tell-count", fields, told, { heading: say("tellCount"), note: say("tellCountWhy") }));
}

function learntCard() {
  const { learnt } = state;
  const enough = (place) => (place.deviation === null ? tag(say("countedTooLittle"), "alert") : tag(say("countedEnough"), "good"));
  return card(
    make("h2", {}, say("learntFromCounts")), learnt.why_not ? make("p", { class: "soft", id: "why-not" }, say(`learnt_${learnt.why_not}`)) : null,
    make(
      "dl", { class: "facts", id: "learnt" }, fact(say("hoursCounted"), say("onDays", { n: learnt.hours, m: learnt.days })), fact(say("errorOfEstimate"), percent(learnt.mean_absolute_error)),
      fact(say("errorOfPaid"), percent(learnt.paid_error)), fact(say("coverageOfEstimate"), percent(learnt.coverage)),
    ),
    learnt.places.length ? columns("counted-places", learnt.places, [
      { head: say("zone"), cell: (place) => `${place.zone} · ${say(place.kind)}` },
      { head: say("hoursCounted"), cell: (place) => say("onDays", { n: place.hours, m: place.days }) },
      { head: "", cell: enough },
    ]) : null,
  );
}

export const surveyCards = () => [
  browse("surveys", state.counts, {
    line: (count) => [`${count.zone} · ${say(count.kind)}`, tag(say("ofSpaces", { n: count.occupied, m: count.spaces })), stamp(count.at)],
    details,
    none: say("noCounts"),
    more: state.next === null ? null : more,
  }),
  tellCard(),
  learntCard(),
];
