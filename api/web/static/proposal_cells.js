// The prices of a proposal, edited in place: what a person says of one price stays, and what that does to all others is shown at once.

import "./words_proposals.js";
import { Refusal, ask } from "./ask.js";
import { make } from "./dom.js";
import { fen, yuan, yuanWhole } from "./money.js";
import { act, columns, isMe, may, orderForm, reasonField, write } from "./operator_page.js";
import { doing, ownTongue, quietButton, table, tag } from "./sheet.js";
import { locale, say } from "./words.js";

const ALL_DAY = "00:00-00:00";
/** `edits` by cell, of the proposal `id` in its revision `revision`; `shown` is what they would make of it. */
const state = { id: null, revision: 0, edits: new Map(), isChanged: false, shown: null };

export const share = (value) => `${Math.round(value * 100)} %`;
export const keyOf = (cell) => `${cell.zone} ${cell.kind} ${cell.day_type} ${cell.band}`;
export const bandOf = (cell) => (cell.band === ALL_DAY ? say("allDay") : cell.band);
const path = (id, deed) => `/v1/operator/proposals/${encodeURIComponent(id)}/${deed}`;
const last = (proposal) => proposal.revisions.at(-1);
/** A figure and its interval, where that says more. */
const between = ({ mean, low, high }, words) => [words(mean), words(low) === words(high) ? null : make("small", {}, `${words(low)} – ${words(high)}`)];

/** Prices of before were lawful as they stood, and what another person prepares is that person's. */
export const isEditable = (proposal) => proposal.state === "proposed" && proposal.method !== "go_back" && (!proposal.prepared_by || isMe(proposal.prepared_by)) && may("operator", "approver");

/** The proposal as its unsaved edits would leave it. */
export function asEdited(proposal) {
  if (state.id !== proposal.id || state.revision !== proposal.revision) {
    const edits = last(proposal).edits.map((edit) => [keyOf(edit), edit]);
    Object.assign(state, { id: proposal.id, revision: proposal.revision, edits: new Map(edits), isChanged: false, shown: null });
  }
  return state.shown ?? proposal;
}

/** Another price, null for the present one, undefined to give the cell back; a refused edit is as if it had not been made. */
function decide(cell, price) {
  const edits = new Map(state.edits);
  const { zone, kind, day_type, band } = cell;
  if (price === undefined) edits.delete(keyOf(cell));
  else edits.set(keyOf(cell), { zone, kind, day_type, band, unit_price: price });
  doing(async () => {
    const shown = await ask("POST", path(state.id, "preview"), { body: { edits: [...edits.values()] } });
    Object.assign(state, { edits, shown, isChanged: true });
    write();
  }, async () => write());
}

function readPrice(text) {
  const price = fen(text);
  if (price === null) throw new Refusal(0, { code: "amount_unread" });
  return price;
}

function editor(cell) {
  const edit = state.edits.get(keyOf(cell));
  const change = (event) => doing(async () => { const price = readPrice(event.target.value); queueMicrotask(() => decide(cell, price)); }, async () => write());
  const value = (cell.unit_price_proposed.amount / 100).toFixed(2);
  return make(
    "span", { class: "edit" },
    make("input", { name: "price", inputmode: "decimal", autocomplete: "off", value, "aria-label": say("newPrice"), onchange: change }),
    edit?.unit_price === null ? null : quietButton(say("freezeCell"), () => decide(cell, null), { class: "quiet freeze" }),
    edit ? quietButton(say("giveBack"), () => decide(cell, undefined), { class: "quiet give-back" }) : null,
  );
}

function cellRow(cell, isOpen) {
  const now = cell.unit_price_now.amount, next = cell.unit_price_proposed.amount;
  const price = (amount) => say("perUnit", { yuan: yuan(amount, cell.unit_price_now.currency), n: cell.unit_minutes });
  const name = locale() === "en-GB" ? cell.zone_name_en || cell.zone_name : cell.zone_name;
  const held = cell.binding.length ? `${say("limits")}${cell.binding.map((limit) => say(limit)).join(say("comma"))}` : say("whyCell");
  const edit = state.edits.get(keyOf(cell));
  const [kind, sign] = next === now ? ["", "="] : next > now ? ["up", "▲"] : ["down", "▼"];
  return make(
    "tr", { "data-cell": cell.zone, "data-edited": edit ? "" : null },
    make("td", {}, name, make("small", {}, `${say("areaClass", { c: cell.area_class })} · ${say(cell.kind)}`)),
    make("td", { class: "band" }, bandOf(cell), make("small", {}, say(cell.day_type))),
    make("td", { class: "figure" }, share(cell.occupancy), make("small", {}, `${say("full")} ${share(cell.full_share)}`)),
    make("td", { class: "figure" }, price(now)),
    make(
      "td", { class: "figure" }, make("b", { class: kind }, `${sign} ${price(next)}`), make("small", {}, `${say("byRule")} ${yuan(Math.round((cell.rule_price.amount * cell.unit_minutes) / 60))}`),
      edit ? tag(say(edit.unit_price === null ? "isFrozen" : "isEdited"), "alert") : null, isOpen ? editor(cell) : null,
    ),
    make("td", { class: "figure" }, between({ mean: cell.expected_occupancy, low: cell.expected_low, high: cell.expected_high }, share)),
    make("td", {}, make("details", { class: "why" }, make("summary", {}, held), make("p", {}, ownTongue(cell.reason)))),
  );
}

/** Places of which nothing is proposed, each with its reason. */
function skippedPart({ skipped }) {
  if (!skipped.length) return null;
  const row = (one) => make("li", {}, make("b", {}, one.zone), make("span", {}, `${say(one.kind)} · ${say(`skipped_${one.reason}`)}`));
  return make("details", { class: "why" }, make("summary", {}, say("skipped", { n: skipped.length })), make("ol", { class: "lines" }, skipped.map(row)));
}

/** All prices where they can be edited, else those that move. */
export function cellTable(proposal) {
  const isOpen = isEditable(proposal);
  const shown = asEdited(proposal);
  const moves = (cell) => cell.unit_price_now.amount !== cell.unit_price_proposed.amount;
  // Those that moved before any edit stand first, so that no row goes away under the hand that edits it.
  const first = new Set(proposal.cells.filter(moves).map(keyOf));
  const cells = isOpen ? [...shown.cells].sort((one, other) => first.has(keyOf(other)) - first.has(keyOf(one))) : shown.cells.filter(moves);
  const figures = ["occupancy", "now", "next", "expected"];
  const heads = ["zone", "band", ...figures, "whyCell"].map((key) => [say(key), figures.includes(key) ? "figure" : ""]);
  const unmoved = shown.cells.length - cells.length;
  return [
    state.isChanged ? make("p", { class: "banner", id: "unsaved" }, say("unsaved")) : null,
    table("cells", heads, cells.map((cell) => cellRow(cell, isOpen))),
    unmoved ? make("p", { class: "soft" }, say("unmoved", { n: unmoved })) : null,
    skippedPart(shown),
  ];
}

/** What is expected of prices by several methods, the one that is taken marked. */
export function outlookTable(id, comparison, currency) {
  const isTaken = (one) => one.name === comparison.taken;
  return columns(id, comparison.outlooks, [
    { head: say("pricesOf"), cell: (one) => [`${say(`outlook_${one.name}`)} `, isTaken(one) ? tag(say("proposedHere"), "good") : null] },
    { head: say("movesShort"), figure: true, cell: (one) => String(one.moves) },
    { head: say("inBand"), figure: true, cell: (one) => between(one.in_band, share) },
    { head: say("crowded"), figure: true, cell: (one) => between(one.crowded, share) },
    { head: say("revenue"), figure: true, cell: (one) => between(one.revenue, (amount) => yuanWhole(amount, currency)) },
  ]);
}

/** What is expected of these prices beside those of now and of the rules, with the same steps and limits. */
export function comparisonTable(proposal) {
  const shown = asEdited(proposal);
  const { comparison } = last(shown);
  if (!comparison) return null;
  const { currency } = shown.cells[0].unit_price_now;
  return make(
    "div", { class: "step" },
    make("h3", {}, say("compared")), make("p", { class: "soft" }, `${say(`because_${shown.because}`)} ${say("comparedWhy")}`),
    outlookTable("comparison", comparison, currency),
  );
}

/** Writing the edits down, with their reason; who does answers for the proposal. */
export function editForms(proposal, saved) {
  if (!isEditable(proposal) || !state.isChanged) return null;
  const edits = [...state.edits.values()];
  const keep = async ({ reason }, button) => {
    if (button === "edit") saved(await ask("POST", path(proposal.id, "edit"), { body: { edits, reason } }));
    Object.assign(state, { id: null });
  };
  const discard = quietButton(say("discard"), () => act(async () => Object.assign(state, { id: null })), { id: "discard" });
  return [orderForm("edit", [reasonField()], keep, { heading: say("edits"), note: say("editsWhy"), buttons: [["edit", say("edit"), "main thin"]] }), make("p", { class: "actions" }, discard)];
}

/** Who made which revision, and why. */
export function revisionList(proposal) {
  if (proposal.revisions.length < 2) return null;
  const row = (one) => make(
    "li", {}, make("em", {}, say("revisionOf", { n: one.number })), make("b", {}, one.made_by ? one.made_by.replace("account:", "") : say("bySchedule")),
    make("span", {}, one.reason ?? ""), make("span", {}, one.edits.length ? say("editsOf", { n: one.edits.length }) : ""),
  );
  return make("div", { class: "step" }, make("h3", {}, say("revisions")), make("ol", { class: "lines", id: "revisions" }, proposal.revisions.map(row)));
}
