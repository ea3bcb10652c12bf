// Of the money page: a day's takings, what was done by itself each night, comparisons by hand, and the trial balance.

import { ask } from "./ask.js";
import { make } from "./dom.js";
import { yuan } from "./money.js";
import { act, columns, dayAgo, orderForm, stateTag } from "./operator_page.js";
import { card, fact, stamp } from "./sheet.js";
import { locale, say } from "./words.js";

const state = { day: null, takings: [], nights: [], books: null, told: null };
const STATES = { done: "good", failed: "alert", waiting: "" };
const METHODS = ["wechat", "alipay", "test"];
const OUTCOMES = ["differing", "gone", "rows", "batches", "leaked_stays"];
const SUMS = ["gross", "payable", "leaked_amount"];

const net = (one) => one.paid - one.refunded;

/** The day as people write it. */
export const dayName = (day) => new Date(`${day}T12:00:00`).toLocaleDateString(locale(), { year: "numeric", month: "short", day: "numeric" });

export async function readTakings() {
  const answer = await ask("GET", `/v1/operator/takings${state.day ? `?day=${state.day}` : ""}`);
  Object.assign(state, { day: answer.day, takings: answer.takings });
}

function totals() {
  const sums = new Map();
  // What bills take out of balances was taken when the balances were filled.
  for (const one of state.takings.filter(({ method }) => method !== "balance")) {
    const sum = sums.get(one.currency) ?? { isTotal: true, currency: one.currency, payments: 0, paid: 0, above_bills: 0, refunds: 0, refunded: 0 };
    for (const name of ["payments", "paid", "above_bills", "refunds", "refunded"]) sum[name] += one[name];
    sums.set(one.currency, sum);
  }
  return [...sums.values()];
}

export function takingsCards() {
  const turn = (event) => act(async () => { state.day = event.target.value || null; });
  const money = (name) => ({ head: say(name), figure: true, cell: (one) => yuan(one[name], one.currency) });
  const all = [
    { head: say("payee"), cell: (one) => (one.isTotal ? say("together") : [one.payee ?? say("paidAhead"), make("small", {}, one.district ?? "")]) },
    { head: say("method"), cell: (one) => (one.isTotal ? "" : say(one.method)) },
    { head: say("payments"), figure: true, cell: (one) => String(one.payments) },
    money("paid"), money("above_bills"),
    { head: say("refunds"), figure: true, cell: (one) => String(one.refunds) },
    money("refunded"),
    { head: say("net"), figure: true, cell: (one) => make("b", {}, yuan(net(one), one.currency)) },
  ];
  return card(
    make("label", {}, say("day"), make("input", { type: "date", id: "day", value: state.day, max: dayAgo(), onchange: turn })),
    state.takings.length ? columns("takings", [...state.takings, ...totals()], all) : make("p", { class: "soft", id: "takings" }, say("noTakings")),
  );
}

export async function readNights() {
  state.nights = (await ask("GET", "/v1/operator/reconciliation/nights")).nights;
}

function outcomeOf(step) {
  if (step.state === "failed") return [say(`refused_${step.code}`) === `refused_${step.code}` ? `${step.code}: ${step.detail}` : say(`refused_${step.code}`), make("small", {}, say("triedAgain", { n: step.tries, when: stamp(step.due_at) }))];
  if (step.state === "waiting") return say("dueAt", { when: stamp(step.due_at) });
  const shown = (name) => (SUMS.includes(name) ? yuan(step.outcome[name]) : step.outcome[name]);
  return [...OUTCOMES, ...SUMS].filter((name) => name in step.outcome).map((name) => say(`outcome_${name}`, { n: shown(name) })).join(" · ");
}

export function nightCards() {
  const all = [
    { head: say("nightStep"), cell: (step) => [say(`step_${step.step}`), step.subject ? make("small", {}, say(step.subject)) : null] },
    { head: say("state"), cell: (step) => stateTag(step.state, STATES) },
    { head: say("cameOfIt"), cell: outcomeOf },
  ];
  const night = ({ day, steps }) => card(make("h2", {}, dayName(day)), columns(`night-${day}`, steps, all));
  return state.nights.length ? state.nights.map(night) : card(make("p", { class: "soft" }, say("noNights")));
}

const day = () => ({ name: "day", label: say("day"), type: "date", value: dayAgo(1), max: dayAgo(1) });

/** Send a comparison and say what it found until the next one. */
async function compare(path, body) {
  state.told = await ask("POST", `/v1/operator/reconciliation/${path}`, { body });
}

const toldOf = (told) => make("p", { class: "banner", id: "told" }, say("compared", { n: told.differing, m: told.gone }), told.leaked_stays === undefined ? "" : ` ${say("outcome_leaked_stays", { n: told.leaked_stays })} · ${say("outcome_leaked_amount", { n: yuan(told.leaked_amount) })}`);

export function compareCards() {
  const provider = { name: "provider", label: say("provider"), options: METHODS.map((name) => [name, say(name)]) };
  const statement = async ({ file, ...said }) => compare("provider-statements", { ...said, csv: await file.text() });
  const count = (name) => ({ name, label: say(name), type: "number", value: "0", min: 0 });
  const sum = (name) => ({ name, label: say(name), type: "money", value: "0.00" });
  const totals = async ({ day: of, ...total }) => compare("terminal-totals", { day: of, totals: [total] });
  return card(
    state.told ? toldOf(state.told) : null,
    orderForm("statement", [provider, day(), { name: "file", label: say("statementFile"), type: "file", accept: ".csv,text/csv", isWhole: true }], statement, { heading: say("statementOf"), note: say("statementForm"), buttons: [["statement", say("days"), "main thin"]] }),
    orderForm("days", [day()], (said) => compare("days", said), { heading: say("checkDay"), note: say("checkDayWhy") }),
    orderForm("totals", [
      day(), { name: "terminal", label: say("terminal") }, { name: "method", label: say("method"), options: ["cash", ...METHODS].map((name) => [name, say(name)]) },
      count("payments"), sum("paid"), count("refunds"), sum("refunded"),
    ], totals, { heading: say("terminalTotals") }),
  );
}

export async function readBooks() {
  state.books = await ask("GET", "/v1/operator/trial-balance");
}

export function bookCards() {
  const { accounts, sums } = state.books;
  const side = (name, of) => ({ head: say(name), figure: true, cell: (one) => (of(one) ? yuan(of(one), one.currency) : "") });
  const all = [
    { head: say("account"), cell: (one) => [say(`account_${one.account.split("/")[0]}`), make("small", {}, one.account)] },
    side("debit", (one) => Math.max(one.balance, 0)), side("credit", (one) => Math.max(-one.balance, 0)),
  ];
  const sum = (one) => make(
    "dl", { class: "facts" },
    fact(say("debit"), yuan(one.debit, one.currency)), fact(say("credit"), yuan(one.credit, one.currency)),
    fact(say("difference"), make("b", { id: `difference-${one.currency}` }, yuan(one.difference, one.currency))),
  );
  return card(make("h2", {}, say("books")), sums.map(sum), columns("accounts", accounts, all));
}
