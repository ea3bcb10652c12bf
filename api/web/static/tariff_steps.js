// The forms by which one version goes its next step; the service says which of them the person may use.

import { ask } from "./ask.js";
import { make } from "./dom.js";
import { doing, mainButton } from "./sheet.js";
import { locale, say } from "./words.js";

/** The address of a version, or of something of it. */
export const path = (version, part = "") =>
  `/v1/operator/rate-tables/${encodeURIComponent(version.rate_table)}/${version.version}${part && `/${part}`}`;

/** The instant at which a day begins in a time zone. */
export function midnight(day, zone) {
  const written = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
  });
  const wall = (instant) => {
    const part = Object.fromEntries(written.formatToParts(instant).map(({ type, value }) => [type, value]));
    return Date.parse(`${part.year}-${part.month}-${part.day}T${part.hour}:${part.minute}:${part.second}Z`);
  };
  const wanted = Date.parse(`${day}T00:00:00Z`);
  const guess = wanted - (wall(wanted) - wanted);
  return new Date(guess - (wall(guess) - wanted)).toISOString();
}

const dayOf = (instant, zone) => new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(new Date(instant));
const field = (name, properties = {}) => make("input", { name, required: true, autocomplete: "off", ...properties });
const submitter = (text, id, kind = "main thin", properties = {}) => make("button", { type: "submit", class: kind, id, ...properties }, text);

function stepForm(name, take, ...children) {
  const submit = (event) => {
    event.preventDefault();
    take(Object.fromEntries(new FormData(event.target, event.submitter)));
  };
  return make("form", { class: "step", "data-step": name, onsubmit: submit }, make("h3", {}, say(name)), ...children);
}

function reviewForm(go) {
  return stepForm(
    "review", ({ opinion, lawful }) => go("review", { opinion, lawful: lawful === "yes" }),
    make("p", { class: "soft" }, say("another")),
    make("label", {}, say("opinionOf"), field("opinion", { maxlength: 2000 })),
    make("p", { class: "actions" }, submitter(say("unlawful"), "unlawful", "quiet", { name: "lawful", value: "no" }), submitter(say("lawful"), "lawful", "main", { name: "lawful", value: "yes" })),
  );
}

function noticeForm(version, go) {
  const zone = version.table.timezone;
  const begins = field("begins", { type: "date" });
  const told = make("p", { class: "soft", id: "earliest" });
  const look = async (day) => {
    if (!day) return;
    const answer = await ask("GET", path(version, `earliest?noticed_on=${day}`));
    const first = dayOf(answer.earliest, zone);
    begins.min = first;
    begins.value = first;
    const shown = new Date(`${first}T12:00:00`).toLocaleDateString(locale(), { year: "numeric", month: "long", day: "numeric" });
    told.textContent = say("earliest", { n: answer.notice_working_days, day: shown });
  };
  const noticed = field("noticed_on", { type: "date", onchange: (event) => doing(() => look(event.target.value)) });
  const take = (form) => go("notice", { noticed_on: form.noticed_on, reference: form.reference, effective_from: midnight(form.begins, zone) });
  return stepForm(
    "notice", take,
    make("div", { class: "fields" }, make("label", {}, say("noticedOn"), noticed), make("label", {}, say("begins"), begins), make("label", {}, say("reference"), field("reference", { maxlength: 2000 }))),
    told,
    make("p", { class: "actions" }, submitter(say("notice"), "notice", "main")),
  );
}

function revertForm(go) {
  const choice = (value, text, checked) => make("label", { class: "choice" }, make("input", { type: "radio", name: "covered", value, checked }), text);
  return stepForm(
    "revert", ({ reason, covered }) => go("revert", { reason, signs_covered: covered === "yes" }),
    choice("yes", say("covered"), true), choice("no", say("notCovered"), false),
    make("p", { class: "beside" }, field("reason", { placeholder: say("reason"), "aria-label": say("reason") }), submitter(say("revert"), "revert", "quiet")),
  );
}

const withdrawForm = (go) => stepForm(
  "withdraw", (form) => go("withdraw", form),
  make("p", { class: "beside" }, field("reason", { placeholder: say("reason"), "aria-label": say("reason") }), submitter(say("withdraw"), "withdraw", "quiet")),
);

const plain = (name, go, note = null) => make(
  "div", { class: "step", "data-step": name },
  note ? make("p", { class: "soft" }, note) : null,
  mainButton(say(name), () => go(name, {}), { id: name }),
);

/** What the person may do with the version; `go` takes the name of the step and what it needs. */
export function stepForms(version, go) {
  const forms = {
    submit: () => plain("submit", go),
    review: () => reviewForm(go),
    notice: () => noticeForm(version, go),
    approve: () => plain("approve", go, say("another")),
    publish: () => plain("publish", go),
    withdraw: () => withdrawForm(go),
    revert: () => revertForm(go),
  };
  return version.allowed.map((name) => forms[name]());
}
