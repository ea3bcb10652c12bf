// Payment machines: how each is, what it is short of, its keys, and new ones; a key is shown once.

import "./words_terminals.js";
import { ask } from "./ask.js";
import { make } from "./dom.js";
import { browse, may, me, openPage, orderForm, write } from "./operator_page.js";
import { card, fact, mainButton, stamp, tag } from "./sheet.js";
import { ago } from "./time.js";
import { nameOf, say } from "./words.js";

const KINDS = { ok: "good", attention: "alert", faulty: "alert", silent: "alert", never_heard: "alert", revoked: "" };
/** In the order in which somebody has to go there. */
const ORDER = ["faulty", "silent", "attention", "never_heard", "ok", "revoked"];
const LOW_PERCENT = 10;
const CLOCK_TOLERANCE_S = 60;
const state = { terminals: [], districts: [], key: null };

const keeps = () => may("operator", "admin");
const healthTag = (one) => tag(say(`health_${one.health}`), KINDS[one.health]);
const word = (prefix, code) => (say(`${prefix}_${code}`) === `${prefix}_${code}` ? code : say(`${prefix}_${code}`));
const heard = (one) => (one.heard_at ? ago((Date.now() - new Date(one.heard_at)) / 1000) : say("never"));
const path = (one, part) => `/v1/operator/terminals/${encodeURIComponent(one.id)}/${part}`;

async function readTerminals() {
  const { terminals } = await ask("GET", "/v1/operator/terminals");
  state.terminals = terminals.sort((one, other) => ORDER.indexOf(one.health) - ORDER.indexOf(other.health));
}

async function readDistricts() {
  const { districts } = await ask("GET", "/v1/districts?limit=500");
  state.districts = districts.filter((one) => me().district === null || one.id === me().district);
}

/** Until somebody says that it is written down, nothing else is shown: nobody can show the secret again. */
function keyCard() {
  const written = () => {
    state.key = null;
    write();
  };
  return make(
    "section", { class: "card", id: "key" },
    make("h2", {}, say("keyOf", { terminal: state.key.terminal })), make("p", { class: "banner" }, say("keyOnce")),
    make("h3", {}, say("key")), make("code", { class: "secret" }, state.key.key), make("h3", {}, say("secret")), make("code", { class: "secret", id: "secret" }, state.key.secret),
    make("p", { class: "actions" }, mainButton(say("keyWritten"), written, { id: "written" })),
  );
}

function stockOf(one) {
  const left = ([what, percent]) => tag(`${word("stock", what)} ${percent} %`, percent <= LOW_PERCENT ? "alert" : "");
  const all = Object.entries(one.stock);
  return all.length ? make("span", { class: "tags" }, all.map(left)) : say("untold");
}

const faultsOf = (one) => (one.faults.length ? make("span", { class: "tags" }, one.faults.map((fault) => tag(word("fault", fault), "alert"))) : say("noFaults"));

function forms(one) {
  if (one.revoked_at || !keeps()) return null;
  const overlap = { name: "overlap", label: say("overlap"), type: "number", value: "24", min: 0, max: 168 };
  const rotate = async (said) => { state.key = await ask("POST", path(one, `keys?overlap_hours=${said.overlap}`), { body: {} }); };
  return [
    orderForm("rotate", [overlap], rotate, { note: say("rotateWhy"), buttons: [["rotate", say("rotate"), "quiet"]] }),
    orderForm("revoke", [], () => ask("POST", path(one, "revoke"), { body: {} }), { note: say("revokeTerminalWhy"), buttons: [["revoke", say("revokeTerminal"), "quiet"]] }),
  ];
}

function details(one) {
  const isOff = one.offset_s !== null && Math.abs(one.offset_s) > CLOCK_TOLERANCE_S;
  return [
    make("h2", {}, one.id), make("p", { class: "tags" }, healthTag(one), isOff ? tag(say("clockOff", { n: one.offset_s }), "alert") : null),
    make(
      "dl", { class: "facts" }, fact(say("located"), one.located), fact(say("heardAt"), heard(one)), fact(say("faults"), faultsOf(one)), fact(say("stock"), stockOf(one)),
      fact(say("version"), one.version), fact(say("zones"), one.zones.join(", ")), fact(say("district"), one.district), fact(say("company"), one.operator),
      fact(say("registeredAt"), stamp(one.registered_at)), fact(say("revokedAt"), one.revoked_at && stamp(one.revoked_at)),
    ),
    forms(one),
  ];
}

function terminalCards() {
  if (state.key) return keyCard();
  return browse("terminals", state.terminals, {
    line: (one) => [one.id, healthTag(one), one.located, heard(one)], details, none: say("none_here"),
  });
}

function registerCards() {
  if (state.key) return keyCard();
  const text = (name, label, rest = {}) => ({ name, label: say(label), maxlength: 64, ...rest });
  const fields = [
    text("id", "id"), text("operator", "company", { value: me().operator }), { name: "district", label: say("district"), options: state.districts.map((one) => [one.id, nameOf(one)]) },
    { name: "zones", label: say("zonesOfTerminal"), type: "names" }, { name: "located", label: say("located"), maxlength: 200, isWhole: true },
  ];
  const register = async (said) => { state.key = await ask("POST", "/v1/operator/terminals", { body: said }); };
  return card(orderForm("register", fields, register, { heading: say("registerNew"), note: say("registerWhy") }));
}

openPage([
  { name: "terminals", read: readTerminals, cards: terminalCards },
  { name: "register", read: readDistricts, cards: registerCards, when: keeps },
]);
