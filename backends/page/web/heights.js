// Where boxes stand along the ranks: `y` of the middle; `head` and `foot`, between which no line
// that passes or ends here may go to the side.

const NARROW = 150; // boxes in a part, from which on it is not tried to stand them closer

/** Room for a line that goes so far to the side. */
const turnRoom = (far) => Math.min(56, 16 + 0.16 * far);

const isRound = (box) => !box.port && box.part.form === "circle" && box.w <= 2 * RADIUS;

/** Each rank a band of its own, as high as its highest box; the whole height. */
function inBands(rows, edges) {
  const border = (r) => rows[r][0]?.h === STRIP && rows[r][0].port // a line is long enough there
    || rows[r + 1]?.[0]?.port || rows[r + 1]?.some((box) => box.jog); // or needs no arrowhead
  const least = (r) => (across ? 24 : border(r) ? 6 : GAP);
  const gaps = rows.map((row, r) => Math.max(least(r), ...row.map((box) => box.below || 0)));
  const turns = rows.map(() => 0);
  for (const { a, b, stops, leaves, enters, lane, edge } of edges) {
    const xs = lane ? [] : [a.x + leaves, ...stops.map((stop) => stop.x), b.x + enters];
    for (let i = 0; i + 1 < xs.length; i++) {
      turns[a.rank + i] = Math.max(turns[a.rank + i], Math.abs(xs[i + 1] - xs[i]));
    }
    if (lane) turns[a.rank] = turns[b.rank - 1] = 200;
    if (edge.word) gaps[b.rank - 1] = Math.max(gaps[b.rank - 1], across ? 60 : 34);
  }
  for (const box of rows.flat()) {
    box.turn = Math.max(0, ...box.down.map(({ to, shift }) => Math.abs(box.x + shift - to.x)));
    box.stub = box.below && box.turn > 0.5 ? (across ? box.below - 8 : 14) : 0; // beside its word
  }
  for (const edge of edges) if (edge.lane) edge.lane = edge.lane.map((rank) => rows[rank][0]);
  let y = 0, depth = 0;
  rows.forEach((row, r) => {
    depth = y + Math.max(0, ...row.map((box) => box.h));
    for (const box of row) Object.assign(box, { y: (y + depth) / 2, head: y, foot: depth });
    const turning = turns[r] > 0.5 ? turnRoom(turns[r]) : 0;
    y = depth + Math.max(gaps[r], turning + Math.max(...row.map(({ stub }) => stub)));
  });
  return depth;
}

/** Each box as high up as what it reads and what is above it allow; null where that would not be
 *  lower than bands, or lines would run through boxes. */
function closer(rows, edges, depth) {
  const all = rows.flat(), boxes = all.filter((box) => !box.bend && !box.port);
  const uneven = rows.some((row) => row.length > 1 && row.some((box) => box.inside));
  if (!uneven || boxes.length > NARROW || edges.some(({ lane }) => lane)) return null;
  const before = all.map(({ y, head, foot }) => ({ y, head, foot }));
  const undo = () => {
    all.forEach((box, i) => Object.assign(box, before[i]));
    return null;
  };
  let least = 0;
  for (const row of rows) {
    for (const box of row) {
      const top = box.last ? least : highest(box, boxes);
      Object.assign(box, { y: top + box.h / 2, head: top, foot: top + box.h });
    }
    for (const box of row) least = Math.max(least, box.foot + (box.below || GAP));
  }
  const now = Math.max(...all.map((box) => box.foot));
  if (now > depth - 15) return undo();
  return edges.every((edge) => isFree(edge, rows, boxes)) ? now : undo();
}

/** How far up a box can go: under what it reads, and under all that stands over it. */
function highest(box, boxes) {
  let top = 0;
  const word = box.ins?.some(({ edge }) => edge.word) ? (across ? 60 : 34) : 0;
  for (const { to } of box.up) {
    const turn = to.turn > 0.5 ? to.stub + turnRoom(to.turn) : 0;
    top = Math.max(top, to.foot + Math.max(to.below || (across ? 24 : GAP), turn, word));
  }
  for (const other of boxes) {
    if (other.rank >= box.rank) continue;
    const beside = other.x - other.left >= box.x + box.right + 4
      || other.x + other.right <= box.x - box.left - 4;
    if (!beside) top = Math.max(top, other.foot + (other.below || APART));
  }
  return top;
}

/** The stretches of an edge along the ranks: [place across, from, to]. Where there is more way
 *  down than a turn takes, it turns early or late, as boxes allow. */
function stretches({ a, b, stops, leaves, enters, lane: ranks }, lane, end, boxes) {
  const from = a.first && a.port ? a.head : a.y + a.h / 2;
  const to = b.last && b.port ? end : b.y - b.h / 2;
  const found = [[a.x + leaves, from, Math.max(from, a.foot) + a.stub]];
  if (ranks) found.push([lane, ranks[0].head, ranks[1].foot]);
  for (const stop of stops) found.push([stop.x, stop.head, stop.foot]);
  found.push([b.x + enters, Math.min(to, b.head), to]);
  for (let i = 0; i + 1 < found.length; i++) {
    const [one, other] = [found[i], found[i + 1]];
    const need = turnRoom(Math.abs(one[0] - other[0]));
    if (!boxes || other[1] - one[2] <= 1.3 * need) continue;
    const late = [one[0], one[2], one[0], other[1] - need];
    if (meets(late, boxes, a, b)) other[1] = one[2] + need;
    else one[2] = other[1] - need;
  }
  return found;
}

const meets = ([x0, y0, x1, y1], boxes, a, b) => boxes.some((box) => box !== a && box !== b
  && Math.max(x0, x1) > box.x - box.w / 2 - 3 && Math.min(x0, x1) < box.x + box.w / 2 + 3
  && y1 > box.y - box.h / 2 && y0 < box.y + box.h / 2);

/** Whether an edge, and the words at its start, keep clear of all boxes. */
function isFree(edge, rows, boxes) {
  const { a, b } = edge;
  const ways = stretches(edge, 0, b.y, boxes);
  const pieces = ways.map(([x, from, to]) => [x, from, x, to]);
  for (let i = 0; i + 1 < ways.length; i++) {
    const [[x0, , from], [x1, to]] = [ways[i], ways[i + 1]];
    if (i + 2 < ways.length || !besideOf(edge, rows)) pieces.push([x0, from, x1, to]);
    else pieces.push([x0, from, x0, b.y], [x0, b.y - 4, x1, b.y + 4]);
  }
  if (a.below) pieces.push([a.x, a.foot, a.x + a.right, a.foot + (across ? a.below : 16)]);
  return pieces.every((piece) => !meets(piece, boxes, a, b));
}
