// What goes wrong with bills: objections, money taken twice, waivers, invoices and arrears, each decided by whom it takes.

import "./words_recovery.js";
import { ask } from "./ask.js";
import { make } from "./dom.js";
import { yuan } from "./money.js";
import { act, bare, browse, isAuthority, isMe, may, openPage, orderForm, reasonField, stateTag } from "./operator_page.js";
import { card, fact, moment, stamp, tag } from "./sheet.js";
import { say } from "./words.js";

const STATES = { upheld: "good", rejected: "", approved: "good", refunded: "good", waiting: "alert", proposed: "alert", endorsed: "alert", requested: "alert", issued: "good", noticed: "alert", legal: "alert", disputed: "alert" };
const state = { appeals: [], refunds: [], waivers: [], invoices: [], arrears: [], decided: false };

const sum = ({ amount, currency }) => yuan(amount, currency);
const decides = () => isAuthority() && may("operator", "approver");
const waits = (one) => (one.outcome === null ? "waiting" : one.outcome);
const by = (actor, at) => actor && `${bare(actor)}${at ? ` · ${stamp(at)}` : ""}`;
const post = (path, body) => ask("POST", `/v1/operator/${path}`, { body });

/** What waits for somebody, or what was decided. */
function which() {
  const turn = (event) => act(async () => { state.decided = event.target.value === "decided"; });
  const option = (value, isChosen) => make("option", { value, selected: isChosen }, say(value));
  return make("select", { id: "which", "aria-label": say("state"), onchange: turn }, option("waitingOnes", !state.decided), option("decided", state.decided));
}

const decidedOnes = (rows) => (state.decided ? rows.filter((one) => one.outcome !== null) : rows);

async function readAppeals() {
  state.appeals = decidedOnes((await ask("GET", `/v1/operator/appeals?waiting=${!state.decided}`)).appeals).map((one) => ({ ...one, state: waits(one) }));
}

function appealDetails(one) {
  const fields = [{ name: "why", label: say("whyDecided"), minlength: 3, isWhole: true }, { name: "right_plate", label: say("rightPlate"), required: false, class: "plate", maxlength: 12 }];
  const buttons = [["rejected", say("reject"), "quiet"], ["upheld", say("uphold"), "main"]];
  return [
    make("h2", {}, say(`reason_${one.reason}`)), make("p", { class: "tags" }, stateTag(one.state, STATES)),
    one.words ? make("p", {}, `“${one.words}”`) : null,
    make(
      "dl", { class: "facts" }, fact(say("filedAt"), stamp(one.filed_at)), fact(say("session"), one.session),
      fact(say("decidedBy"), by(one.decided_by, one.decided_at)), fact(say("reason"), one.why),
    ),
    one.outcome === null && decides() ? orderForm("decide", fields, (said, outcome) => post(`appeals/${one.id}/decision`, { ...said, outcome }), { note: say("appealWhy"), buttons }) : null,
  ];
}

const appealCards = () => browse("appeals", state.appeals, {
  line: (one) => [say(`reason_${one.reason}`), stateTag(one.state, STATES), moment(one.filed_at), one.words ?? ""],
  details: appealDetails, none: say("none_here"), above: which(),
});

async function readRefunds() {
  state.refunds = (await ask("GET", `/v1/operator/refund-proposals?decided=${state.decided}`)).proposals.map((one) => ({ ...one, id: one.payment }));
}

function proofRow(proof, one) {
  const taken = [say(proof.method), stamp(proof.paid_at), bare(proof.taken_by)].join(" · ");
  return make("li", {}, make("em", {}, taken), make("b", {}, yuan(proof.amount, one.currency)), make("span", {}, say("appliedOf", { yuan: yuan(proof.applied, one.currency) }), make("br"), proof.receipt));
}

function refundForms(one) {
  const path = `refund-proposals/${encodeURIComponent(one.payment)}`;
  if (one.state === "proposed" && may("operator", "approver")) return orderForm("endorse", [], () => post(`${path}/endorse`, {}), { note: say("endorseWhy") });
  if (one.state !== "endorsed" || !may("approver") || !isAuthority() || isMe(one.endorsed_by)) return null;
  const drawer = { name: "drawer", label: say("drawer"), required: false, maxlength: 64 };
  return [
    orderForm("giveBack", [drawer], (said) => post(`${path}/refund`, said), { note: say("giveBackWhy"), buttons: [["giveBack", say("giveBack", { yuan: yuan(one.amount, one.currency) }), "main"]] }),
    orderForm("reject", [reasonField()], (said) => post(`${path}/reject`, said), { buttons: [["reject", say("reject"), "quiet"]] }),
  ];
}

function refundDetails(one) {
  return [
    make("h2", {}, yuan(one.amount, one.currency)), make("p", { class: "tags" }, stateTag(one.state, STATES)),
    make(
      "dl", { class: "facts" }, fact(say("proposedAt"), stamp(one.proposed_at)), fact(say("session"), one.session), fact(say("endorsedBy"), bare(one.endorsed_by)),
      fact(say("decidedBy"), bare(one.decided_by)), fact(say("reason"), one.reason), fact(say("refundId"), one.refund),
    ),
    make("h3", {}, say("proofs")), make("ol", { class: "lines", id: "proofs" }, one.proofs.map((proof) => proofRow(proof, one))),
    refundForms(one),
  ];
}

const refundCards = () => browse("refunds", state.refunds, {
  line: (one) => [yuan(one.amount, one.currency), stateTag(one.state, STATES), moment(one.proposed_at), one.proofs.map((proof) => say(proof.method)).join(" + ")],
  details: refundDetails, none: say("none_here"), above: which(),
});

async function readWaivers() {
  state.waivers = decidedOnes((await ask("GET", `/v1/operator/waivers?waiting=${!state.decided}`)).waivers).map((one) => ({ ...one, state: waits(one) }));
}

function waiverDetails(one) {
  const buttons = [["no", say("reject"), "quiet"], ["yes", say("approve"), "main"]];
  const mayDecide = one.outcome === null && may("approver") && isAuthority() && !isMe(one.proposed_by);
  return [
    make("h2", {}, `${say(`waiver_${one.kind}`)} ${sum(one.amount)}`), make("p", { class: "tags" }, stateTag(one.state, STATES)),
    make(
      "dl", { class: "facts" }, fact(say("reason"), one.reason), fact(say("session"), one.session),
      fact(say("proposedBy"), by(one.proposed_by, one.proposed_at)), fact(say("decidedBy"), by(one.decided_by, one.decided_at)),
    ),
    mayDecide ? orderForm("decide", [], (_, choice) => post(`waivers/${one.id}/decision`, { approved: choice === "yes" }), { note: say("twoPersons"), buttons }) : null,
  ];
}

function waiverCards() {
  const kinds = ["waived", "written_off"].map((kind) => [kind, say(`waiver_${kind}`)]);
  const fields = [
    { name: "session", label: say("session"), maxlength: 64 }, { name: "kind", label: say("kindOf"), options: kinds },
    { name: "amount", label: say("amountOrAll"), type: "money", required: false }, reasonField(),
  ];
  const propose = ({ amount, ...said }) => post("waivers", { ...said, amount: amount === null ? null : { amount, currency: "CNY" } });
  return [
    browse("waivers", state.waivers, {
      line: (one) => [`${say(`waiver_${one.kind}`)} ${sum(one.amount)}`, stateTag(one.state, STATES), moment(one.proposed_at), one.reason],
      details: waiverDetails, none: say("none_here"), above: which(),
    }),
    may("operator", "approver") ? card(orderForm("propose", fields, propose, { heading: say("proposeWaiver"), note: say("twoPersons") })) : null,
  ];
}

async function readInvoices() {
  state.invoices = (await ask("GET", "/v1/operator/invoices")).invoices;
}

function invoiceForms(one) {
  if (!may("operator", "approver")) return null;
  const number = (label) => [{ name: "number", label: say(label), maxlength: 40, pattern: "[0-9A-Za-z\\-]+" }];
  const step = (name, fields, note) => orderForm(name, fields, (said) => post(`invoices/${one.id}/${name}`, said), { note, buttons: [[name, say(`do_${name}`), name === "withdrawn" ? "quiet" : "main thin"]] });
  if (one.state === "requested") return [step("issued", number("invoiceNumber"), null), step("withdrawn", [], say("withdrawnWhy"))];
  return one.state === "issued" ? step("reversed", number("redNumber"), say("reversedWhy")) : null;
}

function invoiceDetails(one) {
  return [
    make("h2", {}, one.buyer_name), make("p", { class: "tags" }, stateTag(one.state, STATES)),
    make(
      "dl", { class: "facts" }, fact(say("amount"), sum(one.amount)), fact(say("tax"), one.tax && sum(one.tax)), fact(say("payee"), one.payee), fact(say("taxNumber"), one.buyer_tax_number),
      fact(say("payment"), one.payment), fact(say("requestedAt"), stamp(one.requested_at)), fact(say("invoiceNumber"), one.number), fact(say("redNumber"), one.red_number),
    ),
    invoiceForms(one),
  ];
}

const invoiceCards = () => browse("invoices", state.invoices, {
  line: (one) => [one.buyer_name, stateTag(one.state, STATES), `${sum(one.amount)} · ${one.payee}`, moment(one.requested_at)],
  details: invoiceDetails, none: say("none_here"),
});

async function readArrears() {
  state.arrears = (await ask("GET", "/v1/operator/arrears")).arrears.map((one) => ({ ...one, id: one.session, state: one.stage }));
}

function arrearsDetails(one) {
  const next = { reminding: "noticed", noticed: "legal" }[one.stage];
  const mayMove = next && one.bill !== "disputed" && decides();
  return [
    make("h2", {}, sum(one.left)), make("p", { class: "tags" }, stateTag(one.stage, STATES), tag(say(`bill_${one.bill}`), STATES[one.bill])),
    make("p", { class: "soft" }, say("arrearsWhy")),
    make(
      "dl", { class: "facts" }, fact(say("session"), one.session), fact(say("district"), one.district), fact(say("issuedAt"), stamp(one.issued_at)),
      fact(say("reminders"), String(one.reminders)), fact(say("remindedAt"), one.reminded_at && stamp(one.reminded_at)), fact(say("movedBy"), by(one.moved_by, one.moved_at)),
    ),
    mayMove ? orderForm("move", [reasonField()], (said) => post(`arrears/${encodeURIComponent(one.session)}/stage`, { ...said, stage: next }), { buttons: [["move", say("moveTo", { stage: say(next) }), "quiet"]] }) : null,
  ];
}

const arrearsCards = () => browse("arrears", state.arrears, {
  line: (one) => [sum(one.left), stateTag(one.stage, STATES), `${stamp(one.issued_at)} · ${one.district}`, say("remindedTimes", { n: one.reminders })],
  details: arrearsDetails, none: say("none_here"),
});

openPage([
  { name: "appeals", read: readAppeals, cards: appealCards },
  { name: "refunds", read: readRefunds, cards: refundCards },
  { name: "waivers", read: readWaivers, cards: waiverCards },
  { name: "invoices", read: readInvoices, cards: invoiceCards },
  { name: "arrears", read: readArrears, cards: arrearsCards },
]);
