// The policies by which prices are reviewed: the city's and those of districts, tried on today's prices, put forward and decided by two persons.

import "./words_policies.js";
import { Refusal, ask } from "./ask.js";
import { make } from "./dom.js";
import { fen, yuan } from "./money.js";
import { bare, browse, columns, isMe, may, me, named, orderForm, reasonField, stateTag } from "./operator_page.js";
import { outlookTable } from "./proposal_cells.js";
import { fact, ownTongue, stamp, tag } from "./sheet.js";
import { nameOf, say } from "./words.js";

const PATH = "/v1/operator/review-policies";
const CITY = "city";
const KINDS = { proposed: "alert", approved: "good" };
/** `drafts` and `trials` by scope: what is typed and what it would do outlive a change of the page. */
const state = { scopes: [], drafts: new Map(), trials: new Map() };

/** What was typed, or the refusal that says that it cannot be read. */
function told(value, code) {
  if (value === null || Number.isNaN(value)) throw new Refusal(0, { code });
  return value;
}

const percent = (value) => String(Number((value * 100).toFixed(2)));
/** How a value is written in its field, read from it, and shown. */
const TYPES = {
  money: { write: (value) => (value / 100).toFixed(2), read: (text) => told(fen(text), "amount_unread"), show: (value) => yuan(value) },
  share: { write: percent, read: (text) => told(fen(text), "share_unread") / 10_000, show: (value) => `${percent(value)} %` },
  number: { write: String, read: (text) => told(Number(text), "number_unread"), show: String },
  choice: { write: String, read: String, show: (value) => say(`choice_${value}`) },
  names: { write: (value) => value.join(", "), read: named, show: (value) => value.join(say("comma")) || "–", empty: [] },
  bands: {
    write: (value) => value.map(({ below, ticks }) => `${percent(below)}: ${ticks > 0 ? "+" : ""}${ticks}`).join(", "),
    read: (text) => named(text.replace(/\s*[:：]\s*/g, ":")).map((part) => pair(part, "bands_unread", (below, ticks) => ({ below: told(fen(below), "bands_unread") / 10_000, ticks: told(Number(ticks), "bands_unread") }))),
    show: (value) => value.map(({ below, ticks }) => say(below > 1 ? "bandAbove" : "bandShown", { below: percent(below), ticks: `${ticks > 0 ? "+" : ""}${ticks}` })).join(say("comma")) || say("wholeSteps"),
    empty: [],
  },
  caps: {
    write: (value) => Object.entries(value).map(([zone, cap]) => `${zone}: ${(cap / 100).toFixed(2)}`).join(", "),
    read: (text) => Object.fromEntries(named(text.replace(/\s*[:：]\s*/g, ":")).map((part) => pair(part, "caps_unread", (zone, cap) => [zone, told(fen(cap), "caps_unread")]))),
    show: (value) => Object.entries(value).map(([zone, cap]) => `${zone} ${yuan(cap)}`).join(say("comma")) || "–",
    empty: {},
  },
};

/** The two halves of a part of a list, cut at its last colon: a name may have one. */
function pair(part, code, made) {
  const at = part.lastIndexOf(":");
  if (at < 1) throw new Refusal(0, { code });
  return made(part.slice(0, at), part.slice(at + 1));
}

/** In the order in which a person thinks of them. */
const FIELDS = [
  { name: "method", type: "choice", options: ["optimizer", "rule"] }, { name: "rule", type: "choice", options: ["bands", "proportional"] },
  { name: "target_low", type: "share", required: true }, { name: "target_high", type: "share", required: true }, { name: "bands", type: "bands", isWhole: true },
  { name: "step_up", type: "money" }, { name: "step_down", type: "money" }, { name: "tick", type: "money" }, { name: "floor", type: "money" }, { name: "cap", type: "money" },
  { name: "revenue_share", type: "share" }, { name: "revenue_floor", type: "money" }, { name: "max_distinct_prices", type: "number" },
  { name: "neighbour_m", type: "number" }, { name: "neighbour_max_difference", type: "money" }, { name: "order", type: "names" },
  { name: "affordability_caps", type: "caps", isWhole: true }, { name: "frozen", type: "names", isWhole: true },
  { name: "stagger", type: "choice", options: ["none", "halves", "thirds"] }, { name: "stagger_seed", type: "number", required: true },
  { name: "notice_working_days", type: "number", required: true }, { name: "review_weeks", type: "number", required: true }, { name: "reversal_margin", type: "share", required: true }, { name: "proportional_full", type: "share", required: true },
];

export async function readPolicies() {
  state.scopes = (await ask("GET", PATH)).scopes.map((scope) => ({ ...scope, id: scope.district ?? CITY }));
}

const shown = ({ name, type }, policy) => (policy[name] === null ? "–" : TYPES[type].show(policy[name]));
/** Whether the policy says anything there. */
const isSaid = ({ name, type }, policy) => policy[name] !== null && TYPES[type].write(policy[name]) !== "";
const waitingOf = (scope) => scope.versions.find((one) => one.state === "proposed");
const inForceOf = (scope) => state.scopes.flatMap((one) => one.versions).find((one) => one.id === scope.in_force);

function fieldOf({ name, type, options, isWhole, required = false }, policy) {
  const value = policy[name] === null ? "" : TYPES[type].write(policy[name]);
  const choices = options?.map((one) => [one, say(`choice_${one}`)]);
  return { name, label: say(`policy_${name}`), options: choices, value, isWhole, required, maxlength: options ? null : 100_000 };
}

/** The policy that the form says; what is left empty is left to the documents, or to nobody. */
function policyOf(said) {
  return Object.fromEntries(FIELDS.map(({ name, type }) => [name, said[name] === null ? TYPES[type].empty ?? null : TYPES[type].read(said[name])]));
}

function form(scope) {
  const draft = state.drafts.get(scope.id) ?? scope.policy;
  const take = async ({ reason, ...said }, button) => {
    const policy = policyOf(said);
    state.drafts.set(scope.id, policy);
    state.trials.delete(scope.id);
    if (button === "try-policy") return state.trials.set(scope.id, await ask("POST", `${PATH}/trial`, { body: { district: scope.district, policy } }));
    if (reason === null) throw new Refusal(0, { code: "reason_missing" });
    await ask("POST", PATH, { body: { district: scope.district, policy, reason } });
    return state.drafts.delete(scope.id);
  };
  const why = { ...reasonField(), required: false };
  const buttons = [["try-policy", say("tryPolicy"), "quiet"], ["put-policy", say("putPolicy"), "main thin"]];
  return orderForm("policy", [...FIELDS.map((field) => fieldOf(field, draft)), why], take, { heading: say("changePolicy"), note: say("changePolicyWhy"), buttons });
}

function trialPart(scope) {
  const trial = state.trials.get(scope.id);
  if (!trial) return null;
  return make(
    "div", { class: "step", id: "trial" }, make("h3", {}, say("tried")), make("p", {}, say("triedMoves", { n: trial.moves, m: trial.cells })),
    trial.skipped ? make("p", { class: "soft" }, say("triedSkipped", { n: trial.skipped })) : null,
    trial.comparison ? outlookTable("trial-outlooks", trial.comparison, "CNY") : null,
  );
}

/** What waits for a second person, beside what is in force. */
function waitingPart(scope, version) {
  const changed = version.policy && FIELDS.filter((field) => shown(field, version.policy) !== shown(field, scope.policy));
  const all = [
    { head: say("policyKey"), cell: ({ name }) => say(`policy_${name}`) }, { head: say("inForce"), cell: (field) => shown(field, scope.policy) },
    { head: say("wouldBe"), cell: (field) => make("b", {}, shown(field, version.policy)) },
  ];
  const decide = (name) => (said) => ask("POST", `${PATH}/${encodeURIComponent(version.id)}/${name}`, { body: name === "reject" ? said : {} });
  return make(
    "div", { class: "step", id: "waiting" }, make("h3", {}, say("policyWaits", { n: version.version, who: bare(version.proposed_by) })), make("p", {}, ownTongue(version.reason)),
    version.policy ? columns("changed", changed, all) : make("p", {}, say("followsAgain")),
    may("approver") && !isMe(version.proposed_by) ? orderForm("approve-policy", [], decide("approve"), { note: say("approvePolicyWhy") }) : make("p", { class: "soft" }, say("twoPersons")),
    may("operator", "approver") ? orderForm("reject-policy", [{ name: "because", label: say("because"), minlength: 3, isWhole: true }], decide("reject"), { buttons: [["reject-policy", say("reject"), "quiet"]] }) : null,
  );
}

function versionsPart(scope) {
  if (!scope.versions.length) return null;
  const all = [
    { head: say("version"), cell: (one) => [`${say("revisionOf", { n: one.version })} `, stateTag(one.state, KINDS)] },
    { head: say("who"), cell: (one) => [bare(one.proposed_by), one.decided_by ? make("small", {}, `→ ${bare(one.decided_by)}`) : null] },
    { head: say("reason"), cell: (one) => (one.policy ? ownTongue(one.because ?? one.reason) : say("followsAgain")) },
    { head: say("when"), cell: (one) => stamp(one.decided_at ?? one.proposed_at) },
  ];
  return make("div", { class: "step" }, make("h3", {}, say("revisions")), columns("policy-versions", scope.versions, all));
}

/** Giving a policy of its own up. */
function endPart(scope) {
  if (!scope.is_own || scope.district === null) return null;
  const end = ({ reason }) => ask("POST", PATH, { body: { district: scope.district, policy: null, reason } });
  return orderForm("end-policy", [reasonField()], end, { heading: say("endPolicy"), buttons: [["end-policy", say("endPolicy"), "quiet"]] });
}

function details(scope) {
  const waiting = waitingOf(scope);
  const mayChange = may("operator", "approver") && (me().district === null || me().district === scope.district);
  return [
    make("h2", {}, nameOf(scope)),
    make("p", { class: "tags" }, standing(scope), waiting ? tag(say("policyIsWaiting"), "alert") : null),
    make("dl", { class: "facts", id: "policy" }, FIELDS.filter((field) => isSaid(field, scope.policy)).map((field) => fact(say(`policy_${field.name}`), shown(field, scope.policy)))),
    make("p", { class: "soft" }, say("notSaid")),
    waiting ? waitingPart(scope, waiting) : null, mayChange && !waiting ? [trialPart(scope), form(scope), endPart(scope)] : null, versionsPart(scope),
  ];
}

function standing(scope) {
  if (!scope.is_own) return tag(say("followsCity"));
  const version = inForceOf(scope);
  return version ? tag(say("versionInForce", { n: version.version }), "good") : tag(say("usualPolicy"));
}

export const policyCards = () => browse("policies", state.scopes, {
  line: (scope) => [nameOf(scope), standing(scope), waitingOf(scope) ? say("policyIsWaiting") : ""],
  details,
  none: "",
});
