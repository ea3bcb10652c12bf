// Faults and misuse, as they are seen at the kerb: what, where, in a few words, with a picture when there is one.

import { camera, form, submit } from "./attendant_forms.js";
import { shrunk } from "./attendant_picture.js";
import { add } from "./attendant_queue.js";
import { instant, seen } from "./attendant_seen.js";
import { refused, state, turn, turnTo } from "./attendant_state.js";
import { make } from "./dom.js";
import { card, quietButton, tell } from "./sheet.js";
import { say } from "./words.js";

const KINDS = ["device_fault_report", "sign_missing_report", "blocked_space_report", "misuse_report"];

/** Where pictures of a stay or of a place go. */
export const picturePath = (session, space, at) => {
  const query = `captured_at=${encodeURIComponent(at)}`;
  return session ? `/v1/attendant/sessions/${encodeURIComponent(session)}/evidence?${query}` : `/v1/attendant/evidence?${query}&space=${encodeURIComponent(space)}`;
};

/** `deliver` tells the service what waits, as far as it can be reached. */
export function reportCard(deliver) {
  const { space, session, picture } = state.reporting;
  const send = async (element) => {
    const typed = new FormData(element);
    const place = typed.get("space").trim();
    const at = instant();
    const deed = { by: seen.person.name, at, stay: session, space: place, shift: seen.shift?.id };
    const pictures = [];
    if (picture) {
      pictures.push((await add({ ...deed, what: "picture", path: picturePath(session, place, at), body: picture })).id);
    }
    const body = { kind: typed.get("kind"), space: place, session, words: typed.get("words").trim(), seen_at: at };
    const { number } = await add({ ...deed, what: "report", path: "/v1/attendant/reports", body, pictures });
    turnTo({ reporting: null });
    await deliver();
    if (!refused().some((one) => one.number === number)) tell(say(state.isOffline ? "reportKept" : "reported"));
  };
  const photograph = async (file) => {
    const fields = document.querySelector("#report-form");
    const typed = Object.fromEntries(new FormData(fields));
    turnTo({ reporting: { ...state.reporting, ...typed, picture: await shrunk(file) } });
  };
  const options = KINDS.map((kind) => make("option", { value: kind, selected: kind === state.reporting.kind }, say(kind)));
  const element = form(
    send,
    make("h2", {}, say("report")),
    make("label", {}, say("reportKind"), make("select", { name: "kind" }, options)),
    make("label", {}, say("space"), make("input", { name: "space", required: true, readonly: session !== null, value: space, autocomplete: "off" })),
    make("label", {}, say("reportWords"), make("input", { name: "words", maxlength: 300, autocomplete: "off", value: state.reporting.words ?? "" })),
    picture ? make("img", { class: "picture", src: URL.createObjectURL(picture), alt: say("deed_picture") }) : null,
    make("p", { class: "actions" }, camera(say("takePicture"), photograph, { id: "report-picture" })),
    make("p", { class: "actions" }, quietButton(say("cancel"), turn({ reporting: null })), submit("sendReport")),
  );
  element.id = "report-form";
  return card(element);
}
