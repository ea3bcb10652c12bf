// Devices from the box to the word that counts: the registry, those nobody knows, tests against the truth, the retrofit.

import "./words_devices.js";
import { Refusal, ask } from "./ask.js";
import { make } from "./dom.js";
import { act, bare, browse, columns, go, may, openPage, orderForm, reasonField, stateTag, wallTime, write } from "./operator_page.js";
import { retrofitPlot } from "./retrofit_plot.js";
import { card, doing, fact, moment, quietButton, stamp, tag } from "./sheet.js";
import { ago } from "./time.js";
import { nameOf, say } from "./words.js";

const STAGES = { registered: "", installed: "alert", testing: "alert", accepted: "good", replaced: "", removed: "" };
const VERDICTS = { going_on: "alert", passed: "good", failed: "" };
const SHARES = ["least_accuracy", "most_missed", "most_false", "most_lost"];
const WHOLE = 100;
const wanted = new URLSearchParams(location.search).get("device");
const state = {
  devices: [], next: null, stage: "", begins: wanted ?? "", whole: null, profiles: [],
  held: [], nextHeld: null, tests: [], nextTest: null, ended: false, report: null,
  districts: [], weeks: [], district: null, keys: null, imported: null,
};

const keeps = () => may("operator", "admin");
const judges = () => may("approver");
const path = (id, deed = "") => `/v1/operator/devices/${encodeURIComponent(id)}${deed && `/${deed}`}`;
const testPath = (id, deed = "") => `/v1/operator/device-tests/${encodeURIComponent(id)}${deed && `/${deed}`}`;
const profileOf = (one) => `${one.vendor}/${one.model}@${one.version}`;
const percent = (share) => (share === null ? "–" : `${(share * WHOLE).toFixed(1)} %`);
const by = (actor, at) => actor && `${bare(actor)} · ${stamp(at)}`;

async function readProfiles() {
  if (!state.profiles.length) state.profiles = (await ask("GET", "/v1/operator/device-profiles")).profiles;
}

async function readDevices(cursor = "") {
  const query = new URLSearchParams({ limit: "100" });
  if (state.stage) query.set("stage", state.stage);
  if (state.begins) query.set("begins", state.begins);
  if (cursor) query.set("cursor", cursor);
  const page = await ask("GET", `/v1/operator/devices?${query}`);
  const items = page.devices.map((one) => ({ ...one, state: one.stage }));
  Object.assign(state, { devices: cursor ? [...state.devices, ...items] : items, next: page.next, whole: null, keys: null });
}

/** Those of one stage, or whose id begins so. */
function deviceFilters() {
  const option = (value) => make("option", { value, selected: value === state.stage }, value ? say(`stage_${value}`) : say("allStages"));
  const turn = (change) => (event) => act(async () => change(event.target.value.trim()));
  return [
    make("select", { id: "stage", "aria-label": say("state"), onchange: turn((value) => { state.stage = value; }) }, ["", ...Object.keys(STAGES).slice(0, -1)].map(option)),
    make("p", {}, make("input", { id: "begins", value: state.begins, placeholder: say("idBegins"), "aria-label": say("idBegins"), maxlength: 64, onchange: turn((value) => { state.begins = value; }) })),
  ];
}

const lookInto = (one) => doing(async () => {
  state.whole = await ask("GET", path(one.id));
  write();
});

function stepRow({ at, actor, deed, stage, reason, details }) {
  const told = [details.space, details.since && `${say("since")} ${stamp(details.since)}`, details.by, details.of, reason].filter(Boolean).join(" · ");
  return make("li", {}, make("em", {}, `${stamp(at)} · ${bare(actor)}`), make("b", {}, say(`deed_${deed}`)), make("span", {}, `${say(`stage_${stage}`)}${told && ` · ${told}`}`));
}

function life(one) {
  if (state.whole?.device.id !== one.id) return make("p", { class: "actions" }, quietButton(say("lookInto"), () => lookInto(one), { id: "look-into" }));
  const { watches, steps, keys, wire_id: wireId } = state.whole;
  return [
    make("dl", { class: "facts" }, fact(say("wireId"), wireId), fact(say("keysKept"), keys.length ? keys.join(", ") : null)),
    make("h3", {}, say("watches")),
    watches.length
      ? columns("watches", watches, [
        { head: say("space"), cell: (watch) => watch.space }, { head: say("since"), cell: (watch) => stamp(watch.since) },
        { head: say("validToShown"), cell: (watch) => (watch.until ? stamp(watch.until) : say("goesOn")) },
      ])
      : make("p", { class: "soft" }, say("none_here")),
    make("h3", {}, say("life")), make("ol", { class: "lines", id: "life" }, steps.map(stepRow)),
    may("admin") && keys.length ? keysForm(one) : null,
  ];
}

/** Keys are asked for with the purpose, which is written down, and stay until somebody leaves the device. */
function keysForm(one) {
  if (state.keys?.device === one.id) return Object.entries(state.keys.keys).map(([name, value]) => [make("h3", {}, name), make("code", { class: "secret" }, value)]);
  const show = (said) => ask("POST", path(one.id, "keys"), { body: said });
  const look = (event) => {
    event.preventDefault();
    const purpose = new FormData(event.target).get("purpose");
    doing(async () => {
      state.keys = await show({ purpose });
      write();
    });
  };
  return make(
    "form", { class: "step", id: "form-keys", onsubmit: look },
    make("label", { class: "whole" }, say("keysPurpose"), make("input", { name: "purpose", minlength: 3, maxlength: 500, required: true, autocomplete: "off" })),
    make("p", { class: "actions" }, make("button", { type: "submit", class: "quiet" }, say("showKeys"))),
  );
}

function deviceForms(one) {
  const isBound = one.space !== null && one.until === null;
  const order = (deed, body = (said) => said) => (said) => ask("POST", path(one.id, deed), { body: body(said) });
  const reasoned = (deed) => orderForm(deed, [reasonField()], order(deed), { note: say(`${deed}Why`), buttons: [[deed, say(deed), "quiet"]] });
  const forms = [];
  if (keeps() && !isBound && ["registered", "accepted"].includes(one.stage)) {
    const fields = [{ name: "space", label: say("space"), maxlength: 64 }, { name: "since", label: say("sinceWhen"), type: "datetime-local", required: false }];
    forms.push(orderForm("bind", fields, order("bind"), { heading: say("bind"), note: say("bindWhy"), buttons: [["bind", say("bind"), "main thin"]] }));
  }
  if (keeps() && isBound && one.stage === "installed") {
    const fields = [{ name: "reference_device", label: say("against"), required: false, maxlength: 64 }];
    forms.push(orderForm("tests", fields, order("tests"), { heading: say("startTest"), note: say("startTestWhy"), buttons: [["tests", say("startTest"), "main thin"]] }));
  }
  if (judges() && ["registered", "installed"].includes(one.stage)) forms.push(reasoned("accept"));
  if (judges() && one.stage === "accepted") forms.push(reasoned("withdraw"));
  if (isBound && ["installed", "accepted"].includes(one.stage)) {
    const fields = [{ name: "by", label: say("replaceBy"), maxlength: 64 }, ...(judges() ? [{ name: "accept", label: say("acceptAtOnce"), options: [["", say("no_")], ["yes", say("yes_")]], required: false }] : []), reasonField()];
    forms.push(orderForm("replace", fields, order("replace", ({ accept, ...said }) => ({ ...said, accept: accept === "yes" })), { heading: say("replace"), note: say("replaceWhy"), buttons: [["replace", say("replace"), "quiet"]] }));
  }
  if (keeps() && isBound && ["installed", "accepted"].includes(one.stage)) forms.push(reasoned("unbind"));
  if (keeps()) forms.push(reasoned("remove"));
  return forms;
}

function deviceDetails(one) {
  const isBound = one.space !== null && one.until === null;
  return [
    make("h2", {}, one.id), make("p", { class: "tags" }, tag(say(`stage_${one.stage}`), STAGES[one.stage]), tag(say(one.counts ? "wordCounts" : "wordWaits"), one.counts ? "good" : "")),
    make(
      "dl", { class: "facts" }, fact(say("profile"), profileOf(one)), fact(say("heartbeat"), say("seconds", { n: one.heartbeat_s })),
      fact(say("space"), isBound ? one.space : say("notBound")), fact(say("since"), isBound ? stamp(one.since) : null), fact(say("district"), one.district),
      fact(say("supplier"), one.supplier), fact(say("batch"), one.batch), fact(say("serial"), one.serial), fact(say("installedAt"), one.installed_at && stamp(one.installed_at)),
    ),
    make("p", { class: "actions" }, make("a", { class: "quiet", href: `/operator/health?device=${encodeURIComponent(one.id)}#devices` }, say("section_health"))),
    life(one),
    deviceForms(one),
  ].flat(2);
}

const deviceCards = () => browse("devices", state.devices, {
  line: (one) => [one.id, tag(say(`stage_${one.stage}`), STAGES[one.stage]), `${one.vendor} ${one.model}`, one.until === null && one.space ? one.space : say("notBound")],
  details: deviceDetails, none: say("none_here"), above: deviceFilters(), more: state.next && (async () => { await readDevices(state.next); write(); }),
});

async function readHeld(cursor = "") {
  await readProfiles();
  const page = await ask("GET", `/v1/operator/unknown-devices?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
  const items = page.devices.map((one) => ({ ...one, id: `${one.source} ${one.wire_id}` }));
  Object.assign(state, { held: cursor ? [...state.held, ...items] : items, nextHeld: page.next });
}

const profileField = () => ({ name: "profile", label: say("profile"), options: state.profiles.map((one) => [`${one.vendor}/${one.model}`, `${one.vendor} ${one.model}`]) });

function split({ profile, ...said }) {
  const [vendor, ...model] = profile.split("/");
  return { ...said, vendor, model: model.join("/") };
}

function heldDetails(one) {
  const held = (deed) => `/v1/operator/unknown-devices/${encodeURIComponent(one.wire_id)}/${deed}`;
  const fields = [profileField(), { name: "version", label: say("firmware"), required: false, maxlength: 32 }, { name: "id", label: say("ourId"), required: false, maxlength: 64 }, { name: "space", label: say("space"), required: false, maxlength: 64 }];
  return [
    make("h2", {}, one.wire_id), make("p", { class: "tags" }, tag(one.source)),
    make("dl", { class: "facts" }, fact(say("firstSeen"), stamp(one.first_seen)), fact(say("lastSeen"), ago((Date.now() - new Date(one.last_seen)) / 1000)), fact(say("frames"), String(one.frames))),
    keeps() ? orderForm("confirm", fields, (said) => ask("POST", held("confirm"), { body: split(said) }), { heading: say("confirm"), note: say("confirmWhy"), buttons: [["confirm", say("confirm"), "main thin"]] }) : null,
    keeps() ? orderForm("reject", [], () => ask("POST", held("reject"), { body: {} }), { note: say("rejectWhy"), buttons: [["reject", say("rejectDevice"), "quiet"]] }) : null,
  ];
}

const heldCards = () => browse("unknown", state.held, {
  line: (one) => [one.wire_id, tag(one.source), say("framesHeard", { n: one.frames }), moment(one.last_seen)], details: heldDetails, none: say("none_here"),
  more: state.nextHeld && (async () => { await readHeld(state.nextHeld); write(); }),
});

async function readTests(cursor = "") {
  const page = await ask("GET", `/v1/operator/device-tests?limit=100&state=${state.ended ? "ended" : "open"}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
  const items = page.tests.map((one) => ({ ...one, state: one.verdict ?? "going_on" }));
  Object.assign(state, { tests: cursor ? [...state.tests, ...items] : items, nextTest: page.next, report: null });
}

function whichTests() {
  const turn = (event) => act(async () => { state.ended = event.target.value === "ended"; });
  const option = (value, isChosen) => make("option", { value, selected: isChosen }, say(`tests_${value}`));
  return make("select", { id: "which", "aria-label": say("state"), onchange: turn }, option("going_on", !state.ended), option("ended", state.ended));
}

const seeReport = (one) => doing(async () => {
  state.report = await ask("GET", testPath(one.id));
  write();
});

const measure = (name, value) => (value === null ? "–" : SHARES.includes(name) ? percent(value) : String(Math.round(value * 10) / 10));

function figures({ findings, looks }) {
  const counted = (n, of) => (of ? `${n} / ${of}` : "–");
  const between = findings.accuracy === null ? null : `${percent(findings.accuracy)} (${percent(findings.accuracy_low)} – ${percent(findings.accuracy_high)})`;
  const met = (one) => (one.is_met === null ? "–" : tag(say(one.is_met ? "met" : "unmet"), one.is_met ? "good" : "alert"));
  const seen = (look) => make("li", {}, make("em", {}, stamp(look.at)), make("b", {}, say(look.status)), make("span", {}, look.watched ? say("wasWatched") : ""));
  return [
    columns("limits", findings.measured, [
      { head: say("figure"), cell: (one) => say(`limit_${one.name}`) }, { head: say("measured"), cell: (one) => measure(one.name, one.value), figure: true },
      { head: say("limit"), cell: (one) => measure(one.name, one.limit), figure: true }, { head: say("state"), cell: met },
    ]),
    make(
      "dl", { class: "facts", id: "findings" }, fact(say("accuracy"), between), fact(say("trials"), counted(findings.right, findings.trials)), fact(say("missedOf"), counted(findings.missed, findings.changes)),
      fact(say("falseOf"), counted(findings.false_changes, findings.device_changes)), fact(say("latency"), findings.latency_p95_s === null ? null : say("medianAndP95", { median: Math.round(findings.latency_median_s), p95: Math.round(findings.latency_p95_s) })),
      fact(say("lostOf"), findings.expected === null ? null : counted(findings.lost, findings.expected)), fact(say("longestSilence"), findings.longest_silence_s === null ? null : say("seconds", { n: findings.longest_silence_s })),
      fact(say("battery"), findings.battery_v === null ? (findings.battery_pct === null ? null : `${findings.battery_pct} %`) : `${findings.battery_v} V`), fact(say("radio"), findings.rssi_dbm === null ? null : `${findings.rssi_dbm} dBm`), fact(say("readings"), String(findings.readings)),
    ),
    looks.length ? [make("h3", {}, say("looks")), make("ol", { class: "lines long", id: "looks" }, looks.toReversed().map(seen))] : null,
    make("p", { class: "actions" }, quietButton(say("print"), () => print(), { id: "print" })),
  ];
}

/** One press says what is there now, so that whoever stands at the kerb need not type. */
function lookForm(one) {
  const take = async ({ at, watched }, status) => {
    const look = { at: at ?? new Date().toISOString(), status, watched: watched === "yes" };
    const { refused } = await ask("POST", testPath(one.id, "looks"), { body: { looks: [look] } });
    if (refused.length) throw new Refusal(0, refused[0]);
  };
  const fields = [
    { name: "at", label: say("lookAt"), type: "datetime-local", required: false },
    { name: "watched", label: say("watchedAsked"), options: [["", say("no_")], ["yes", say("yes_")]], required: false },
  ];
  return orderForm("look", fields, take, { heading: say("look"), note: say("lookWhy"), buttons: [["occupied", say("occupied"), "main thin"], ["free", say("free"), "main thin"]] });
}

function testDetails(one) {
  const isOpen = one.verdict === null;
  const fields = [{ name: "despite", label: say("despite"), options: [["", say("no_")], ["yes", say("yes_")]], required: false }, reasonField()];
  const decide = ({ despite, reason }, verdict) => ask("POST", testPath(one.id, "verdict"), { body: { verdict, reason, despite: despite === "yes" } });
  return [
    make("h2", {}, `${one.device} · ${one.space}`), make("p", { class: "tags" }, stateTag(one.state, VERDICTS), tag(one.reference === "person" ? say("againstPerson") : say("againstDevice", { id: one.reference_device }))),
    make("dl", { class: "facts" }, fact(say("startedAt"), by(one.started_by, one.started_at)), fact(say("endedAt"), by(one.ended_by, one.ended_at)), fact(say("reason"), one.reason)),
    state.report?.test.id === one.id ? figures(state.report) : make("p", { class: "actions" }, quietButton(say("seeReport"), () => seeReport(one), { id: "see-report" })),
    isOpen && one.reference === "person" ? lookForm(one) : null,
    isOpen && judges() ? orderForm("verdict", fields, decide, { heading: say("verdict"), note: say("verdictWhy"), buttons: [["passed", say("pass"), "main thin"], ["failed", say("fail"), "quiet"]] }) : null,
  ].flat(2);
}

const testCards = () => browse("tests", state.tests, {
  line: (one) => [one.device, stateTag(one.state, VERDICTS), one.space, moment(one.started_at)], details: testDetails, none: say("none_here"), above: whichTests(),
  more: state.nextTest && (async () => { await readTests(state.nextTest); write(); }),
});

async function readRetrofit() {
  const { districts, weeks } = await ask("GET", "/v1/operator/retrofit");
  Object.assign(state, { districts: districts.map((one) => ({ ...one, id: one.district })), weeks });
}

function weeksOf(one) {
  const weeks = state.weeks.filter((week) => week.district === one.district);
  if (!weeks.length) return make("p", { class: "soft" }, say("none_here"));
  const figure = (name) => ({ head: say(name), cell: (week) => week[name] ?? "–", figure: true });
  return [retrofitPlot(weeks), columns("weeks", weeks.toReversed(), [{ head: say("week"), cell: (week) => week.week }, ...["planned", "done", "planned_in_all", "done_in_all"].map(figure)])];
}

function districtDetails(one) {
  const late = one.due - one.retrofitted;
  const fields = [{ name: "week", label: say("weekMonday"), type: "date", step: 7, min: "2020-01-06" }, { name: "spaces", label: say("spacesPlanned"), type: "number", min: 0, max: 1_000_000 }];
  const plan = (said) => ask("PUT", "/v1/operator/retrofit/plan", { body: { weeks: [{ district: one.district, ...said }] } });
  return [
    make("h2", {}, nameOf(one)), make("p", { class: "tags" }, late > 0 ? tag(say("behind", { n: late }), "alert") : tag(say("onPlan"), "good")),
    make("dl", { class: "facts" }, fact(say("retrofitted"), `${one.retrofitted} / ${one.spaces} (${percent(one.share)})`), fact(say("due"), `${one.due} / ${one.planned}`)),
    weeksOf(one),
    make("p", { class: "actions" }, make("a", { class: "quiet", href: `/v1/operator/retrofit/table?district=${encodeURIComponent(one.district)}`, download: "retrofit.csv", id: "table" }, say("asCsv"))),
    keeps() ? orderForm("plan", fields, plan, { heading: say("planHeading"), note: say("planWhy"), buttons: [["plan", say("writePlan"), "quiet"]] }) : null,
  ].flat(2);
}

const retrofitCards = () => browse("retrofit", state.districts.filter((one) => one.spaces || one.planned), {
  line: (one) => [nameOf(one), tag(percent(one.share), one.retrofitted >= one.due ? "good" : "alert"), `${one.retrofitted} / ${one.spaces}`, say("dueOf", { n: one.due })],
  details: districtDetails, none: say("none_here"),
});

function importForm() {
  const send = async ({ file }) => { state.imported = await ask("POST", "/v1/operator/devices/import", { body: new Blob([await file.text()], { type: "text/csv" }) }); };
  const told = state.imported;
  return [
    orderForm("import", [{ name: "file", label: say("deviceFile"), type: "file", accept: ".csv,text/csv", isWhole: true }], send, { heading: say("importHeading"), note: say("importWhy"), buttons: [["import", say("importDevices"), "main thin"]] }),
    told ? make("p", { id: "told" }, say("importTold", { n: told.registered, bound: told.bound, refused: told.refused.length })) : null,
    told?.refused.length ? make("ol", { class: "lines" }, told.refused.map((row) => make("li", {}, make("em", {}, say("row", { n: row.index + 1 })), make("b", {}, row.code), make("span", {}, row.detail)))) : null,
  ];
}

function registerCards() {
  const text = (name, label, rest = {}) => ({ name, label: say(label), required: false, maxlength: 64, ...rest });
  const fields = [
    text("id", "ourId", { required: true }), profileField(), text("version", "firmware"), text("wire_id", "wireId"), text("space", "space"),
    text("supplier", "supplier"), text("batch", "batch"), text("serial", "serial"), { name: "installed_at", label: say("installedAt"), type: "datetime-local", required: false, max: wallTime(Date.now()) },
  ];
  const register = async (said) => {
    const made = await ask("POST", "/v1/operator/devices", { body: split(said) });
    Object.assign(state, { begins: made.id, stage: "" });
    go("devices");
  };
  return [card(...importForm()), card(orderForm("register", fields, register, { heading: say("registerDevice"), note: say("registerDeviceWhy") }))];
}

openPage([
  { name: "devices", read: readDevices, cards: deviceCards },
  { name: "unknown", read: readHeld, cards: heldCards },
  { name: "tests", read: readTests, cards: testCards, also: ["attendant"] },
  { name: "retrofit", read: readRetrofit, cards: retrofitCards },
  { name: "register", read: readProfiles, cards: registerCards, when: keeps },
]);
