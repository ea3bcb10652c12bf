// What waits for a person: cases with their evidence and their decision, and evidence that two persons hand over.

import "./words_cases.js";
import { ask, keyOf } from "./ask.js";
import { make } from "./dom.js";
import { act, bare, browse, choose, isAuthority, isMe, may, openPage, orderForm, reasonField, stateTag, wallTime, write } from "./operator_page.js";
import { card, doing, fact, moment, quietButton, stamp, tag } from "./sheet.js";
import { say } from "./words.js";

const STATES = { filed: "alert", dispatched: "alert", prepared: "alert", made: "good" };
const REPORTS = ["misuse_report", "device_fault_report", "sign_missing_report", "blocked_space_report"];
const AUTHORITIES = ["traffic_police", "public_security", "city_management", "court"];
const DECIDERS = ["operator", "approver"];
const STAY_ENDS = "end_stay";
const BY_ORDER = "towed_by_order";
const RIGHT_PLATE = "reassign";
const state = { cases: [], next: null, closed: false, whole: null, staff: [], shown: null, handovers: [], nextHandover: null };

const works = () => isAuthority() && may(...DECIDERS);
const by = (actor, at) => actor && `${bare(actor)}${at ? ` · ${stamp(at)}` : ""}`;
const place = (one) => one.space ?? one.zone;
const path = (list, one, step = "") => `/v1/operator/${list}/${encodeURIComponent(one.id)}${step && `/${step}`}`;

async function readCases(cursor = "") {
  const stages = state.closed ? "&stage=closed" : "";
  const page = await ask("GET", `/v1/operator/cases?limit=100${stages}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
  const items = page.cases.map((one) => ({ ...one, state: one.stage }));
  Object.assign(state, { cases: cursor ? [...state.cases, ...items] : items, next: page.next, whole: null, shown: null });
  if (!state.staff.length && works()) state.staff = (await ask("GET", "/v1/operator/staff")).staff.filter((one) => one.is_city && DECIDERS.includes(one.role));
}

/** Those that wait, or those that are closed. */
function which() {
  const turn = (event) => act(async () => { state.closed = event.target.value === "closed"; });
  const option = (value, isChosen) => make("option", { value, selected: isChosen }, say(value));
  return make("select", { id: "which", "aria-label": say("state"), onchange: turn }, option("open", !state.closed), option("closed", state.closed));
}

/** Everything that was done with a case, and its evidence, read when somebody wants to see it. */
const lookInto = (one) => doing(async () => {
  state.whole = await ask("GET", path("cases", one));
  write();
});

function stepRow({ at, actor, step, details }) {
  const told = [details.outcome && say(`outcome_${details.outcome}`), details.reason, details.to, details.evidence].filter(Boolean).join(" · ");
  return make("li", {}, make("em", {}, `${stamp(at)} · ${bare(actor)}`), make("b", {}, say(`step_${step}`)), make("span", {}, told));
}

/** What a piece shows is asked for with the purpose, which its chain of custody keeps; a document opens beside the page. */
function pieceForm(id) {
  if (state.shown?.id === id) return make("img", { class: "picture", src: state.shown.src, alt: say("evidence"), id: "picture" });
  const look = (event) => {
    event.preventDefault();
    const src = `/v1/operator/evidence/${encodeURIComponent(id)}/content?purpose=${encodeURIComponent(new FormData(event.target).get("purpose"))}`;
    doing(async () => {
      const { evidence } = await ask("GET", `/v1/operator/evidence/${encodeURIComponent(id)}`);
      if (evidence.media_type.startsWith("image/")) state.shown = { id, src };
      else open(src, "_blank", "noopener");
      write();
    });
  };
  return make(
    "form", { class: "step", "data-evidence": id, onsubmit: look },
    make("label", { class: "whole" }, `${id} · ${say("purpose")}`, make("input", { name: "purpose", minlength: 3, maxlength: 200, required: true, autocomplete: "off" })),
    make("p", { class: "actions" }, make("button", { type: "submit", class: "quiet" }, say("look"))),
  );
}

function whole(one) {
  if (state.whole?.case.id !== one.id) return make("p", { class: "actions" }, quietButton(say("lookInto"), () => lookInto(one), { id: "look-into" }));
  return [
    make("h3", {}, say("steps")), make("ol", { class: "lines", id: "steps" }, state.whole.steps.map(stepRow)),
    make("h3", {}, say("evidence")),
    state.whole.evidence.length ? state.whole.evidence.map((id) => (works() ? pieceForm(id) : make("p", {}, id))) : make("p", { class: "soft" }, say("none_here")),
  ];
}

function assignForm(one) {
  const people = state.staff.map(({ name }) => [name, name]);
  const fields = [{ name: "to", label: say("assignTo"), ...(people.length ? { options: people, value: one.assigned_to } : { maxlength: 40 }) }];
  return orderForm("assign", fields, (said) => ask("POST", path("cases", one, "assign"), { body: said }), { buttons: [["assign", say("assign"), "quiet"]] });
}

function decideForm(one) {
  const outcomes = one.outcomes.filter((outcome) => outcome !== BY_ORDER).map((outcome) => [outcome, say(`outcome_${outcome}`)]);
  const fields = [
    { name: "outcome", label: say("outcome"), options: outcomes },
    ...(one.outcomes.includes(STAY_ENDS) ? [{ name: "ended_at", label: say("endedAt"), type: "datetime-local", required: false }] : []),
    ...(one.outcomes.includes(RIGHT_PLATE) ? [{ name: "right_plate", label: say("rightPlate"), class: "plate", required: false, maxlength: 12 }] : []),
    reasonField(),
  ];
  return orderForm("decide", fields, (said) => ask("POST", path("cases", one, "decision"), { body: said }), { heading: say("decide"), note: say("decideWhy"), buttons: [["decide", say("decide"), "main thin"]] });
}

function towForm(one) {
  if (!one.outcomes.includes(BY_ORDER)) return null;
  const fields = [
    { name: "authority", label: say("authority"), minlength: 3 }, { name: "number", label: say("orderNumber"), maxlength: 64 },
    { name: "towed_at", label: say("towedAt"), type: "datetime-local", value: wallTime(Date.now()) }, { name: "taken_to", label: say("takenTo"), minlength: 3 },
    { name: "evidence", label: say("orderEvidence"), maxlength: 64 }, reasonField(),
  ];
  const tow = ({ reason, ...order }) => ask("POST", path("cases", one, "decision"), { body: { outcome: BY_ORDER, reason, order } });
  return orderForm("tow", fields, tow, { heading: say(`outcome_${BY_ORDER}`), note: say("towWhy"), buttons: [["tow", say("record"), "quiet"]] });
}

function caseDetails(one) {
  return [
    make("h2", {}, say(`case_${one.kind}`)), make("p", { class: "tags" }, stateTag(one.stage, STATES), one.outcome ? tag(say(`outcome_${one.outcome}`)) : null),
    one.words ? make("p", {}, `“${one.words}”`) : null,
    make(
      "dl", { class: "facts" }, fact(say("place"), place(one)), fact(say("session"), one.session), fact(say("openedAt"), by(one.opened_by, one.opened_at)),
      fact(say("seenAt"), `${stamp(one.seen_at)} · ${say("times", { n: one.times_seen })}`), fact(say("assignedTo"), one.assigned_to),
      fact(say("decidedBy"), by(one.decided_by, one.decided_at)), fact(say("reason"), one.reason),
    ),
    whole(one),
    works() && one.outcomes.length ? [assignForm(one), decideForm(one), towForm(one)] : null,
  ].flat(2);
}

function reportCard() {
  if (!works()) return null;
  const fields = [
    { name: "kind", label: say("kindOf"), options: REPORTS.map((kind) => [kind, say(`case_${kind}`)]) }, { name: "space", label: say("space"), maxlength: 64 },
    { name: "words", label: say("words"), required: false, minlength: 3, isWhole: true },
  ];
  const report = (said) => ask("POST", "/v1/operator/cases", { body: said, headers: { "Idempotency-Key": keyOf(`report ${JSON.stringify(said)}`) } });
  return card(orderForm("report", fields, report, { heading: say("reportHeading"), note: say("reportWhy") }));
}

const caseCards = () => [
  browse("cases", state.cases, {
    line: (one) => [say(`case_${one.kind}`), stateTag(one.stage, STATES), `${place(one)} · ${say("times", { n: one.times_seen })}`, moment(one.seen_at)],
    details: caseDetails, none: say("none_here"), above: which(), more: state.next && (async () => { await readCases(state.next); write(); }),
  }),
  reportCard(),
];

async function readHandovers(cursor = "") {
  const page = await ask("GET", `/v1/operator/handovers?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
  Object.assign(state, { handovers: cursor ? [...state.handovers, ...page.handovers] : page.handovers, nextHandover: page.next });
}

function handoverForms(one) {
  const step = (name) => ask("POST", path("handovers", one, name), { body: {} });
  if (one.state === "prepared" && may("approver") && isAuthority() && !isMe(one.prepared_by)) {
    return orderForm("hand", [], (_, name) => step(name), { note: say("handWhy"), buttons: [["refuse", say("refuse"), "quiet"], ["approve", say("makePackage"), "main"]] });
  }
  if (one.state !== "made" || !works()) return null;
  return [
    make("p", { class: "actions" }, make("a", { class: "quiet", id: "package", href: path("handovers", one, "package"), download: `evidence-${one.id}.zip` }, say("fetchPackage"))),
    orderForm("release", [], () => step("release"), { note: say("releaseWhy"), buttons: [["release", say("release"), "quiet"]] }),
  ];
}

function handoverDetails(one) {
  return [
    make("h2", {}, one.authority), make("p", { class: "tags" }, stateTag(one.state, STATES), tag(say(`authority_${one.authority_kind}`))),
    make(
      "dl", { class: "facts" }, fact(say("caseNumber"), one.case_number), fact(say("legalBasis"), one.legal_basis), fact(say("reason"), one.reason),
      fact(say("evidence"), one.evidence.join(", ")), fact(say("preparedBy"), by(one.prepared_by, one.prepared_at)), fact(say("decidedBy"), by(one.decided_by, one.decided_at)),
      fact("SHA-256", one.sha256), fact(say("key"), one.key), fact(say("releasedBy"), by(one.released_by, one.released_at)),
    ),
    handoverForms(one),
  ].flat();
}

function prepareCard() {
  if (!works()) return null;
  const fields = [
    { name: "authority_kind", label: say("kindOf"), options: AUTHORITIES.map((kind) => [kind, say(`authority_${kind}`)]) }, { name: "authority", label: say("authority"), minlength: 3 },
    { name: "legal_basis", label: say("legalBasis"), minlength: 3 }, { name: "case_number", label: say("caseNumber"), maxlength: 100 },
    { name: "evidence", label: say("pieces"), type: "names", isWhole: true }, reasonField(),
  ];
  const prepare = async (said) => {
    const made = await ask("POST", "/v1/operator/handovers", { body: said, headers: { "Idempotency-Key": keyOf(`handover ${JSON.stringify(said)}`) } });
    await readHandovers();
    choose("handovers", made.id);
  };
  return card(orderForm("prepare", fields, prepare, { heading: say("prepareHeading"), note: say("twoPersons"), buttons: [["prepare", say("prepareHandover"), "main thin"]] }));
}

const handoverCards = () => [
  browse("handovers", state.handovers, {
    line: (one) => [one.authority, stateTag(one.state, STATES), one.case_number, moment(one.prepared_at)],
    details: handoverDetails, none: say("none_here"), more: state.nextHandover && (async () => { await readHandovers(state.nextHandover); write(); }),
  }),
  prepareCard(),
];

openPage([
  { name: "cases", read: () => readCases(), cards: caseCards },
  { name: "handovers", read: () => readHandovers(), cards: handoverCards },
]);
