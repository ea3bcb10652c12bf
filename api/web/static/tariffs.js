// The workbench of tariffs: versions with the step each waits for, writing, simulation, signs, freezes and reverts.

import "./words_tariffs.js";
import { ask } from "./ask.js";
import { make } from "./dom.js";
import { yuan } from "./money.js";
import { bare, go, isMe, may, named, openPage, order, write } from "./operator_page.js";
import { card, doing, fact, moment, quietButton, tag } from "./sheet.js";
import { boardSays, editor, written } from "./tariff_editor.js";
import { path, stepForms } from "./tariff_steps.js";
import { locale, say } from "./words.js";

const DAY_MS = 86_400_000;
const state = { list: [], next: null, chosen: null, steps: [], simulation: null, documents: [], signs: [], freezes: [], reverts: [] };

const titleOf = (version) => (locale() === "en-GB" ? version.title_en : version.title);
const whole = (date) => date.toISOString().slice(0, 10);

async function readChosen(version) {
  if (!version) return;
  const isOther = version.rate_table !== state.chosen?.rate_table || version.version !== state.chosen?.version;
  const [chosen, audit] = await Promise.all([ask("GET", path(version)), ask("GET", path(version, "audit"))]);
  Object.assign(state, { chosen, steps: audit.steps, simulation: isOther ? null : state.simulation });
}

const READERS = {
  async tariffs() {
    const page = await ask("GET", "/v1/operator/rate-tables?limit=50");
    Object.assign(state, { list: page.rate_tables, next: page.next });
    await readChosen(state.chosen ?? state.list[0]);
  },
  async writing() {
    state.documents = (await ask("GET", "/v1/operator/price-documents")).price_documents;
  },
  async signs() {
    state.signs = (await ask("GET", "/v1/operator/sign-tasks")).sign_tasks;
  },
  async emergencies() {
    const [{ freezes }, { reverts }] = await Promise.all([ask("GET", "/v1/operator/rate-freezes"), ask("GET", "/v1/operator/rate-reverts")]);
    Object.assign(state, { freezes, reverts });
  },
};

const takeStep = (name, body) => order(path(state.chosen, name), body);

const choose = (version) => doing(async () => {
  await readChosen(version);
  write();
});

const more = () => doing(async () => {
  const page = await ask("GET", `/v1/operator/rate-tables?limit=50&cursor=${encodeURIComponent(state.next)}`);
  Object.assign(state, { list: [...state.list, ...page.rate_tables], next: page.next });
  write();
});

function stateTag(version) {
  const shown = version.standing ?? version.state;
  const kind = { in_force: "good", withdrawn: "", superseded: "", taken_back: "" }[shown] ?? "alert";
  return tag(say(shown), kind);
}

function listCard() {
  const row = (version) => {
    const isChosen = version.rate_table === state.chosen?.rate_table && version.version === state.chosen?.version;
    return make("li", {}, make(
      "button", { type: "button", "data-version": `${version.rate_table}/${version.version}`, "aria-pressed": String(isChosen), onclick: () => choose(version) },
      make("span", { class: "name" }, titleOf(version)), stateTag(version),
      make("span", { class: "soft" }, `${version.rate_table} · ${say("versionOf", { n: version.version })}`),
      version.next ? make("span", { class: "soft" }, say("waits", { step: say(version.next) })) : null,
    ));
  };
  return card(
    make("h2", {}, say("tariffs")),
    state.list.length ? make("ol", { class: "stays versions" }, state.list.map(row)) : make("p", { class: "soft" }, say("none")),
    state.next ? make("p", { class: "actions" }, quietButton(say("more"), more)) : null,
  );
}

function simulationForm(version) {
  const submit = (event) => {
    event.preventDefault();
    const form = Object.fromEntries(new FormData(event.target));
    const asked = new URLSearchParams(Object.entries(form).filter(([, value]) => value !== ""));
    doing(async () => {
      const { simulation } = await ask("GET", path(version, `simulation?${asked}`));
      state.simulation = { ...simulation, report: path(version, `simulation.html?${asked}`) };
      write();
    });
  };
  const day = (name, ago) => make("label", {}, say(name), make("input", { type: "date", name, required: true, value: whole(new Date(Date.now() - ago * DAY_MS)) }));
  const found = state.simulation;
  return make(
    "form", { class: "step", id: "simulation", onsubmit: submit },
    make("h3", {}, say("simulate")),
    make("div", { class: "fields" }, day("from", 28), day("to", 1), make("label", {}, say("elasticity"), make("input", { type: "number", name: "elasticity", min: -5, max: 0, step: "any" }))),
    make("p", { class: "actions" }, make("button", { type: "submit", class: "quiet", id: "simulate" }, say("run")), found ? make("a", { class: "quiet", id: "report", href: found.report, target: "_blank", rel: "noopener" }, say("openReport")) : null),
    found ? make("p", { id: "simulated" }, say("simulated", { stays: found.total.stays, before: yuan(found.total.revenue_before, found.currency), after: yuan(found.total.revenue_after, found.currency), more: found.total.pay_more, less: found.total.pay_less })) : null,
  );
}

function stepsDone() {
  const row = (done) => make(
    "li", {},
    make("em", {}, say(done.action)), make("b", {}, bare(done.actor)),
    make("span", {}, moment(done.at)), make("span", {}, done.reason ?? done.details.reference ?? ""),
  );
  return make("div", { class: "step" }, make("h3", {}, say("steps")), make("ol", { class: "lines", id: "steps" }, state.steps.map(row)));
}

function versionCard() {
  const version = state.chosen;
  if (!version) return card(make("p", { class: "soft" }, say(state.list.length ? "noneChosen" : "none")));
  const writeNext = () => {
    Object.assign(written, { toml: version.toml, document: version.price_document, zones: (version.zones ?? []).join(", "), checked: null });
    go("writing");
  };
  return make(
    "section", { class: "card", "data-state": version.state, "data-standing": version.standing },
    make("h2", {}, titleOf(version)),
    make("p", { class: "tags" }, stateTag(version), tag(`${version.rate_table} · ${say("versionOf", { n: version.version })}`), version.next ? tag(say("waits", { step: say(version.next) })) : null),
    version.signs_waiting ? make("p", { class: "banner", id: "waiting" }, say("signsWaiting", { n: version.signs_waiting })) : null,
    make(
      "dl", { class: "facts" },
      fact(say("document"), version.document), fact(say("zones"), version.zones?.join(", ") ?? say("everywhere")),
      fact(say("preparedBy"), bare(version.prepared_by)), fact(say("reviewedBy"), bare(version.reviewed_by)),
      fact(say("noticeAt"), version.noticed_on && `${version.noticed_on} · ${version.notice_reference}`),
      fact(say("effective"), version.effective_from && moment(version.effective_from)),
      fact(say("approvedBy"), bare(version.approved_by)), fact(say("publishedBy"), bare(version.published_by)),
    ),
    make("h3", {}, say("asRead")), boardSays(version.says),
    stepForms(version, takeStep),
    version.state === "withdrawn" ? null : simulationForm(version),
    stepsDone(),
    make(
      "p", { class: "actions" },
      may("operator", "approver") ? quietButton(say("nextVersion"), writeNext, { id: "next-version" }) : null,
      make("a", { class: "quiet", href: path(version, "toml"), download: "" }, say("exportToml")),
    ),
  );
}

function signsCard() {
  const row = (task) => {
    const name = (locale() === "en-GB" ? task.name_en : task.name) ?? task.place ?? task.zone;
    const submit = (event) => {
      event.preventDefault();
      order(`/v1/operator/sign-tasks/${task.id}/confirm`, { photo_reference: new FormData(event.target).get("photo") || null });
    };
    const input = make("input", { name: "photo", autocomplete: "off", maxlength: 500, placeholder: say("photo"), "aria-label": say("photo") });
    return make(
      "li", { class: "step", "data-sign": task.place ?? task.zone },
      make("b", {}, name), make("p", { class: "soft" }, `${task.zone} · ${say(task.kind)} · ${task.rate_table} ${say("versionOf", { n: task.version })} · ${say("effective")} ${moment(task.effective_from)}`),
      may("operator", "approver") ? make("form", { onsubmit: submit }, make("p", { class: "beside" }, input, make("button", { type: "submit", class: "quiet" }, say("confirmSign")))) : null,
    );
  };
  return card(make("h2", {}, say("signs")), state.signs.length ? make("ol", { id: "signs" }, state.signs.map(row)) : make("p", { class: "soft", id: "signs" }, say("noSigns")));
}

const reasonForm = (id, label, text, take, ...before) => make(
  "form", { id, onsubmit: (event) => { event.preventDefault(); take(Object.fromEntries(new FormData(event.target))); } },
  ...before,
  make("p", { class: "beside" }, make("input", { name: "reason", required: true, maxlength: 2000, placeholder: label, "aria-label": label }), make("button", { type: "submit", class: "quiet" }, text)),
);

function emergencyCards() {
  const isPreparer = may("operator", "approver");
  const where = (one) => (one.zones ? one.zones.join(", ") : say("wholeCity"));
  const frozen = (one) => make(
    "li", { class: "step", "data-freeze": one.id },
    make("b", {}, one.reason), make("p", { class: "soft" }, `${where(one)} · ${say("frozenBy", { who: bare(one.frozen_by) })} · ${moment(one.frozen_at)}`),
    isPreparer ? reasonForm(`lift-${one.id}`, say("liftReason"), say("lift"), (body) => order(`/v1/operator/rate-freezes/${one.id}/lift`, body)) : null,
  );
  const reverted = (one) => make(
    "li", { class: "step", "data-revert": one.id },
    make("b", {}, one.reason), make("p", { class: "soft" }, `${one.rate_table} ${say("versionOf", { n: one.version })} · ${where(one)} · ${bare(one.reverted_by)} · ${moment(one.reverted_at)}`),
    may("approver") && !isMe(one.reverted_by) ? quietButton(say("confirmRevert"), () => order(`/v1/operator/rate-reverts/${one.id}/confirm`)) : null,
  );
  const freeze = ({ reason, zones }) => {
    const wanted = named(zones);
    order("/v1/operator/rate-freezes", { reason, zones: wanted.length ? wanted : null });
  };
  return [
    card(
      make("h2", {}, say("freezeAll")), make("p", { class: "soft" }, say("freezeWhy")),
      isPreparer ? make("div", { class: "step" }, reasonForm("freeze", say("reason"), say("freeze"), freeze, make("label", {}, say("freezeZones"), make("input", { name: "zones", autocomplete: "off" })))) : null,
      state.freezes.length ? make("ol", { id: "freezes" }, state.freezes.map(frozen)) : make("p", { class: "soft", id: "freezes" }, say("noFreezes")),
    ),
    card(make("h2", {}, say("reverts")), state.reverts.length ? make("ol", { id: "reverts" }, state.reverts.map(reverted)) : make("p", { class: "soft", id: "reverts" }, say("noReverts"))),
  ];
}

function writingCards() {
  const kept = async (draft) => {
    state.chosen = draft;
    await go("tariffs");
  };
  return editor({ documents: state.documents, mayKeep: may("operator", "approver"), again: write, kept });
}

openPage([
  { name: "tariffs", read: READERS.tariffs, cards: () => make("div", { class: "split" }, listCard(), versionCard()) },
  { name: "writing", read: READERS.writing, cards: writingCards },
  { name: "signs", read: READERS.signs, cards: signsCard },
  { name: "emergencies", read: READERS.emergencies, cards: emergencyCards },
], "tariffs.css");
