// Events that the city announces, coming ones and past ones: days on which forecasts do not look back at ordinary days.

import "./words_events.js";
import { ask } from "./ask.js";
import { make } from "./dom.js";
import { bare, browse, dayAgo, may, me, orderForm, remember } from "./operator_page.js";
import { card, fact, stamp, tag } from "./sheet.js";
import { locale, nameOf, say } from "./words.js";

const PATH = "/v1/operator/announced-events";
const DAY_MS = 86_400_000;
/** Forecasts look back at so many days. */
const LOOK_BACK = 26 * 7;
const KINDS = { present: "good", coming: "alert", past: "" };
/** `draft` is what was typed and refused: a page that is drawn anew keeps it. */
const state = { events: [], zones: new Map(), draft: {} };

const dayOf = (text) => new Date(`${text}T00:00:00Z`);
const written = (date) => date.toISOString().slice(0, 10);
const moved = (text, days) => written(new Date(dayOf(text).getTime() + days * DAY_MS));
const lastDay = (one) => moved(one.until, -1);

function standing(one) {
  const today = dayAgo();
  if (one.until <= today) return "past";
  return one.from > today ? "coming" : "present";
}

/** What is to come stands first, in its order; what is over below, the latest first. */
function inOrder(events) {
  const past = events.filter((one) => standing(one) === "past").sort((one, other) => other.until.localeCompare(one.until));
  return [...events.filter((one) => standing(one) !== "past"), ...past];
}

async function allZones() {
  const zones = [];
  for (let cursor = ""; cursor !== null; ) {
    const page = await ask("GET", `/v1/zones?limit=500${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    zones.push(...page.zones);
    cursor = page.next ?? null;
  }
  return zones;
}

export async function readEvents() {
  const [{ events }, zones] = await Promise.all([ask("GET", PATH), state.zones.size ? [...state.zones.values()] : allZones()]);
  Object.assign(state, { events: inOrder(events), zones: new Map(zones.map((zone) => [zone.id, zone])) });
}

/** "5–7 June 2026": people name the last day, the service the first one after it. */
const daysOf = (one) => new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeZone: "UTC" }).formatRange(dayOf(one.from), dayOf(lastDay(one)));
const zoneName = (id) => (state.zones.has(id) ? `${nameOf(state.zones.get(id))} (${id})` : id);
const whereOf = (one) => (one.zones === null ? say("wholeCity") : one.zones.map(zoneName).join(say("comma")));
const standingTag = (one) => tag(say(`event_${standing(one)}`), KINDS[standing(one)]);

/** Days of its name before today at which its forecasts can look back: of its zones, the one that has fewest. */
function earlierDays(event) {
  const first = dayAgo(LOOK_BACK), today = dayAgo();
  const named = state.events.filter((one) => one.name === event.name);
  const daysIn = (zone) => {
    const days = new Set();
    for (const one of named.filter(({ zones }) => zones === null || zones.includes(zone))) {
      for (let day = one.from < first ? first : one.from; day < one.until && day < today; day = moved(day, 1)) days.add(day);
    }
    return days.size;
  };
  return Math.min(...(event.zones ?? [null]).map(daysIn));
}

function learntFrom(one) {
  if (standing(one) === "past") return make("p", { class: "soft" }, say("eventLearnt"));
  const days = earlierDays(one);
  return days ? make("p", { class: "soft" }, say("eventLooksBack", { n: days })) : make("p", { class: "banner", id: "no-earlier" }, say("eventWithoutEarlier"));
}

/** Only what is wholly of one's district is one's to take back. */
const isOnes = (one) => may("operator", "approver") && (me().district === null || (one.zones?.every((zone) => state.zones.get(zone)?.district === me().district) ?? false));

/** Opened first and confirmed then: nobody takes an event back by one slip. */
function withdrawPart(one) {
  if (!isOnes(one)) return null;
  const withdraw = () => ask("POST", `${PATH}/${one.id}/withdraw`, { body: {} });
  return make(
    "details", { class: "step", id: "withdraw" }, make("summary", {}, say("withdrawEvent")),
    orderForm("withdraw-event", [], withdraw, { note: say("withdrawEventWhy"), buttons: [["withdraw-event", say("withdraw-event", { name: one.name }), "quiet"]] }),
  );
}

function details(one) {
  return [
    make("h2", {}, one.name), make("p", { class: "tags" }, standingTag(one)),
    make("dl", { class: "facts" }, fact(say("eventDays"), daysOf(one)), fact(say("eventZones"), whereOf(one)), fact(say("announcedBy"), bare(one.announced_by)), fact(say("announcedAt"), stamp(one.announced_at))),
    learntFrom(one), withdrawPart(one),
  ];
}

function announceCard() {
  if (!may("operator", "approver")) return null;
  const { draft } = state;
  const isOfCity = me().district === null;
  const fields = [
    { name: "name", label: say("eventName"), value: draft.name, maxlength: 100, list: "event-names" },
    { name: "from", label: say("eventFirst"), type: "date", value: draft.from ?? dayAgo() }, { name: "last", label: say("eventLast"), type: "date", value: draft.last ?? dayAgo() },
    { name: "zones", label: say(isOfCity ? "zonesOrCity" : "zonesOfEvent"), type: "names", value: draft.zones?.join(", "), required: !isOfCity, isWhole: true },
  ];
  const announce = async (said) => {
    state.draft = said;
    const { last, zones, ...rest } = said;
    const { id } = await ask("POST", PATH, { body: { ...rest, until: moved(last, 1), zones: zones.length ? zones : null } });
    state.draft = {};
    remember("events", id);
  };
  const names = [...new Set(state.events.map((one) => one.name))];
  return card(
    orderForm("announce", fields, announce, { heading: say("announceEvent"), note: say("announceWhy") }),
    make("datalist", { id: "event-names" }, names.map((name) => make("option", { value: name }))),
  );
}

export const eventCards = () => [
  browse("events", state.events, {
    line: (one) => [one.name, standingTag(one), daysOf(one), one.zones === null ? say("wholeCity") : say("zonesCounted", { n: one.zones.length })],
    details,
    none: say("noEvents"),
  }),
  announceCard(),
];
