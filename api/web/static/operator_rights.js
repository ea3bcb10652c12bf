// Rights of vehicles: permits, reservations, spaces shared in weekly hours, exclusions. Plates go in and masks come out.

import "./words_rights.js";
import { ask } from "./ask.js";
import { make } from "./dom.js";
import { bare, browse, may, me, newName, openPage, orderForm, reasonField, wallTime, write } from "./operator_page.js";
import { card, fact, stamp, tag } from "./sheet.js";
import { locale, say } from "./words.js";

const KINDS = ["resident", "monthly", "staff", "exempt"];
const WEEK = [1, 2, 3, 4, 5, 6, 7];
const DAYS = { everyDay: WEEK, workdays: WEEK.slice(0, 5), weekends: WEEK.slice(5) };
const A_MONDAY = Date.UTC(2024, 0, 1);
const DAY_MINUTES = 1440;
/** Of each list: its path, what its answer is called, when one has ended, and how it is ended. */
const LISTS = {
  permits: { path: "permits", items: "permits", ended: "revoked_at", end: "revoke", by: "granted_by" },
  reservations: { path: "reservations", items: "reservations", ended: "cancelled_at", end: "cancel", by: "booked_by" },
  offers: { path: "space-offers", items: "offers", ended: "withdrawn_at", end: "withdraw", by: "offered_by" },
  listings: { path: "vehicle-listings", items: "listings", ended: "lifted_at", end: "lift", by: "listed_by" },
};
const read = Object.fromEntries(Object.keys(LISTS).map((name) => [name, { items: [], next: null }]));

async function readList(name, cursor = "") {
  const { path, items } = LISTS[name];
  const page = await ask("GET", `/v1/operator/${path}?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
  read[name] = { items: cursor ? [...read[name].items, ...page[items]] : page[items], next: page.next };
}

async function more(name) {
  await readList(name, read[name].next);
  write();
}

/** Whether a right has ended, holds, or is still to come. */
function standing(name, one) {
  if (one[LISTS[name].ended]) return "ended";
  const now = new Date();
  if (one.valid_to && new Date(one.valid_to) <= now) return "expired";
  return new Date(one.valid_from) > now ? "coming" : "holds";
}

const standingTag = (name, one) => tag(say(`right_${standing(name, one)}`), { holds: "good", coming: "alert" }[standing(name, one)] ?? "");
const until = (one) => (one.valid_to ? stamp(one.valid_to) : say("noEnd"));
const span = (one) => `${stamp(one.valid_from)} – ${until(one)}`;
const plateOf = (one) => one.plate ?? say("plateErased");
const places = (one) => [...one.zones, ...one.facilities].join(", ") || say("wholeCity");

function endForm(name, one) {
  if (["ended", "expired"].includes(standing(name, one)) || !mayChange(name)) return null;
  const { path, end } = LISTS[name];
  const fields = end === "revoke" ? [reasonField()] : [];
  return orderForm(end, fields, (said) => ask("POST", `/v1/operator/${path}/${encodeURIComponent(one.id)}/${end}`, { body: said }), { buttons: [[end, say(`do_${end}`), "quiet"]], note: say(`${end}Why`) });
}

const mayChange = (name) => (name === "listings" ? may("approver") : may("operator", "approver"));

const id = (prefix) => ({ name: "id", label: say("id"), value: newName(prefix), maxlength: 64 });
const plate = () => ({ name: "plate", label: say("plate"), class: "plate", maxlength: 12, placeholder: say("plateExample") });
const validity = () => [
  { name: "valid_from", label: say("validFrom"), type: "datetime-local", value: wallTime(Date.now()) },
  { name: "valid_to", label: say("validTo"), type: "datetime-local", required: false },
];
const names = (name, required = false) => ({ name, label: say(name), type: "names", required });

/** The form by which one is added; `body` makes what the service takes of what was said. */
function addForm(name, fields, body = (said) => said) {
  const add = async (said) => {
    await ask("POST", `/v1/operator/${LISTS[name].path}`, { body: body(said) });
  };
  return mayChange(name) ? card(orderForm(`add-${name}`, fields, add, { heading: say(`add_${name}`), note: say(`${name}Why`), buttons: [[`add-${name}`, say("add"), "main thin"]] })) : null;
}

/** The list of one kind, with what each is about, and the form under it. */
function rightCards(name, { title, about, facts, form }) {
  return [
    browse(name, read[name].items, {
      line: (one) => [title(one), standingTag(name, one), about(one), span(one)],
      details: (one) => [
        make("h2", {}, title(one)), make("p", { class: "tags" }, standingTag(name, one)),
        make(
          "dl", { class: "facts" }, facts(one), fact(say("validFrom"), stamp(one.valid_from)), fact(say("validToShown"), until(one)),
          fact(say("by"), bare(one[LISTS[name].by])), fact(say("endedAt"), one[LISTS[name].ended] && stamp(one[LISTS[name].ended])), fact(say("id"), one.id),
        ),
        endForm(name, one),
      ],
      none: say("none_here"), more: read[name].next ? () => more(name) : null,
    }),
    form(),
  ];
}

const permitCards = () => rightCards("permits", {
  title: plateOf, about: (one) => `${say(`permit_${one.kind}`)} · ${places(one)}`,
  facts: (one) => [fact(say("kindOf"), say(`permit_${one.kind}`)), fact(say("exempt_class"), one.exempt_class), fact(say("proof"), one.proof), fact(say("places"), places(one))],
  form: () => addForm("permits", [
    id("permit"), plate(), { name: "kind", label: say("kindOf"), options: KINDS.map((kind) => [kind, say(`permit_${kind}`)]) },
    { name: "exempt_class", label: say("exempt_class"), required: false, maxlength: 64 }, { name: "proof", label: say("proof"), required: false, isWhole: true },
    names("zones"), names("facilities"), ...validity(),
  ]),
});

const reservationCards = () => rightCards("reservations", {
  title: plateOf, about: (one) => one.spaces.join(", "),
  facts: (one) => fact(say("spacesReserved"), one.spaces.join(", ")),
  form: () => addForm("reservations", [id("reservation"), plate(), names("spaces"), { name: "facility", label: say("facility"), required: false, maxlength: 64 }, ...validity()]),
});

const clock = (minute) => `${String(Math.floor(minute / 60) % 24).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
const weekday = (day) => new Date(A_MONDAY + (day - 1) * 86_400_000).toLocaleDateString(locale(), { weekday: "short", timeZone: "UTC" });

/** The weekly hours of a space, days of the same hours together. */
function hoursOf(one) {
  const byHours = new Map();
  for (const { weekday: day, start_minute: start, minutes } of one.hours) {
    const hours = `${clock(start)}–${minutes === DAY_MINUTES ? "24:00" : clock(start + minutes)}`;
    byHours.set(hours, [...(byHours.get(hours) ?? []), day]);
  }
  const days = (all) => (all.length === WEEK.length ? say("everyDay") : all.map(weekday).join(say("comma")));
  return [...byHours].map(([hours, all]) => `${days(all)} ${hours}`).join(" · ");
}

function offerBody({ days, from, to, ...said }) {
  const wanted = DAYS[days] ?? [Number(days)];
  return { ...said, hours: wanted.map((day) => ({ weekday: day, from, to })) };
}

const offerCards = () => rightCards("offers", {
  title: (one) => one.space, about: (one) => `${one.holder} · ${hoursOf(one)}`,
  facts: (one) => [fact(say("holder"), one.holder), fact(say("hours"), hoursOf(one))],
  form: () => addForm("offers", [
    id("offer"), { name: "space", label: say("space"), maxlength: 64 }, { name: "holder", label: say("holder"), isWhole: true },
    { name: "days", label: say("days"), options: [...Object.keys(DAYS).map((key) => [key, say(key)]), ...WEEK.map((day) => [String(day), weekday(day)])] },
    { name: "from", label: say("fromClock"), type: "time", value: "18:00" }, { name: "to", label: say("toClock"), type: "time", value: "08:00" }, ...validity(),
  ], offerBody),
});

const listingCards = () => rightCards("listings", {
  title: plateOf, about: (one) => `${one.authority} · ${one.legal_basis}`,
  facts: (one) => [fact(say("authority"), one.authority), fact(say("legal_basis"), one.legal_basis), fact(say("reason"), one.reason)],
  form: () => addForm("listings", [id("listing"), plate(), { name: "authority", label: say("authority") }, { name: "legal_basis", label: say("legal_basis"), isWhole: true }, reasonField(), ...validity()]),
});

openPage([
  { name: "permits", read: () => readList("permits"), cards: permitCards },
  { name: "reservations", read: () => readList("reservations"), cards: reservationCards },
  { name: "offers", read: () => readList("offers"), cards: offerCards },
  { name: "listings", read: () => readList("listings"), cards: listingCards, when: () => may("approver") && me().district === null },
]);
