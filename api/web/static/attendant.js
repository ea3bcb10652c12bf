// The attendant's page: a shift, the occupied spaces (without a plate first), a plate, a picture, cash and its slip, reports,
// the count. It opens and works without a network: see attendant_seen.js (what is known) and attendant_queue.js (what is done).

import "./words_attendant.js";
import { Refusal, ask, reason } from "./ask.js";
import { loadCodes } from "./attendant_code.js";
import { deedsCard, find, listCard } from "./attendant_list.js";
import { keepPage } from "./attendant_offline.js";
import { deliver, isUnreached, tidy } from "./attendant_queue.js";
import { reportCard } from "./attendant_report.js";
import { forgetSeen, readList, readPrices, readShift, recall, remember, seen } from "./attendant_seen.js";
import { closedCard, foreignNote, leaveButton, shiftCard, shiftForm } from "./attendant_shift.js";
import { slipCard } from "./attendant_slip.js";
import { clear, deedsAbout, onDraw, person, readDeeds, redraw, state, turnTo, waiting } from "./attendant_state.js";
import { readBill, stayCards } from "./attendant_stay.js";
import { make } from "./dom.js";
import { loginForm, present } from "./login.js";
import { doing, openSheet, show, tell } from "./sheet.js";
import { say } from "./words.js";

const AGAIN_MS = 10_000;
const ROLES = ["attendant"];

const isAway = (problem) => problem instanceof Refusal && isUnreached(problem);

/** Do it if the service can be reached; what is known stays when it cannot. */
async function reaching(work) {
  try {
    await work();
    state.isOffline = false;
  } catch (problem) {
    if (!isAway(problem)) throw problem;
    state.isOffline = true;
  }
}

/** Tell what waits, then read what is new; `isQuiet` leaves the page as it is. */
async function look({ isQuiet = false } = {}) {
  await reaching(async () => {
    if (!state.isKnown && !(await recognise())) return;
    await deliver(seen.person.name);
    await readShift();
    await tidy(seen.shift?.id);
    if (seen.shift) {
      await readList();
      if (state.words) await find(state.words);
      readAhead();
    } else if (seen.person.district === null) {
      state.districts = (await ask("GET", "/v1/districts?limit=500")).districts;
    }
    await remember();
  });
  await readDeeds();
  if (!isQuiet || !person()) redraw();
}

let ahead = null;

/** Prices are for the time without a network: nobody waits for them, and what fails is asked again with the next list. */
function readAhead() {
  ahead ??= readPrices().then(remember).catch(() => {}).finally(() => { ahead = null; });
}

/** Whether the service knows who works here; it does not when the login has ended, or somebody else has logged in. */
async function recognise() {
  const found = await present(ROLES);
  if (found) await welcome(found);
  Object.assign(state, { isKnown: found !== null, isLoggedOut: found === null });
  return found !== null;
}

async function welcome({ name, role, district }) {
  if (seen.person && seen.person.name !== name) {
    await forgetSeen();
    clear();
  }
  seen.person = { name, role, district };
  // Some browsers ask the person; nobody waits for that.
  navigator.storage?.persist?.();
}

async function entered(found) {
  await welcome(found);
  Object.assign(state, { isKnown: true, isLoggedOut: false });
  await look();
}

async function choose(session) {
  const stay = session === null ? null : (state.found?.spaces ?? []).concat(seen.list.spaces).find((one) => one.session === session);
  Object.assign(state, { chosen: stay, bill: null, slip: null, mode: "" });
  // What waits may change what is owed: until it is told, the service's answer would be about another car.
  if (stay && !deedsAbout(session, "plate").length && !deedsAbout(session, "cash").length) await reaching(readBill);
  await look();
  scrollTo(0, 0);
}

/** After a payment the list is whole again: what was searched for is done. */
async function next() {
  Object.assign(state, { words: "", found: null });
  await choose(null);
}

function write() {
  document.getElementById("who").textContent = person()?.name ?? "";
  if (!person()) {
    if (state.isOffline) return show(make("p", { class: "banner" }, say("firstOffline")));
    loginForm(ROLES, entered);
    return document.getElementById("main").prepend(...foreignNote());
  }
  if (state.closed) return show(closedCard(look));
  if (!seen.shift) return show(foreignNote(), shiftForm(look), deedsCardOrNone(), leaveButton());
  if (state.slip) return show(slipCard(state.slip, next));
  if (state.reporting) return show(reportCard(look));
  if (state.chosen) return show(stayCards(() => choose(null), look));
  return show(foreignNote(), shiftCard(), deedsCard(), listCard(choose), waiting().length || !state.isOffline ? leaveButton() : null);
}

const deedsCardOrNone = () => (seen.list ? deedsCard() : null);

/** Nothing is drawn under the fingers of somebody who types or decides. */
const isBusy = () => document.activeElement?.tagName === "INPUT" || state.chosen || state.slip || state.reporting || state.closed || state.mode !== "";

async function again() {
  if (document.hidden || (!person() && !state.isOffline)) return;
  try {
    await look({ isQuiet: Boolean(isBusy() || !seen.shift) });
  } catch (problem) {
    if (problem.code === "login_required") turnTo({ isKnown: false, isLoggedOut: true });
    tell(reason(problem));
  }
}

async function open() {
  await recall();
  await readDeeds();
  await reaching(recognise);
  if (person()) await look();
  else redraw();
}

/** Without storage or a worker the page still does all that needs no memory. */
const keepAll = async () => {
  try {
    await loadCodes();
    await keepPage();
  } catch (problem) {
    console.warn("the page will not open without a network", problem);
  }
};

let isOpen = false;
onDraw(write);
openSheet(() => isOpen && write());
doing(async () => {
  try {
    await open();
  } finally {
    isOpen = true;
  }
});
keepAll();
setInterval(again, AGAIN_MS);
addEventListener("online", again);
document.addEventListener("visibilitychange", again);
document.head.append(make("link", { rel: "stylesheet", href: new URL("./attendant.css", import.meta.url) }));
