// Questions and orders to the service: JSON both ways (a file goes as it is), one kind of refusal, keys that make a
// repeated order harmless.

import { say } from "./words.js";

const PATIENCE_MS = 15_000;
const FILE_PATIENCE_MS = 60_000;
let csrf = null;

/** What the service refused, with its stable code; `code` is "offline" when it was not reached. */
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.code);
    this.status = status;
    this.code = problem.code;
    this.problem = problem;
  }
}

/** The token that every write of a person who is logged in carries. */
export const setCsrf = (token) => { csrf = token; };

/** Ask; `body` makes it a write: a `Blob`, or what becomes JSON. Throws `Refusal`. */
export async function ask(method, path, { body, headers = {} } = {}) {
  const all = { Accept: "application/json", ...headers };
  const isFile = body instanceof Blob;
  if (body !== undefined) all["Content-Type"] = isFile ? body.type : "application/json";
  if (method !== "GET" && csrf) all["X-CSRF-Token"] = csrf;
  let answer;
  try {
    answer = await fetch(path, {
      method, headers: all, body: body === undefined || isFile ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(isFile ? FILE_PATIENCE_MS : PATIENCE_MS),
    });
  } catch {
    throw new Refusal(0, { code: "offline" });
  }
  let document;
  try {
    const text = await answer.text();
    document = text.startsWith("{") ? JSON.parse(text) : {};
  } catch {
    // The network went while the answer came: nobody knows more than if none had come.
    throw new Refusal(0, { code: "offline" });
  }
  if (!answer.ok) throw new Refusal(answer.status, { code: "refused", ...document });
  return document;
}

/**
 * The key of an order, the same as long as the page is open: sending again what was not answered does nothing twice.
 * `what` names the order and what it is about.
 */
export function keyOf(what) {
  const place = `parking.key ${what}`;
  const kept = sessionStorage.getItem(place);
  if (kept) return kept;
  const key = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  sessionStorage.setItem(place, key);
  return key;
}

/** A refusal in the visitor's language, by its code, filled in with what the refusal tells; the service's own sentence where there is none. */
export function reason(refusal) {
  if (!(refusal instanceof Refusal)) throw refusal;
  const known = say(`refused_${refusal.code}`, refusal.problem);
  return known === `refused_${refusal.code}` ? refusal.message : known;
}
