// Writing a tariff: a text, what is wrong in it at its line, how the board will say it, and keeping it as a draft.

import { ask } from "./ask.js";
import { make } from "./dom.js";
import { yuan } from "./money.js";
import { named } from "./operator_page.js";
import { card, doing, mainButton, quietButton, tag } from "./sheet.js";
import { locale, say } from "./words.js";

/** The wall time of the tariff, to the second: on one side of a boundary or the other. */
const wall = (instant) => instant.slice(0, 19).replace("T", " ");
const own = (zh, en) => (locale() === "en-GB" ? en : zh);

/** The text, its document and zones as they are typed; they outlive a change of the page. */
export const written = { toml: "", document: null, zones: "", checked: null };

/** The sentences of a tariff as the price board has them. */
export function boardSays(blocks) {
  return blocks.map((block) => make(
    "div", { class: "board-says" },
    make("b", {}, own(block.heading, block.heading_en)),
    make("ul", {}, own(block.rules, block.rules_en).map((rule) => make("li", {}, rule))),
  ));
}

function goToLine(line) {
  const area = document.getElementById("toml");
  const lines = written.toml.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  area.focus();
  area.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
  area.scrollTop = (area.scrollHeight / lines.length) * Math.max(0, line - 4);
}

function findingRow({ line, kind, what, detail, probes = [] }) {
  const excerpt = line ? written.toml.split("\n")[line - 1]?.trim() : null;
  const stay = (probe) => {
    const fee = probe.fee === null ? say("refusedStay", { code: probe.refusal }) : yuan(probe.fee, written.checked.currency);
    return make("small", {}, say("probe", { start: wall(probe.start), end: wall(probe.end), fee }));
  };
  return make("li", {}, make(
    "button", { type: "button", class: "finding", "data-line": line, onclick: () => line && goToLine(line) },
    make("span", { class: "tags" }, tag(say(kind), kind === "error" ? "alert" : ""), line ? tag(say("lineAt", { n: line })) : null),
    make("span", {}, what ? `${what}: ${detail}` : detail),
    excerpt ? make("code", {}, excerpt) : null,
    probes.map(stay),
  ));
}

function findingsCard() {
  const { checked } = written;
  if (!checked) return null;
  const rows = [
    ...checked.mistakes.map((one) => findingRow({ line: one.line, kind: "error", what: one.key, detail: one.says })),
    ...checked.findings.map((one) => findingRow({ line: one.line, kind: one.severity, what: one.rule ?? one.collection, detail: own(one.says, one.says_en), probes: one.probes })),
  ];
  return card(
    rows.length ? make("ol", { id: "findings" }, rows) : make("p", { class: "soft", id: "sound" }, say("sound")),
    checked.says.length ? [make("h3", {}, say("asRead")), boardSays(checked.says)] : null,
  );
}

/** The page on which a tariff is written; `again` draws it, `kept` gets the draft. */
export function editor({ documents, mayKeep, again, kept }) {
  written.document ??= documents[0]?.id ?? null;
  const type = (event) => { written.toml = event.target.value; };
  const meant = () => { written.document = documents.find((one) => written.toml.includes(`"${one.number}"`))?.id ?? written.document; };
  const check = () => doing(async () => {
    meant();
    written.checked = await ask("POST", "/v1/operator/rate-tables/validate", { body: { toml: written.toml } });
    again();
  });
  const upload = (event) => doing(async () => {
    const [file] = event.target.files;
    if (!file) return;
    Object.assign(written, { toml: await file.text(), checked: null });
    meant();
    again();
  });
  const keep = () => doing(async () => {
    const zones = named(written.zones);
    const body = { toml: written.toml, price_document: written.document, zones: zones.length ? zones : null };
    await kept(await ask("POST", "/v1/operator/rate-tables", { body }));
  });
  const text = make("textarea", { id: "toml", spellcheck: "false", autocomplete: "off", wrap: "off", oninput: type });
  text.value = written.toml;
  const options = documents.map((one) => make("option", { value: one.id, selected: one.id === written.document }, `${one.number} · ${one.authority}`));
  const zones = make("input", { id: "zones", autocomplete: "off", oninput: (event) => { written.zones = event.target.value; } });
  zones.value = written.zones;
  return [
    card(
      make("label", {}, say("text"), text),
      make(
        "div", { class: "fields step" },
        make("label", {}, say("upload"), make("input", { type: "file", id: "file", accept: ".toml,text/plain", onchange: upload })),
        mayKeep ? make("label", {}, say("chooseDocument"), make("select", { id: "document", onchange: (event) => { written.document = event.target.value; } }, options)) : null,
        mayKeep ? make("label", {}, say("zonesHint"), zones) : null,
      ),
      make("p", { class: "actions" }, quietButton(say("check"), check, { id: "check" }), mayKeep ? mainButton(say("keep"), keep, { id: "keep" }) : null),
    ),
    findingsCard(),
  ];
}
