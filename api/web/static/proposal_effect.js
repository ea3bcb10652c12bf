// What came of published prices: the verdict with its figures, price by price, and the way back.

import "./words_proposals.js";
import { ask } from "./ask.js";
import { make } from "./dom.js";
import { yuan } from "./money.js";
import { may, orderForm, reasonField } from "./operator_page.js";
import { fact, stamp, table, tag } from "./sheet.js";
import { bandOf, keyOf, share } from "./proposal_cells.js";
import { locale, say } from "./words.js";

const KINDS = { as_expected: "good", too_early: "", no_detectable_response: "alert", oscillating: "alert", worse: "alert" };
const path = (id, deed) => `/v1/operator/proposals/${encodeURIComponent(id)}/${deed}`;
const known = (value) => (value === null ? "–" : share(value));

/** What was measured under its prices and when it is judged; null of what is not published. */
export async function readEffect(proposal) {
  return proposal?.state === "published" ? ask("GET", path(proposal.id, "effect")) : null;
}

function effectRow(cell, before) {
  const price = (amount) => yuan(Math.round((amount * before.unit_minutes) / 60));
  const name = locale() === "en-GB" ? before.zone_name_en || before.zone_name : before.zone_name;
  return make(
    "tr", {},
    make("td", {}, name, make("small", {}, say(cell.kind))), make("td", { class: "band" }, bandOf(cell)),
    make("td", { class: "figure" }, `${price(cell.price_before)} → ${price(cell.price_after)}`),
    make("td", { class: "figure" }, `${share(cell.occupancy_before)} → ${known(cell.occupancy_after)}`),
    make("td", { class: "figure" }, `${share(cell.expected_low)} – ${share(cell.expected_high)}`),
  );
}

function found(proposal, check) {
  const cells = new Map(proposal.cells.map((cell) => [keyOf(cell), cell]));
  const moved = check.cells.filter((cell) => cell.price_before !== cell.price_after);
  const figures = ["price", "occupancy", "expected"];
  const heads = ["zone", "band", ...figures].map((key) => [say(key), figures.includes(key) ? "figure" : ""]);
  const elasticity = check.response === null ? null : `${check.response.toFixed(2)} (${check.response_low.toFixed(2)} … ${check.response_high.toFixed(2)})`;
  return [
    make("p", { class: "tags" }, tag(say(`verdict_${check.verdict}`), KINDS[check.verdict]), check.is_over ? null : tag(say("stillMeasuring"))),
    make("p", { id: "verdict" }, locale() === "en-GB" ? check.reason_en : check.reason),
    make(
      "dl", { class: "facts" },
      fact(say("period"), `${stamp(check.since)} – ${stamp(check.until)}`), fact(say("inBand"), `${share(check.in_band_before)} → ${share(check.in_band_now)}`),
      fact(say("crowded"), check.crowded_now === null ? null : `${known(check.crowded_before)} → ${share(check.crowded_now)}`), fact(say("response"), elasticity),
    ),
    table("effect", heads, moved.map((cell) => effectRow(cell, cells.get(keyOf(cell))))),
  ];
}

/** `made` takes the proposal of the former prices. */
export function effectCard(proposal, effect, made) {
  if (!effect) return null;
  const { check } = effect;
  const back = async ({ reason }) => made(await ask("POST", path(proposal.id, "go-back"), { body: { reason } }));
  return make(
    "div", { class: "step" },
    make("h3", {}, say("effectHead")),
    check ? found(proposal, check) : make("p", { class: "soft", id: "verdict" }, say("noEffectYet")),
    check?.is_over ? null : make("p", { id: "judged-at" }, say("judgedAt", { at: stamp(effect.judged_at) })),
    check && may("operator", "approver") ? orderForm("go-back", [reasonField()], back, { heading: say("goBack"), note: say("goBackWhy"), buttons: [["go-back", say("goBack"), "quiet"]] }) : null,
  );
}
