// What all pages of operators share: who is logged in, the one way between the pages, their tabs, lists and forms.

import "./words_operator.js";
import { Refusal, ask } from "./ask.js";
import { make } from "./dom.js";
import { loginForm, logOut, present } from "./login.js";
import { fen } from "./money.js";
import { card, doing, openSheet, quietButton, show, table, tag } from "./sheet.js";
import { say } from "./words.js";

const ROLES = ["operator", "approver", "admin"];
/** In their order; what is about money is shown to whoever is known to work for the city or for a company, cases to the former. */
const SECTIONS = [
  { href: "/operator", name: "operations" },
  { href: "/operator/tariffs", name: "tariffs" },
  { href: "/operator/money", name: "money", ofMoney: true },
  { href: "/operator/recovery", name: "recovery", ofMoney: true },
  { href: "/operator/rights", name: "rights" },
  { href: "/operator/cases", name: "cases", ofAuthority: true },
  { href: "/operator/devices", name: "devices", ofAuthority: true },
  { href: "/operator/health", name: "health", ofAuthority: true },
  { href: "/operator/terminals", name: "terminals" },
];
const REREAD = [404, 409];
const page = { person: null, roles: ROLES, tabs: [], tab: null, chosen: new Map(), last: Promise.resolve() };

/** The person's role is one of these; the service decides all the same. */
export const may = (...roles) => roles.includes(page.person.role);
/** Answers for the whole city: neither for one district nor for a company. */
export const isCity = () => isAuthority() && page.person.district === null;
/** Works for the city or for a district. */
export const isAuthority = () => page.person.employer === "city";
export const isMe = (actor) => actor === `account:${page.person.name}`;
export const me = () => page.person;
export const bare = (actor) => actor?.replace("account:", "");
export const named = (text) => text.split(/[,，\s]+/).filter(Boolean);

/** Draw the page from what was read. */
export function write() {
  if (!page.person) return loginForm(page.roles, enter);
  const sections = SECTIONS.filter((one) => may(...ROLES) && (!one.ofMoney || page.person.employer !== null) && (!one.ofAuthority || isAuthority()));
  const link = ({ href, name }) => make("a", { href, "aria-current": href === location.pathname ? "page" : null }, say(`section_${name}`));
  const button = ({ name }) => make("button", { type: "button", "data-page": name, "aria-pressed": String(name === page.tab.name), onclick: () => go(name) }, say(name));
  show(
    make("nav", { class: "sections", "aria-label": say("sections") }, sections.map(link)),
    make("nav", { class: "pages" }, page.tabs.filter(isShown).map(button)),
    page.tab.cards(),
    make("p", {}, quietButton(say("logOut"), () => doing(logOut))),
  );
  for (const here of document.querySelectorAll('.sections [aria-current], .pages [aria-pressed="true"]')) bringIn(here);
}

/** Where the screen is too narrow for all of them, the present one stands in its middle. */
function bringIn(here) {
  const all = here.parentElement;
  all.scrollLeft = here.offsetLeft - all.offsetLeft - (all.clientWidth - here.clientWidth) / 2;
}

const isShown = (tab) => may(...ROLES, ...(tab.also ?? [])) && (!tab.when || tab.when());

/** Read what the tab shows and draw it. */
export async function again() {
  await page.tab.read();
  write();
}

/** Do something and read anew, one after the other: an answer that is late never covers a later one. Refusals are told. */
export function act(work) {
  const turn = () => doing(async () => {
    await work();
    await again();
  }, async (problem) => {
    // Somebody else may have changed it meanwhile.
    if (REREAD.includes(problem.status)) await again();
  });
  page.last = page.last.then(turn, turn);
  return page.last;
}

/** Turn to another tab. */
export const go = (name) => act(() => {
  page.tab = page.tabs.find((tab) => tab.name === name);
  history.replaceState(null, "", `#${name}`);
});

/** An order to the service. */
export const order = (path, body = {}, method = "POST") => act(() => ask(method, path, { body }));

async function enter(person) {
  page.person = person;
  if (!person) return write();
  const tabs = page.tabs.filter(isShown);
  page.tab = tabs.find((tab) => `#${tab.name}` === location.hash) ?? tabs[0];
  await again();
}

/**
 * Set the page up. A tab has a `name`, `read`, `cards` that draw it, `when` where not everybody sees it, and `also`, the roles
 * beside those of operators that see it.
 */
export function openPage(tabs, ...styles) {
  page.tabs = tabs;
  page.roles = [...new Set([...ROLES, ...tabs.flatMap((tab) => tab.also ?? [])])];
  for (const style of ["operator.css", ...styles]) document.head.append(make("link", { rel: "stylesheet", href: new URL(`./${style}`, import.meta.url) }));
  openSheet(() => page.person && write());
  doing(async () => enter(await present(page.roles)));
}

/** What is chosen of a list; the first of it unless somebody has chosen. */
export const chosenOf = (list, items) => items.find((item) => item.id === page.chosen.get(list)) ?? items[0] ?? null;

/** What is chosen of a list when it is drawn next. */
export const remember = (list, id) => page.chosen.set(list, id);

/** Choose of a list and show it, which on a phone stands below the list. */
export function choose(list, id) {
  remember(list, id);
  write();
  document.querySelector(".chosen").scrollIntoView({ block: "nearest" });
}

/**
 * A list and what is chosen of it. `line` gives the name of an item, its tag and what else its row says; `details` draws
 * it; `above` stands over the list, `more` under it.
 */
export function browse(list, items, { line, details, none, above = null, more = null }) {
  const chosen = chosenOf(list, items);
  const row = (item) => {
    const [name, mark, ...rest] = line(item);
    return make("li", {}, make(
      "button", { type: "button", "data-id": item.id, "aria-pressed": String(item === chosen), onclick: () => choose(list, item.id) },
      make("span", { class: "name" }, name), mark, rest.map((words) => make("span", { class: "soft" }, words)),
    ));
  };
  return make(
    "div", { class: "split" },
    card(
      make("h2", {}, say(list)), above,
      items.length ? make("ol", { class: "stays long", id: `list-${list}` }, items.map(row)) : make("p", { class: "soft", id: `list-${list}` }, none),
      more ? make("p", { class: "actions" }, quietButton(say("more"), () => doing(more))) : null,
    ),
    chosen ? make("section", { class: "card chosen", "data-chosen": chosen.id, "data-state": chosen.state ?? null }, details(chosen)) : null,
  );
}

/** A table of items: each column has a `head`, its `cell` of an item, and `figure` where it is a number; an item may be a total. */
export function columns(id, items, all) {
  const cell = (item, { cell: content, figure }) => make("td", { class: figure ? "figure" : null }, content(item));
  const rows = items.map((item) => make("tr", { class: item.isTotal ? "total" : null }, all.map((column) => cell(item, column))));
  return table(id, all.map(({ head, figure }) => [head, figure ? "figure" : ""]), rows);
}

const READERS = {
  money: (text) => hundredths(text, "amount_unread"),
  share: (text) => hundredths(text, "share_unread"),
  number: Number,
  "datetime-local": (text) => new Date(text).toISOString(),
  names: named,
};

function hundredths(text, code) {
  const read = fen(text);
  if (read === null) throw new Refusal(0, { code });
  return read;
}

const TYPES = { money: "text", share: "text", names: "text" };
const KEYBOARDS = { money: "decimal", share: "decimal" };

function control({ name, label, type = "text", options, value, required = true, isWhole = false, ...rest }) {
  const common = { name, required, ...rest };
  const input = options
    ? make("select", common, options.map(([of, text]) => make("option", { value: of, selected: of === value }, text)))
    : make("input", { autocomplete: "off", inputmode: KEYBOARDS[type], type: TYPES[type] ?? type, value, maxlength: type === "text" ? 500 : null, ...common });
  return make("label", { class: isWhole ? "whole" : null }, label, input);
}

/** What a form says, by the types of its fields; what was left empty is null, and an empty list where names are asked for. */
function valuesOf(form, fields) {
  const said = new FormData(form);
  return Object.fromEntries(fields.map(({ name, type }) => {
    const value = said.get(name);
    if (typeof value !== "string") return [name, value];
    const text = value.trim();
    if (text === "") return [name, type === "names" ? [] : null];
    return [name, (READERS[type] ?? String)(text)];
  }));
}

/**
 * A form of fields (`name`, `label`, `type`, `options`, `value`, `required`) with one button, or several that `take` is told
 * the name of. `take` gets what was said and does it.
 */
export function orderForm(id, fields, take, { heading = null, note = null, buttons = [[id, say(id), "main thin"]] } = {}) {
  const submit = (event) => {
    event.preventDefault();
    act(async () => take(valuesOf(event.target, fields), event.submitter?.value ?? id));
  };
  const button = ([value, text, kind]) => make("button", { type: "submit", class: kind, id: value, value }, text);
  return make(
    "form", { class: "step", id: `form-${id}`, onsubmit: submit },
    heading ? make("h3", {}, heading) : null,
    note ? make("p", { class: "soft" }, note) : null,
    fields.length ? make("div", { class: "fields" }, fields.map(control)) : null,
    make("p", { class: "actions" }, buttons.map(button)),
  );
}

/** The field for why something is done. */
export const reasonField = () => ({ name: "reason", label: say("reasonAsked"), minlength: 3, isWhole: true });

/** A local wall time as `datetime-local` writes it. */
export function wallTime(instant) {
  const date = new Date(instant);
  return new Date(date - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** A calendar day of this place, `ago` days before today. */
export const dayAgo = (ago = 0) => wallTime(Date.now() - ago * 86_400_000).slice(0, 10);

/** A new id for what the service wants named by its caller. */
export const newName = (prefix) => `${prefix}-${[...crypto.getRandomValues(new Uint8Array(5))].map((byte) => byte.toString(36).padStart(2, "0")).join("")}`;

/** A state as a tag; `kinds` says which are good and which wait for somebody. */
export const stateTag = (state, kinds) => tag(say(state), kinds[state] ?? "");
