// Deeds: a plate, cash, a picture, a report. Each is written down on the phone first, under an id made here, and told to
// the service in the order in which it was done, as often as it takes: the service does what has one id once.

import { Refusal, ask } from "./ask.js";
import { allDeeds, deedOf, dropDeed, writeDeed } from "./attendant_store.js";

let running = null;
let live = null;

const hex = (number, digits) => number.toString(16).padStart(digits, "0");

/** Time first, then 128 bits of chance. The id of a deed with cash is its receipt's as well, so nobody can guess it. */
const newId = () => hex(Date.now(), 12) + [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => hex(byte, 2)).join("");

/** Whether nobody can say yet what became of what was asked; the same may be asked again. */
export const isUnreached = ({ code, status }) => code === "offline" || status >= 500 || status === 408 || status === 429;
const needsLogin = ({ code, status }) => status === 401 || code === "csrf_invalid";

/** Write a deed down; it is safe from here on. `deed` has `by`, `what`, `at`, `space`, `path`, `body`. */
export async function add(deed) {
  const whole = { id: newId(), state: "waiting", problem: null, answer: null, ...deed };
  whole.number = await writeDeed(whole);
  return whole;
}

/** Tell the service all that waits of this person, one after the other. Throws `Refusal` when it cannot be told now. */
export function deliver(name) {
  running ??= run(name).finally(() => { running = null; });
  return running;
}

/** The same while the doer waits for the answer to this deed; answers the deed as it is then. */
export async function deliverNow(deed) {
  await running?.catch(() => {});
  live = deed.number;
  try {
    await deliver(deed.by);
  } catch (problem) {
    if (!(problem instanceof Refusal && (isUnreached(problem) || needsLogin(problem)))) throw problem;
  } finally {
    live = null;
  }
  return deedOf(deed.number);
}

/** A refused deed is tried once more: what was wrong may have been set right. */
export const tryAgain = (deed) => writeDeed({ ...deed, state: "waiting", problem: null });
export const drop = (deed) => dropDeed(deed.number);

/** Forget what was done and needs nobody any more: told plates and reports, and the rest of earlier shifts. */
export async function tidy(shift) {
  for (const deed of await allDeeds()) {
    const isOver = deed.what === "cash" && deed.answer?.over.amount > 0;
    const isTold = deed.what === "plate" || deed.what === "report" || deed.shift !== shift;
    if (deed.state === "done" && isTold && !isOver) await dropDeed(deed.number);
  }
}

async function run(name) {
  const stuck = new Set();
  for (;;) {
    const all = await allDeeds();
    const deed = all.find((one) => one.by === name && one.state === "waiting" && !stuck.has(one.id) && !one.pictures?.some((id) => stuck.has(id)));
    if (!deed) return;
    try {
      const answer = await send(deed, all);
      // What was told is not kept: it may be a plate or a picture.
      await writeDeed({ ...deed, state: "done", body: null, answer });
    } catch (problem) {
      if (!(problem instanceof Refusal) || needsLogin(problem)) throw problem;
      if (problem.status === 500) {
        // A defect of the service with this one deed: it waits, and what comes after it does not wait for it.
        stuck.add(deed.id);
        continue;
      }
      if (isUnreached(problem)) throw problem;
      await writeDeed({ ...deed, state: "refused", problem: { code: problem.code, detail: problem.message } });
    }
  }
}

function send(deed, all) {
  return ask("POST", deed.path, { body: told(deed, all), headers: { "Idempotency-Key": deed.id } });
}

function told(deed, all) {
  // Only while the attendant and the driver wait may the service refuse a sum; later the driver has left with the slip.
  if (deed.what === "cash") return { ...deed.body, receipt: deed.id, collected: deed.number !== live };
  if (deed.what === "report") return { ...deed.body, evidence: all.filter((one) => deed.pictures.includes(one.id) && one.answer).map((one) => one.answer.id) };
  return deed.body;
}
