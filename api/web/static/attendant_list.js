// The occupied spaces, those without a plate first, and the deeds that are on their way.

import { ask, reason, Refusal } from "./ask.js";
import { drop, isUnreached, tryAgain } from "./attendant_queue.js";
import { street } from "./attendant_forms.js";
import { seen } from "./attendant_seen.js";
import { deedsAbout, readDeeds, redraw, refused, state, turn, turnTo, waiting } from "./attendant_state.js";
import { make } from "./dom.js";
import { yuan } from "./money.js";
import { card, doing, moment, quietButton, tag, tell } from "./sheet.js";
import { say } from "./words.js";

const TYPING_MS = 250;

function stayRow(stay, choose) {
  const paid = deedsAbout(stay.session, "cash").length > 0;
  const [named] = deedsAbout(stay.session, "plate");
  const plate = stay.plate ?? named?.plate;
  return make(
    "li", {},
    make(
      "button", { type: "button", "data-session": stay.session, onclick: () => doing(() => choose(stay.session)) },
      make("span", { class: "name" }, stay.space), paid ? tag(say("paid"), "good") : plate ? tag(plate) : tag(say("noPlate"), "alert"),
      make("span", { class: "soft" }, street(stay)), make("span", { class: "soft" }, moment(stay.started_at, seen.list.at)),
    ),
  );
}

/** Without a network what was last seen is searched. */
export async function find(words) {
  try {
    state.found = await ask("GET", `/v1/attendant/spaces?find=${encodeURIComponent(words)}`);
  } catch (problem) {
    if (!(problem instanceof Refusal && isUnreached(problem))) throw problem;
    const holds = (stay) => [stay.space, stay.zone_name, stay.zone_name_en, stay.street, stay.street_en].join(" ").toLowerCase().includes(words.toLowerCase());
    state.found = { spaces: seen.list.spaces.filter(holds), more: false };
  }
}

export function listCard(choose) {
  const places = make("ol", { class: "stays" });
  const note = make("p", { class: "soft" });
  const fill = () => {
    const { spaces, more } = (state.words && state.found) || seen.list;
    places.replaceChildren(...spaces.map((stay) => stayRow(stay, choose)));
    note.textContent = more ? say("more", { n: spaces.length }) : spaces.length ? "" : say(state.words ? "noMatch" : "none");
  };
  const search = async (event) => {
    const words = event.target.value.trim();
    state.words = words;
    await new Promise((later) => setTimeout(later, TYPING_MS));
    if (words !== state.words) return;
    try {
      if (words) await find(words);
      fill();
    } catch (problem) {
      tell(reason(problem));
    }
  };
  fill();
  return card(
    make("h2", {}, say("occupied")),
    seen.list.spaces.length || state.words ? make("input", { type: "search", value: state.words, autocomplete: "off", placeholder: say("find"), "aria-label": say("find"), oninput: search }) : null,
    places,
    note,
  );
}

const told = (deed) => [say(`deed_${deed.what}`), deed.what === "cash" ? yuan(deed.amount.amount) : deed.plate].filter(Boolean).join(" ");

function deedRow(deed) {
  // Money in the hand is not forgotten by a slip of the thumb.
  const isSure = deed.what !== "cash" || state.mode === `drop ${deed.number}`;
  const change = (work) => () => doing(async () => {
    await work(deed);
    await readDeeds();
    turnTo({ mode: "" });
  });
  return make(
    "li", { "data-deed": deed.what, "data-state": deed.state },
    make("span", { class: "name" }, deed.space), make("span", {}, told(deed)),
    make("span", { class: "soft" }, deed.state === "refused" ? reason(new Refusal(409, deed.problem)) : say("waits")), make("span", { class: "soft" }, moment(deed.at, seen.list.at)),
    deed.state === "refused" ? make("p", { class: "actions" }, quietButton(say(isSure ? "dropSurely" : "drop"), isSure ? change(drop) : turn({ mode: `drop ${deed.number}` }), { "data-drop": deed.number }), quietButton(say("tryAgain"), change(tryAgain))) : null,
  );
}

/** What waits for the network, what the service did not take, and money that was taken twice. */
export function deedsCard() {
  const rows = [...refused(), ...waiting()];
  const over = state.deeds.filter((deed) => deed.by === seen.person.name && deed.what === "cash" && deed.state === "done" && deed.answer.over.amount > 0);
  if (!rows.length && !over.length) return null;
  return make(
    "section", { class: "card", id: "deeds" },
    make("h2", {}, say("deeds", { n: rows.length })),
    waiting().length ? make("p", { class: "soft" }, say("deedsWhy")) : null,
    make("ol", { class: "deeds" }, rows.map(deedRow), over.map((deed) => overRow(deed))),
  );
}

function overRow(deed) {
  const known = () => doing(async () => {
    await drop(deed);
    await readDeeds();
    redraw();
  });
  return make(
    "li", { "data-deed": "cash", "data-state": "over" },
    make("span", { class: "name" }, deed.space), make("span", {}, told(deed)),
    make("span", { class: "soft" }, say("paidTwice", { yuan: yuan(deed.answer.over.amount) })), make("span", { class: "soft" }, moment(deed.at, seen.list.at)),
    make("p", { class: "actions" }, quietButton(say("understood"), known)),
  );
}
