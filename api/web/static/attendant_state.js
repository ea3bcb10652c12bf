// What the attendant's page shows at the moment, and how a part of it changes. What outlives the page is in attendant_seen.js.

import { allDeeds } from "./attendant_store.js";
import { seen } from "./attendant_seen.js";

const nothing = () => ({
  districts: [], words: "", found: null, chosen: null, bill: null, slip: null, closed: null, reporting: null, pictures: new Map(), mode: "",
});
export const state = { isKnown: false, isLoggedOut: false, isOffline: false, deeds: [], ...nothing() };
let draw = () => {};

export const onDraw = (work) => { draw = work; };
export const redraw = () => draw();

/** Nothing of it is another person's business. */
export const clear = () => Object.assign(state, nothing());

/** Change what is shown. */
export const turnTo = (change) => {
  Object.assign(state, change);
  draw();
};
export const turn = (change) => () => turnTo(change);

/** Read the deeds anew: somebody has done one, or one was delivered. */
export async function readDeeds() {
  state.deeds = await allDeeds();
}

/** Who works with the page; what a login has left behind is still there, but nobody's. */
export const person = () => (state.isLoggedOut ? null : seen.person);

const own = (deed) => deed.by === person()?.name;
export const ownDeeds = () => state.deeds.filter(own);
export const waiting = () => ownDeeds().filter((deed) => deed.state === "waiting");
export const refused = () => ownDeeds().filter((deed) => deed.state === "refused");
/** Deeds of somebody who has to log in here for them. */
export const foreign = () => state.deeds.filter((deed) => !own(deed) && deed.state !== "done");
/** What this phone has done about a stay. */
export const deedsAbout = (session, what) => ownDeeds().filter((deed) => deed.stay === session && deed.what === what && deed.state !== "refused");
/** Cash of the shift that the service has not booked yet. */
export const waitingCash = () => waiting().filter((deed) => deed.what === "cash").reduce((sum, deed) => sum + deed.body.amount.amount, 0);
