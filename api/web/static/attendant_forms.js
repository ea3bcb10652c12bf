// Parts that the cards of the attendant's page share.

import { Refusal } from "./ask.js";
import { make } from "./dom.js";
import { fen } from "./money.js";
import { doing, quietButton } from "./sheet.js";
import { locale, say } from "./words.js";

export const form = (work, ...children) => make("form", {
  onsubmit: (event) => {
    event.preventDefault();
    doing(() => work(event.target));
  },
}, ...children);

export const money = (name, label) => make("label", {}, say(label), make("input", { name, inputmode: "decimal", required: true, autocomplete: "off", placeholder: "0.00" }));
export const submit = (text) => make("button", { type: "submit", class: "main" }, say(text));

/** The sum that was typed into a field. Throws `Refusal` (`amount_unread`). */
export function typed(element, name) {
  const amount = fen(new FormData(element).get(name));
  if (amount === null) throw new Refusal(0, { code: "amount_unread" });
  return { amount, currency: "CNY" };
}

export const street = (stay) => (locale() === "en-GB" ? stay.street_en || stay.street || stay.zone_name_en : stay.street || stay.zone_name);

/** A plate as others may see it: the service masks the same characters. */
export function masked(plate) {
  const bare = plate.toUpperCase().replace(/[\s·•.-]/g, "");
  return bare.length < 5 ? bare : bare.slice(0, 3) + "*".repeat(bare.length - 4) + bare.at(-1);
}

/** Whether a plate is a new-energy car's, whose free hours only the service knows. */
export const isNewEnergy = (plate) => plate.replace(/[\s·•.-]/g, "").length === 8;

/** A button that takes a photograph, or chooses one. */
export function camera(text, taken, properties = {}) {
  const field = make("input", { type: "file", accept: "image/*", capture: "environment", hidden: true, ...properties });
  field.addEventListener("change", () => {
    const [file] = field.files;
    field.value = "";
    if (file) doing(() => taken(file));
  });
  return [quietButton(text, () => field.click()), field];
}
