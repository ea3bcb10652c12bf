// What the space, attendant and operator pages share: the language, the banner, lines of a fee, buttons that wait.

import { reason } from "./ask.js";
import { make } from "./dom.js";
import { yuan } from "./money.js";
import { locale, say, switchLanguage, writePage } from "./words.js";

const part = (id) => document.getElementById(id);

/** Set the page up; `write` draws it anew whenever the language changes. */
export function openSheet(write) {
  const writeAll = () => {
    writePage();
    part("language").textContent = say("language");
    part("language").setAttribute("aria-label", say("languageLabel"));
    write();
  };
  part("language").addEventListener("click", () => {
    switchLanguage();
    tell("");
    writeAll();
  });
  writeAll();
}

/** Say something above the page; an empty sentence takes it away. */
export function tell(sentence) {
  part("banner").hidden = sentence === "";
  part("banner").textContent = sentence;
}

/** Do what a button is for; while it is done, no button of the page does anything. Refusals are told. */
export async function doing(work, refused = async () => {}) {
  const buttons = [...part("main").querySelectorAll("button")].filter((button) => !button.disabled);
  for (const button of buttons) button.disabled = true;
  try {
    tell("");
    await work();
  } catch (problem) {
    // Said once the page stands as it is now: who has read it may go on at once, and nothing is drawn anew under their hands.
    try {
      await refused(problem);
    } finally {
      tell(reason(problem));
    }
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

/** Replace the page's content. */
export const show = (...cards) => part("main").replaceChildren(...cards.flat().filter(Boolean));

export const card = (...children) => make("section", { class: "card" }, ...children);
export const fact = (name, value) => (value === null || value === undefined ? [] : [make("dt", {}, name), make("dd", {}, value)]);
export const tag = (text, kind = "") => make("span", { class: `tag ${kind}` }, text);
export const mainButton = (text, onclick, properties = {}) => make("button", { type: "button", class: "main", onclick, ...properties }, text);
export const quietButton = (text, onclick, properties = {}) => make("button", { type: "button", class: "quiet", onclick, ...properties }, text);

/** Time of day, with the date when it is another day than `beside`. */
export function moment(instant, beside = new Date()) {
  const date = new Date(instant);
  const time = date.toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit" });
  return date.toDateString() === new Date(beside).toDateString() ? time : `${date.toLocaleDateString(locale(), { month: "short", day: "numeric" })} ${time}`;
}

/** Date and time, for what is kept: a receipt is read on another day. */
export const stamp = (instant) => new Date(instant).toLocaleString(locale(), { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });

/** A table whose cells know the heading over them, for screens on which the headings have no place. */
export function table(id, heads, rows) {
  for (const row of rows) [...row.cells].forEach((cell, index) => cell.setAttribute("data-label", heads[index][0]));
  const head = make("tr", {}, heads.map(([text, kind = ""]) => make("th", { class: kind }, text)));
  return make("div", { class: "wide" }, make("table", { id }, make("thead", {}, head), make("tbody", {}, rows)));
}

/** The half of a sentence in two languages ("中文 / English", in either order) that is in the language in use. */
export function ownTongue(sentence) {
  const halves = sentence.split(" / ");
  const isChinese = locale() !== "en-GB";
  return halves.find((half) => /[\u4e00-\u9fff]/.test(half) === isChinese) ?? sentence;
}

/** The lines of a fee: when, why, how much. */
export function feeLines(lines) {
  return make("ol", { class: "lines" }, lines.map((line) =>
    make(
      "li", {},
      make("em", {}, ownTongue(line.why)), make("b", {}, yuan(line.amount)),
      make("span", {}, `${moment(line.start, line.end)} – ${moment(line.end, line.start)}`),
      make("span", {}, line.amount > 0 ? `${line.quantity} × ${yuan(line.unit_price)}` : ""),
    ),
  ));
}
