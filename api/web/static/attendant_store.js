// What the phone keeps when the page is closed: what was last seen, and every deed until the service has it.

import { Refusal } from "./ask.js";

const NAME = "parking.attendant";
let opening = null;

function opened() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("kept");
      request.result.createObjectStore("deeds", { keyPath: "number", autoIncrement: true });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opening;
}

/** One request in a transaction of its own; a deed is answered when it is on the disk. */
async function within(store, mode, work) {
  try {
    const transaction = (await opened()).transaction(store, mode, { durability: store === "deeds" ? "strict" : "relaxed" });
    const request = work(transaction.objectStore(store));
    return await new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  } catch {
    throw new Refusal(0, { code: "phone_full" });
  }
}

const read = (store, work) => within(store, "readonly", work);
const change = (store, work) => within(store, "readwrite", work);

export const kept = (name) => read("kept", (store) => store.get(name));
export const keep = (name, value) => change("kept", (store) => store.put(value, name));
export const forget = (name) => change("kept", (store) => store.delete(name));

/** Every deed on this phone, in the order in which they were done. */
export const allDeeds = () => read("deeds", (store) => store.getAll());
export const deedOf = (number) => read("deeds", (store) => store.get(number));
/** Write a deed down, a new one under the next number; answers the number. */
export const writeDeed = (deed) => change("deeds", (store) => store.put(deed));
export const dropDeed = (number) => change("deeds", (store) => store.delete(number));
