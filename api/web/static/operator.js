// The operator's page: proposals with their numbers and reasons, edited, decided by two persons and judged; review policies, announced events, counts by persons, the price board, the audit.

import "./words_proposals.js";
import { ask } from "./ask.js";
import { estimateCard, lotteryNote, readEstimates } from "./demand_estimate.js";
import { make } from "./dom.js";
import { priceNow, yuan } from "./money.js";
import { eventCards, readEvents } from "./operator_events.js";
import { act, bare, isMe, may, me, openPage, wallTime, write } from "./operator_page.js";
import { policyCards, readPolicies } from "./operator_policies.js";
import { readSurveys, surveyCards } from "./operator_surveys.js";
import { cellTable, comparisonTable, editForms, revisionList } from "./proposal_cells.js";
import { effectCard, readEffect } from "./proposal_effect.js";
import { card, doing, fact, mainButton, moment, quietButton, table, tag } from "./sheet.js";
import { locale, nameOf, say } from "./words.js";

const HOUR_MS = 3_600_000;
const state = { known: null, proposals: [], chosen: null, effect: null, board: [], audit: [], auditNext: null };

const path = (id, deed = "") => `/v1/operator/proposals/${encodeURIComponent(id)}${deed && `/${deed}`}`;

async function readProposals() {
  state.known = await readEstimates();
  state.proposals = (await ask("GET", "/v1/operator/proposals?limit=50")).proposals;
  const id = state.chosen?.id ?? state.proposals[0]?.id;
  await readChosen(id);
}

async function readChosen(id) {
  const chosen = id ? await ask("GET", path(id)) : null;
  Object.assign(state, { chosen, effect: await readEffect(chosen) });
}

async function readBoard() {
  const { district } = me();
  state.board = (await ask("GET", `/v1/tariffs?limit=1000${district ? `&district=${encodeURIComponent(district)}` : ""}`)).tariffs;
}

async function readAudit() {
  const page = await ask("GET", "/v1/operator/audit?limit=50");
  Object.assign(state, { audit: page.audit, auditNext: page.next });
}

async function moreAudit() {
  const page = await ask("GET", `/v1/operator/audit?limit=50&cursor=${state.auditNext}`);
  Object.assign(state, { audit: [...state.audit, ...page.audit], auditNext: page.next });
  write();
}

const choose = (id) => doing(async () => {
  await readChosen(id);
  write();
});

const deed = (name, body = {}) => act(async () => {
  state.chosen = await ask("POST", path(state.chosen.id, name), { body });
});

const become = (proposal) => { state.chosen = proposal; };

const review = () => act(async () => {
  state.chosen = await ask("POST", "/v1/operator/proposals", { body: {} });
});

function stateTag(proposal) {
  const kind = { published: "good", proposed: "alert", approved: "alert" }[proposal.state] ?? "";
  return tag(say(proposal.state), kind);
}

function listCard() {
  const row = (proposal) => make(
    "li", {},
    make(
      "button", { type: "button", "data-proposal": proposal.id, "aria-pressed": String(proposal.id === state.chosen?.id), onclick: () => choose(proposal.id) },
      make("span", { class: "name" }, moment(proposal.proposed_at)), stateTag(proposal),
      make("span", { class: "soft" }, say("moves", { n: proposal.cells_moving, m: proposal.cells_total })),
    ),
  );
  return card(
    make("h2", {}, say("proposals")),
    state.proposals.length ? make("ol", { class: "stays" }, state.proposals.map(row)) : make("p", { class: "soft" }, say("none")),
    may("operator", "approver") ? make("p", { class: "actions" }, quietButton(say("review"), review, { id: "review" })) : null,
  );
}

function decisions(proposal) {
  const isOwn = isMe(proposal.prepared_by);
  const forms = [];
  if (proposal.state === "proposed" && !proposal.prepared_by && may("operator", "approver")) forms.push(quietButton(say("prepare"), () => deed("prepare"), { id: "prepare" }));
  if (proposal.state === "proposed" && proposal.prepared_by && !isOwn && may("approver")) {
    const approve = (event) => {
      event.preventDefault();
      deed("approve", { effective_from: new Date(new FormData(event.target).get("from")).toISOString(), revision: proposal.revision });
    };
    const first = Math.ceil((proposal.earliest ? new Date(proposal.earliest) : Date.now()) / HOUR_MS) * HOUR_MS;
    const input = make("input", { type: "datetime-local", name: "from", required: true, value: wallTime(first), "aria-label": say("effective") });
    const when = proposal.earliest ? say("effectiveFrom", { at: moment(proposal.earliest) }) : say("effective");
    forms.push(make("form", { onsubmit: approve }, make("label", {}, when, make("p", { class: "beside" }, input, make("button", { type: "submit", class: "main thin", id: "approve" }, say("approve"))))));
  }
  if (proposal.state === "approved" && may("operator", "approver")) forms.push(mainButton(say("publish"), () => deed("publish"), { id: "publish" }));
  if ((proposal.state === "proposed" || proposal.state === "approved") && may("operator", "approver")) {
    const reject = (event) => {
      event.preventDefault();
      deed("reject", { because: new FormData(event.target).get("because") });
    };
    const input = make("input", { name: "because", required: true, maxlength: 1000, placeholder: say("because"), "aria-label": say("because") });
    forms.push(make("form", { onsubmit: reject }, make("p", { class: "beside" }, input, make("button", { type: "submit", class: "quiet", id: "reject" }, say("reject")))));
  }
  if (!forms.length) return null;
  const note = proposal.state === "proposed" ? make("p", { class: "soft" }, say("twoPersons")) : null;
  return make("div", { class: "step", id: "decisions" }, note, make("div", { class: "actions" }, forms));
}

function proposalCard() {
  const proposal = state.chosen;
  if (!proposal) return card(make("p", { class: "soft" }, say(state.proposals.length ? "noneChosen" : "none")));
  return make(
    "section", { class: "card", "data-state": proposal.state },
    make("h2", {}, say("moves", { n: proposal.cells_moving, m: proposal.cells_total })),
    make("p", { class: "tags" }, stateTag(proposal), tag(`${say("period")} ${moment(proposal.period_start, proposal.period_end)} – ${moment(proposal.period_end, proposal.period_start)}`)),
    make(
      "dl", { class: "facts" },
      fact(say("method"), `${say(proposal.method)} · ${say(`because_${proposal.because}`)}`),
      fact(say("preparedBy"), bare(proposal.prepared_by) ?? say("nobody")), fact(say("approvedBy"), bare(proposal.approved_by)),
      fact(say("effective"), proposal.effective_from && moment(proposal.effective_from)), fact(say("publishedBy"), bare(proposal.published_by)),
      fact(say("because"), proposal.rejected_because),
    ),
    proposal.method === "go_back" ? null : make("p", { class: "actions" }, make("a", { class: "quiet", id: "report", href: path(proposal.id, "report.html"), target: "_blank", rel: "noopener" }, say("explained"))),
    decisions(proposal),
    effectCard(proposal, state.effect, become),
    lotteryNote(proposal),
    comparisonTable(proposal),
    cellTable(proposal),
    editForms(proposal, become),
    estimateCard(state.known),
    revisionList(proposal),
  );
}

function boardCard() {
  const says = (place) => (locale() === "en-GB" ? place.says_en : place.says);
  const row = (zone) => zone.places.map((place) => {
    const coming = zone.coming.filter((one) => one.kind === place.kind);
    return make(
      "tr", { "data-zone": zone.zone },
      make("td", {}, nameOf(zone), make("small", {}, `${say("areaClass", { c: zone.area_class })} · ${say(place.kind)}`)),
      make("td", {}, place.price_now ? priceNow(place.price_now) : "–", make("small", {}, says(place)), make("small", {}, `${say("since")} ${moment(place.tariff.effective_from)}`)),
      make("td", {}, coming.map((one) => [make("b", {}, moment(one.tariff.effective_from)), make("small", {}, says(one))]).flat()),
      make("td", {}, place.tariff.document),
    );
  });
  return card(table("board", ["zone", "price", "comes", "document"].map((key) => [say(key)]), state.board.flatMap(row)));
}

function auditCard() {
  const row = (done) => make("tr", {}, make("td", {}, moment(done.at)), make("td", {}, bare(done.actor), make("small", {}, say(done.role))), make("td", {}, say(done.action)), make("td", {}, done.subject));
  return card(
    table("audit", ["when", "who", "did", "what"].map((key) => [say(key)]), state.audit.map(row)),
    state.auditNext ? make("p", { class: "actions" }, quietButton(say("more"), () => doing(moreAudit))) : null,
  );
}

openPage([
  { name: "proposals", read: readProposals, cards: () => make("div", { class: "split" }, listCard(), proposalCard()) },
  { name: "policies", read: readPolicies, cards: policyCards },
  { name: "events", read: readEvents, cards: eventCards },
  { name: "surveys", read: readSurveys, cards: surveyCards },
  { name: "board", read: readBoard, cards: boardCard },
  { name: "audit", read: readAudit, cards: auditCard },
]);
