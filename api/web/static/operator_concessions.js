// Of the money page: concessions with their terms, a month's statement, its files, and the settlement of days.

import { ask } from "./ask.js";
import { make } from "./dom.js";
import { yuan } from "./money.js";
import { act, browse, columns, dayAgo, isCity, may, newName, orderForm, reasonField } from "./operator_page.js";
import { dayName } from "./operator_days.js";
import { fact, stamp, tag } from "./sheet.js";
import { say } from "./words.js";

const state = { concessions: [], month: null, statements: new Map() };

const path = (concession, part) => `/v1/operator/concessions/${encodeURIComponent(concession.id)}/${part}`;
const percent = (share) => (share === null ? "–" : `${(share / 100).toFixed(2)} %`);
const share = (name, value) => ({ name, label: say(name), type: "share", value });

export async function readConcessions() {
  state.month ??= dayAgo().slice(0, 7);
  state.concessions = (await ask("GET", "/v1/operator/concessions")).concessions;
  state.statements.clear();
  for (const one of state.concessions) if (one.terms.length) state.statements.set(one.id, await statementOf(one));
}

/** A month without terms has no statement; its refusal is shown in its place. */
async function statementOf(concession) {
  try {
    return await ask("GET", path(concession, `statements/${state.month}`));
  } catch (problem) {
    if (problem.status !== 404) throw problem;
    return null;
  }
}

function statementPart(concession) {
  const month = state.statements.get(concession.id);
  const turn = (event) => act(async () => { state.month = event.target.value || null; });
  const file = (form, text) => make("a", { class: "quiet", id: `file-${form}`, href: path(concession, `statements/${state.month}/table?form=${form}`), download: "" }, text);
  const head = make("label", {}, say("month"), make("input", { type: "month", id: "month", value: state.month, max: dayAgo().slice(0, 7), onchange: turn }));
  if (!month) return [head, make("p", { class: "soft" }, say("noTerms"))];
  const money = (name) => ({ head: say(name), figure: true, cell: (day) => yuan(day[name], day.currency) });
  const days = [{ head: say("day"), cell: (day) => dayName(day.day) }, money("gross"), money("refunded"), money("fee"), money("deduction"), money("payable"), money("carried_out")];
  return [
    head,
    make(
      "dl", { class: "facts", id: "statement" },
      fact(say("gross"), yuan(month.gross, month.currency)), fact(say("refunded"), yuan(month.refunded, month.currency)), fact(say("net"), yuan(month.net, month.currency)),
      fact(`${say("fee")} (${percent(month.fee_share)})`, yuan(month.fee, month.currency)), fact(say("deduction"), yuan(month.deduction, month.currency)), fact(say("due"), make("b", {}, yuan(month.due, month.currency))),
      fact(say("onlineRate"), say("onlineOf", { rate: percent(month.online.rate), least: percent(month.online_threshold), n: month.online.devices })),
      fact(say("retrofit"), say("retrofitOf", { n: month.retrofit.accepted, m: month.retrofit.planned, rate: percent(month.retrofit.rate) })),
      month.excused.map((one) => fact(say("excused"), `${stamp(one.start)} – ${one.end ? stamp(one.end) : ""} · ${one.reason}`)),
    ),
    make("p", { class: "actions" }, file("csv", say("asCsv")), file("xlsx", say("asSpreadsheet"))),
    month.days.length ? columns("days", month.days, days) : make("p", { class: "soft" }, say("noBatches")),
  ];
}

function termsPart({ terms }) {
  const all = [
    { head: say("validFrom"), cell: (one) => [dayName(one.valid_from), make("small", {}, one.valid_to ? `${say("validToShown")} ${dayName(one.valid_to)}` : say("noEnd"))] },
    { head: say("fee_share"), figure: true, cell: (one) => percent(one.fee_share) },
    { head: say("online_threshold"), figure: true, cell: (one) => percent(one.online_threshold) },
    { head: say("deduction"), figure: true, cell: (one) => yuan(one.deduction, one.currency) },
  ];
  return [make("h3", {}, say("terms")), terms.length ? columns("terms", terms, all) : make("p", { class: "soft" }, say("noTerms"))];
}

function forms(concession) {
  const until = { name: "until", label: say("settleUntil"), type: "date", value: dayAgo(1), max: dayAgo(1) };
  const termFields = [
    { name: "valid_from", label: say("validFrom"), type: "date", value: dayAgo() }, { name: "valid_to", label: say("validTo"), type: "date", required: false },
    share("fee_share", "35"), share("online_threshold", "95"), { name: "deduction", label: say("deduction"), type: "money", value: "500.00" },
  ];
  const outage = [{ name: "start", label: say("start"), type: "datetime-local" }, { name: "end", label: say("end"), type: "datetime-local" }, reasonField()];
  // Named once for the form: sent again after a lost answer it is the same outage.
  const id = newName("outage");
  const excuse = (said) => ask("POST", "/v1/operator/excused-outages", { body: { id, concession: concession.id, ...said } });
  return [
    may("operator") ? orderForm("settle", [until], (said) => ask("POST", path(concession, "batches"), { body: said }), { note: say("settleWhy") }) : null,
    may("approver") ? orderForm("setTerms", termFields, (said) => ask("POST", path(concession, "terms"), { body: said }), { note: say("setTermsWhy") }) : null,
    may("approver") ? orderForm("excuse", outage, excuse, { note: say("excuseWhy") }) : null,
  ];
}

export function concessionCards() {
  return browse("concessions", state.concessions, {
    line: (one) => [one.id, one.terms.length ? tag(percent(one.terms.at(-1).fee_share)) : tag(say("noTermsShort"), "alert"), `${one.payee} · ${one.districts.join(", ")}`],
    details: (one) => [
      make("h2", {}, one.id), make("dl", { class: "facts" }, fact(say("company"), one.operator), fact(say("payee"), one.payee), fact(say("district"), one.districts.join(", "))),
      termsPart(one), make("h3", {}, say("statement")), statementPart(one), isCity() ? forms(one) : null,
    ],
    none: say("none_here"),
  });
}
