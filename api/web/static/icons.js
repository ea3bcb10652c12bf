// How a state looks: a colour and a shape of its own, so that nobody has to tell colours apart.

const SIZE = 24;
const RATIO = 2;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

function disc(pen, radius) {
  pen.beginPath();
  pen.arc(SIZE / 2, SIZE / 2, radius, 0, 2 * Math.PI);
}

function square(pen, half, corner) {
  pen.beginPath();
  pen.roundRect(SIZE / 2 - half, SIZE / 2 - half, 2 * half, 2 * half, corner);
}

function paint(pen, fill, edge, width) {
  pen.fillStyle = fill;
  pen.fill();
  pen.lineWidth = width;
  pen.strokeStyle = edge;
  pen.stroke();
}

function mark(pen, strokes, width) {
  pen.beginPath();
  for (const [x1, y1, x2, y2] of strokes) {
    pen.moveTo(x1, y1);
    pen.lineTo(x2, y2);
  }
  pen.lineWidth = width;
  pen.lineCap = "round";
  pen.strokeStyle = colour("icon-edge");
  pen.stroke();
}

const DRAW = {
  free(pen) {
    disc(pen, 9.5);
    paint(pen, colour("free"), colour("icon-edge"), 2.2);
  },
  occupied(pen) {
    square(pen, 7.6, 2.4);
    paint(pen, colour("occupied"), colour("icon-edge"), 2);
    mark(pen, [[8.6, 12, 15.4, 12]], 2.4);
  },
  unknown(pen) {
    pen.setLineDash([3.4, 2.5]);
    disc(pen, 9);
    paint(pen, colour("unknown-fill"), colour("unknown"), 1.9);
    pen.setLineDash([]);
    pen.fillStyle = colour("unknown");
    pen.font = "700 13px system-ui, sans-serif";
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText("?", SIZE / 2, SIZE / 2 + 0.8);
  },
  restricted(pen) {
    square(pen, 8, 1.5);
    paint(pen, colour("restricted"), colour("icon-edge"), 1.8);
    mark(pen, [[8.4, 8.4, 15.6, 15.6], [15.6, 8.4, 8.4, 15.6]], 2.3);
  },
  stale(pen) {
    pen.setLineDash([2.2, 2.2]);
    disc(pen, 8);
    paint(pen, colour("stale-fill"), colour("stale"), 1.6);
  },
};

function canvas(width, height) {
  const sheet = document.createElement("canvas");
  sheet.width = width * RATIO;
  sheet.height = height * RATIO;
  const pen = sheet.getContext("2d", { willReadFrequently: true });
  pen.scale(RATIO, RATIO);
  return { sheet, pen };
}

/** Draw the icon of a state in the colours of the present theme; `image` is for the map, `sheet` for the page. */
export function icon(shown) {
  const { sheet, pen } = canvas(SIZE, SIZE);
  DRAW[shown](pen);
  return { sheet, image: pen.getImageData(0, 0, sheet.width, sheet.height), pixelRatio: RATIO };
}

/** Draw the hatching of a zone of which nothing is known at present. */
export function hatching() {
  const { sheet, pen } = canvas(8, 8);
  pen.strokeStyle = colour("stale");
  pen.lineWidth = 1.1;
  pen.beginPath();
  for (const shift of [-8, 0, 8]) {
    pen.moveTo(shift - 1, 9);
    pen.lineTo(shift + 9, -1);
  }
  pen.stroke();
  return { image: pen.getImageData(0, 0, sheet.width, sheet.height), pixelRatio: RATIO };
}

const addresses = new Map();

/** The icon of a state as an element of the page; drawn once per theme. */
export function iconElement(shown, size = 14) {
  const key = `${shown} ${colour("free")}`;
  if (!addresses.has(key)) addresses.set(key, icon(shown).sheet.toDataURL());
  const element = document.createElement("img");
  Object.assign(element, { src: addresses.get(key), width: size, height: size, alt: "", className: "icon" });
  return element;
}

/** The value of a colour of the present theme, by its name in base.css. */
export { colour };
