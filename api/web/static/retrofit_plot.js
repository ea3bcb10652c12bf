// Plan against progress of a district's retrofit, week by week: what was to be done in all, and what was done in all.

import { drawn } from "./dom.js";
import { locale, say } from "./words.js";

const WIDTH = 360, HEIGHT = 150, LEFT = 44, RIGHT = 8, TOP = 8, BOTTOM = 22;

/** An image for screens of any width; the table beside it tells the same in figures. */
export function retrofitPlot(weeks) {
  const most = Math.max(1, ...weeks.map((week) => Math.max(week.planned_in_all, week.done_in_all ?? 0)));
  const x = (number) => LEFT + (number / Math.max(1, weeks.length - 1)) * (WIDTH - LEFT - RIGHT);
  const y = (value) => TOP + (1 - value / most) * (HEIGHT - TOP - BOTTOM);
  const points = (name) => weeks.map((week, number) => [number, week[name]]).filter(([, value]) => value !== null).map(([number, value]) => `${x(number)},${y(value)}`).join(" ");
  const day = (week) => new Date(week.week).toLocaleDateString(locale(), { month: "short", day: "numeric" });
  const last = weeks.findLast((week) => week.done_in_all !== null);
  const told = `${say("planned_in_all")} ${weeks.at(-1).planned_in_all} · ${say("done_in_all")} ${last?.done_in_all ?? 0}`;
  const image = drawn("svg", { class: "plot", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": told, id: "retrofit-plot" });
  for (const value of [0, most]) {
    image.append(drawn("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value), class: "grid" }), drawn("text", { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, String(value)));
  }
  image.append(
    drawn("polyline", { class: "expected", fill: "none", points: points("planned_in_all") }), drawn("polyline", { class: "measured", points: points("done_in_all") }),
    drawn("text", { x: LEFT, y: HEIGHT - 4 }, day(weeks[0])), drawn("text", { x: WIDTH - RIGHT, y: HEIGHT - 4, "text-anchor": "end" }, day(weeks.at(-1))),
  );
  return image;
}
