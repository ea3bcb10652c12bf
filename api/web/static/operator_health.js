// How the devices are: what is wrong with which since when, what to do, and each device with its battery over time.

import "./words_health.js";
import { ask } from "./ask.js";
import { make } from "./dom.js";
import { batteryPlot } from "./battery_plot.js";
import { act, bare, browse, choose, go, may, openPage, orderForm, reasonField, write } from "./operator_page.js";
import { card, doing, fact, moment, quietButton, stamp, tag } from "./sheet.js";
import { ago } from "./time.js";
import { locale, say } from "./words.js";

const MINUTE = 60, HOUR = 3600, DAY = 86_400;
const state = { faults: [], open: {}, next: null, which: "open", kind: "", devices: [], nextDevice: null, faulty: true, wanted: new URLSearchParams(location.search).get("device"), whole: null };

const answers = () => may("operator", "approver");
const detail = (one) => (locale() === "en-GB" ? one.detail.en : one.detail.zh);
const heard = (at) => (at ? ago((Date.now() - new Date(at)) / 1000) : say("never"));
const by = (actor, at) => actor && `${bare(actor)} · ${stamp(at)}`;
const device = (id) => `/v1/operator/devices/${encodeURIComponent(id)}/health`;
const faultTag = (kind) => tag(say(`fault_${kind}`), "alert");

function lasted(one) {
  const seconds = (new Date(one.closed_at ?? Date.now()) - new Date(one.since)) / 1000;
  if (seconds < 2 * HOUR) return say("minutes", { n: Math.round(seconds / MINUTE) });
  return seconds < 2 * DAY ? say("hours", { n: Math.round(seconds / HOUR) }) : say("days", { n: Math.round(seconds / DAY) });
}

async function readFaults(cursor = "") {
  const kind = state.kind && `&fault=${state.kind}`;
  const page = await ask("GET", `/v1/operator/device-faults?limit=100&open=${state.which === "open"}${kind}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
  Object.assign(state, { faults: cursor ? [...state.faults, ...page.faults] : page.faults, open: page.open, next: page.next });
}

async function readDevices(cursor = "") {
  if (state.wanted && !cursor) {
    state.devices = [await ask("GET", device(state.wanted))];
    Object.assign(state, { nextDevice: null, whole: state.devices[0] });
    return;
  }
  const page = await ask("GET", `/v1/operator/devices/health?limit=100&faulty=${state.faulty}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
  Object.assign(state, { devices: cursor ? [...state.devices, ...page.devices] : page.devices, nextDevice: page.next, whole: null });
}

const select = (id, options, chosen, turn) => make(
  "select", { id, "aria-label": say(id === "kind" ? "allKinds" : "state"), onchange: (event) => act(async () => turn(event.target.value)) },
  options.map(([value, text]) => make("option", { value, selected: value === chosen }, text)),
);

function faultFilters() {
  const all = Object.values(state.open).reduce((sum, n) => sum + n, 0);
  const kinds = Object.entries(state.open).map(([kind, n]) => [kind, `${say(`fault_${kind}`)} (${n})`]);
  if (state.kind && !(state.kind in state.open)) kinds.push([state.kind, say(`fault_${state.kind}`)]);
  return make(
    "div", { class: "filters" },
    select("which", [["open", `${say("open")} (${all})`], ["over", say("over")]], state.which, (value) => { state.which = value; }),
    select("kind", [["", say("allKinds")], ...kinds], state.kind, (value) => { state.kind = value; }),
  );
}

/** The tab of devices, with this one alone. */
function seeDevice(id) {
  Object.assign(state, { wanted: id });
  go("devices");
}

function forms(one) {
  const see = quietButton(say("seeDevice"), () => seeDevice(one.device), { id: "see-device" });
  if (one.closed_at || !answers()) return make("p", { class: "actions" }, see);
  const path = (deed) => `/v1/operator/device-faults/${encodeURIComponent(one.id)}/${deed}`;
  const acknowledge = () => act(() => ask("POST", path("acknowledge"), { body: {} }));
  return [
    make("p", { class: "actions" }, one.acknowledged_by ? null : quietButton(say("acknowledge"), acknowledge, { id: "acknowledge" }), see),
    one.fault === "silent" || one.dismissed_at ? null : orderForm("dismiss", [reasonField()], (said) => ask("POST", path("dismiss"), { body: said }), { note: say("dismissWhy"), buttons: [["dismiss", say("dismiss"), "quiet"]] }),
  ];
}

function faultDetails(one) {
  return [
    make("h2", {}, say(`fault_${one.fault}`)), make("p", { class: "tags" }, tag(say(one.closed_at ? "over" : "open"), one.closed_at ? "good" : "alert"), one.distrusted ? tag(say("distrusted"), "alert") : null),
    make("p", {}, detail(one)),
    make(
      "dl", { class: "facts" }, fact(say("device"), one.device), fact(say("space"), one.space), fact(say("since"), stamp(one.since)), fact(say("openedAt"), stamp(one.opened_at)),
      fact(say("closedAt"), one.closed_at && stamp(one.closed_at)), fact(say("lasted"), lasted(one)),
      fact(say("acknowledgedBy"), by(one.acknowledged_by, one.acknowledged_at)), fact(say("dismissedBy"), by(one.dismissed_by, one.dismissed_at)),
    ),
    one.distrusted && !one.closed_at ? make("p", { class: "soft" }, say("distrustedWhy")) : null,
    make("h3", {}, say("whatToDo")), make("p", {}, say(`todo_${one.fault}`)),
    forms(one),
  ];
}

function faultCards() {
  return browse("faults", state.faults, {
    line: (one) => [one.device, faultTag(one.fault), `${say("since")} ${moment(one.since)} · ${say("openedAt")} ${moment(one.opened_at)}${one.closed_at ? ` · ${say("closedAt")} ${moment(one.closed_at)}` : ""}`, detail(one)],
    details: faultDetails, none: state.which === "open" && !state.kind ? say("allWell") : say("none_here"), above: faultFilters(),
    more: state.next && (async () => { await readFaults(state.next); write(); }),
  });
}

function deviceFilters() {
  const turn = (value) => Object.assign(state, { faulty: value === "faultyDevices", wanted: value.startsWith(":") ? state.wanted : null });
  const options = ["faultyDevices", "allDevices"].map((value) => [value, say(value)]);
  const chosen = state.wanted ? `:${state.wanted}` : state.faulty ? "faultyDevices" : "allDevices";
  return select("whose", state.wanted ? [[chosen, state.wanted], ...options] : options, chosen, turn);
}

const figure = (battery) => (battery.unit === "pct" ? `${Math.round(battery.value)} %` : `${battery.value.toFixed(2)} V`);
const percent = (share) => Math.round(share * 100);

function batteryFact({ battery }) {
  if (!battery) return null;
  return battery.empty_on ? `${figure(battery)} · ${say("batteryEmpty", { day: battery.empty_on })}` : figure(battery);
}

function behind(one) {
  if (state.whole?.device !== one.device) {
    doing(async () => {
      state.whole = await ask("GET", device(one.device));
      write();
    });
    return null;
  }
  const { whole } = state;
  const row = (fault) => make("li", {}, make("em", {}, `${stamp(fault.since)} – ${fault.closed_at ? stamp(fault.closed_at) : "…"}`), make("b", {}, say(`fault_${fault.fault}`)), make("span", {}, detail(fault)));
  return [
    make(
      "dl", { class: "facts" }, fact(say("changedAt"), whole.changed_at && stamp(whole.changed_at)), fact(say("restarts"), whole.restarts.length ? whole.restarts.map((at) => moment(at)).join(" · ") : null),
      fact(say("drift"), whole.baseline_drift === null ? null : say("ofVehicle", { n: percent(whole.baseline_drift) })),
      Object.entries(whole.differs).map(([other, share]) => fact(say("differs"), say("ofTime", { other, n: percent(share) }))),
      whole.errors?.map(({ what, learnt, published }) => fact(say(what), what === "false_changes_a_day" ? say("learntADay", { n: learnt.toFixed(2), published: published.toFixed(2) }) : say("learntShare", { n: (100 * learnt).toFixed(1), published: (100 * published).toFixed(1) }))) ?? [],
    ),
    whole.battery?.days.length > 1 ? [make("h3", {}, say("batteryTrend")), batteryPlot(whole.battery)] : null,
    make("h3", {}, say("history")), whole.history.length ? make("ol", { class: "lines", id: "history" }, whole.history.map(row)) : make("p", { class: "soft" }, say("none_here")),
  ];
}

function deviceDetails(one) {
  return [
    make("h2", {}, one.device), make("p", { class: "tags" }, one.faults.length ? one.faults.map(faultTag) : tag(say("well"), "good"), one.trusted ? null : tag(say("untrusted"), "alert")),
    make(
      "dl", { class: "facts" }, fact(say("heardAt"), heard(one.heard_at)), fact(say("space"), one.space), fact(say("profile"), `${one.profile} @${one.version}`), fact(say("battery"), batteryFact(one)),
      fact(say("loss"), one.messages_day ? say("lossOf", { n: one.messages_day, lost: one.lost_day }) : null),
      fact(say("clockOffset"), one.clock_offset_s === null ? null : say("seconds", { n: Math.round(one.clock_offset_s) })), fact(say("rssi"), one.rssi_dbm === null ? null : `${Math.round(one.rssi_dbm)} dBm`),
    ),
    make("p", { class: "actions" }, make("a", { class: "quiet", id: "in-registry", href: `/operator/devices?device=${encodeURIComponent(one.device)}` }, say("inRegistry"))),
    behind(one),
  ];
}

function deviceCards() {
  return browse("devices", state.devices.map((one) => ({ ...one, id: one.device })), {
    line: (one) => [one.device, one.faults.length ? faultTag(one.faults[0]) : tag(say("well"), "good"), heard(one.heard_at), one.space ?? one.profile],
    details: deviceDetails, none: say("allWell"), above: deviceFilters(),
    more: state.nextDevice && (async () => { await readDevices(state.nextDevice); write(); }),
  });
}

if (state.wanted) history.replaceState(null, "", "#devices");
openPage([
  { name: "faults", read: readFaults, cards: faultCards },
  { name: "devices", read: readDevices, cards: deviceCards },
]);
