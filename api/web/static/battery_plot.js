// The battery of a device over time, drawn from its daily means, with the line to the day on which it will be empty.

import { drawn } from "./dom.js";
import { locale, say } from "./words.js";

const WIDTH = 360, HEIGHT = 130, LEFT = 44, BOTTOM = 22, TOP = 8;
const DAY_MS = 86_400_000;

/** The scale from a little below the least to a little above the greatest value, so that a flat line is drawn in its middle. */
function scale(least, greatest, room) {
  const span = Math.max(greatest - least, room);
  return [least - (span - (greatest - least)) / 2 - span * 0.1, greatest + (span - (greatest - least)) / 2 + span * 0.1];
}

/** An image for screens of any width; its figures are told in words as well. */
export function batteryPlot({ unit, days, empty_on: emptyOn, a_day: slope }) {
  const times = days.map(([day]) => new Date(day).getTime());
  const values = days.map(([, value]) => value);
  const until = emptyOn ? Math.min(new Date(emptyOn).getTime(), times.at(-1) + 90 * DAY_MS) : times.at(-1);
  const last = values.at(-1) + (emptyOn ? (slope * (until - times.at(-1))) / DAY_MS : 0);
  const [low, high] = scale(Math.min(...values, last), Math.max(...values), unit === "pct" ? 10 : 0.2);
  const x = (time) => LEFT + ((time - times[0]) / Math.max(DAY_MS, until - times[0])) * (WIDTH - LEFT - 8);
  const y = (value) => TOP + ((high - value) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const text = (value) => (unit === "pct" ? `${Math.round(value)} %` : `${value.toFixed(2)} V`);
  const date = (time) => new Date(time).toLocaleDateString(locale(), { month: "short", day: "numeric" });
  const image = drawn("svg", { class: "plot", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${say("batteryTrend")}: ${text(values[0])} – ${text(values.at(-1))}`, id: "battery-plot" });
  for (const value of [Math.min(...values), Math.max(...values)]) {
    image.append(drawn("line", { x1: LEFT, x2: WIDTH - 8, y1: y(value), y2: y(value), class: "grid" }), drawn("text", { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, text(value)));
  }
  image.append(
    drawn("polyline", { class: "measured", points: values.map((value, n) => `${x(times[n])},${y(value)}`).join(" ") }),
    drawn("text", { x: LEFT, y: HEIGHT - 4 }, date(times[0])), drawn("text", { x: WIDTH - 8, y: HEIGHT - 4, "text-anchor": "end" }, emptyOn ? say("batteryEmpty", { day: date(new Date(emptyOn)) }) : date(times.at(-1))),
  );
  if (emptyOn) image.append(drawn("line", { class: "expected", x1: x(times.at(-1)), y1: y(values.at(-1)), x2: x(until), y2: y(last) }));
  return image;
}
