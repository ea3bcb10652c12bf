// What is known of the response to prices: the estimate in use with its tests, or why the prior stands; and the lottery of a proposal.

import "./words_demand.js";
import { ask } from "./ask.js";
import { make } from "./dom.js";
import { columns } from "./operator_page.js";
import { fact, moment, tag } from "./sheet.js";
import { locale, say } from "./words.js";

const isEnglish = () => locale() === "en-GB";
const number = (value) => value.toFixed(2);
const percent = (value) => `${(value * 100).toFixed(1)} %`;
const between = (one) => [number(one.mean), make("small", {}, `${number(one.low_80)} … ${number(one.high_80)}`)];
/** `kerb 07:00-19:00` in the reader's words. */
const placeAndBand = (band) => {
  const [kind, hours] = band.split(" ");
  return [say(kind), make("small", {}, hours === "00:00-00:00" ? say("allDay") : hours)];
};

export const readEstimates = () => ask("GET", "/v1/operator/estimates?limit=1");

function test(found, words) {
  if (!found) return null;
  const told = found.found === null ? say("notMade") : say(words, { found: percent(found.found), limit: percent(found.limit) });
  return [tag(say(found.passes ? "passed" : "failed"), found.passes ? "good" : "alert"), " ", told];
}

/** Of the whole city, whichever proposal is open. */
export function estimateCard(known) {
  const { standing, prior } = known;
  const groups = standing.source === "experiment" ? standing.groups : [];
  return make(
    "div", { class: "step", id: "estimate", "data-source": standing.source },
    make("h3", {}, say("estimateHead")),
    make("p", {}, isEnglish() ? standing.said_en : standing.said),
    make("p", { class: "soft" }, say("elasticityIs")),
    make(
      "dl", { class: "facts" },
      fact(say("believedPrior"), `${number(prior.mean)} (${number(prior.low_80)} … ${number(prior.high_80)})`),
      fact(say("nearbyResponse"), standing.neighbours.source === "experiment" ? `${number(standing.neighbours.mean)} (${number(standing.neighbours.low_80)} … ${number(standing.neighbours.high_80)})` : null),
      fact(say("lotteriesHeld"), String(standing.waves)), fact(say("estimatedAt"), standing.made_at && moment(standing.made_at)),
      fact(say("placeboTest"), test(standing.placebo, "placeboFound")), fact(say("preTrendTest"), test(standing.pre_trend, "preTrendFound")),
    ),
    groups.length ? columns("groups", groups, [
      { head: say("classHead"), cell: (one) => say("areaClass", { c: one.area_class }) },
      { head: say("band"), cell: (one) => placeAndBand(one.band) },
      { head: say("elasticity80"), figure: true, cell: (one) => between(one.own) },
      { head: say("movesMeasured"), figure: true, cell: (one) => String(one.own.changes) },
    ]) : null,
  );
}

/** Which moves wait for the next review, by lot; null where all take effect at once. */
export function lotteryNote(proposal) {
  const { lottery } = proposal;
  if (!lottery) return null;
  const words = lottery.called_off ? say("lotteryCalledOff") : say("lotteryHeld", { now: lottery.now.length, waiting: lottery.waiting.length, seed: lottery.seed });
  return make("p", { class: "soft", id: "lottery" }, words);
}
