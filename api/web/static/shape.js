// Plain geometry of the inventory: boxes, middles and the kerb lines that the spaces of a segment lie along.

const METRES_A_DEGREE = 111_195;
const SHELF_M = 2.2;

function* positions(coordinates) {
  if (typeof coordinates[0] === "number") yield coordinates;
  else for (const part of coordinates) yield* positions(part);
}

/** West, south, east and north of a GeoJSON geometry. */
export function box(geometry) {
  const b = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of positions(geometry.coordinates)) {
    b[0] = Math.min(b[0], x);
    b[1] = Math.min(b[1], y);
    b[2] = Math.max(b[2], x);
    b[3] = Math.max(b[3], y);
  }
  return b;
}

/** The smallest box around several boxes. */
export const around = (boxes) =>
  boxes.reduce((a, b) => [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])]);

/** The middle of a geometry's box. */
export function middle(geometry) {
  const [west, south, east, north] = box(geometry);
  return [(west + east) / 2, (south + north) / 2];
}

/** Whether two boxes share a point. */
export const meet = (a, b) => a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3];

/** Metres between two positions, on a sphere flattened at their latitude: exact enough for sorting a city. */
export function metres([x1, y1], [x2, y2]) {
  const dx = (x2 - x1) * Math.cos(((y1 + y2) / 2) * (Math.PI / 180));
  return Math.hypot(dx, y2 - y1) * METRES_A_DEGREE;
}

/** The kerb lines of spaces: per segment one line through the middles of its spaces, ordered along its longer side. */
export function kerbLines(spaces) {
  const bySegment = Map.groupBy(spaces.filter((space) => space.segment), (space) => space.segment);
  const lines = [];
  for (const [segment, members] of bySegment) {
    const points = members.map((space) => middle(space.geometry));
    const [west, south, east, north] = around(points.map(([x, y]) => [x, y, x, y]));
    const axis = east - west > north - south ? 0 : 1;
    if (points.length > 1) lines.push({ segment, coordinates: points.toSorted((a, b) => a[axis] - b[axis]) });
  }
  return lines;
}

/** Each space with the position of its icon; spaces of a garage that lie above each other are drawn like shelves. */
export function unstacked(spaces) {
  const below = new Map();
  return spaces.map((space) => {
    const [x, y] = middle(space.geometry);
    const key = `${x} ${y}`;
    const level = below.get(key) ?? 0;
    below.set(key, level + 1);
    return [space, [x, y + (level * SHELF_M) / METRES_A_DEGREE]];
  });
}
