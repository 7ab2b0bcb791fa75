// A U: what leads to coarse maps goes down on the left, what leads back goes up on the right, and
// what skips the rest goes straight across. Values come into a part of it, and leave it, at the top.

const MIDDLE = 64; // between the arms, at least

/** Which arm each child is in, and the part below both, if there is one; null where it is no U. It
 *  turns in that part, or in the middle of what is coarsest, or else, as with a skip, after it. */
function armsOf(part) {
  const { children } = part, rows = children.map(({ row }) => row);
  const deepest = Math.max(...rows), lowest = children.filter(({ row }) => row === deepest);
  if (!deepest) return null;
  const frames = lowest.filter(isFrame), valley = frames.length === 1 ? frames[0] : null;
  const from = children.indexOf(valley ?? lowest[0]);
  const finer = rows.findIndex((row, i) => i > from && row && row < deepest);
  const to = valley ? from : rows.lastIndexOf(deepest, finer < 0 ? rows.length : finer);
  if (part === root && !valley && to + 1 === children.length) return null;
  return armsFrom(part, valley, from, (from + to) >> 1) ?? armsFrom(part, valley, from, to);
}

/** The arms where the left one ends at a child, and is at its lowest from another. */
function armsFrom(part, valley, from, to) {
  const { children } = part;
  const arm = new Map(children.map((child, i) =>
    [child, i > to ? "right" : child === valley ? "valley" : "left"]));
  const isLow = (child) => !valley && children.indexOf(child) >= from;
  const leadsOn = new Set();
  for (const { from: tail, to: head } of part.edges.values()) {
    if (head && arm.get(head) === "left") leadsOn.add(tail);
  }
  const ways = new Map();
  for (const edge of part.edges.values()) {
    const way = `${edge.from ? arm.get(edge.from) : "in"} ${edge.to ? arm.get(edge.to) : "out"}`;
    const low = edge.from && arm.get(edge.from) === "left" && isLow(edge.from);
    const turns = (way === "left right" || way === "left out") && low && !leadsOn.has(edge.from);
    if (turns) ways.set(edge.key, "turn");
    else if (WAYS[way] && !(low && way === "left right")) ways.set(edge.key, WAYS[way]);
    else return null;
  }
  return { arm, valley, ways };
}

/** How values go from one place to another. */
const WAYS = {
  "in left": "left", "in valley": "down", "left left": "left", "left valley": "down",
  "left right": "skip", "valley right": "up", "valley out": "up", "right right": "right",
  "right out": "right",
};

/** The pieces of both arms. What goes on below them ends at a port at the foot of the left one,
 *  and begins at one of the right one. */
function armsPieces(part, { arm, valley, ways }) {
  const { boxes, edges, ports } = pieces(part);
  for (const box of boxes) Object.assign(box, { ins: [], outs: [] });
  const isRight = (box) => (box.port ? box.last : arm.get(box.part) === "right");
  const left = { boxes: boxes.filter((box) => !isRight(box) && box.part !== valley), edges: [] };
  const right = { boxes: boxes.filter(isRight), edges: [] };
  const feet = { left: new Map(), right: new Map() }, turns = [], skips = [];
  const foot = (side, value) => {
    if (!feet[side].has(value)) {
      const last = side === "left";
      const made = port(last ? value + parts.length : value - parts.length, value, last, "down");
      feet[side].set(value, Object.assign(made, { h: 4, sill: true }));
    }
    return feet[side].get(value);
  };
  const add = (side, piece, a, b) => {
    const made = { ...piece, a, b };
    a.outs.push(made);
    b.ins.push(made);
    side.edges.push(made);
    return made;
  };
  for (const piece of edges) {
    const way = ways.get(piece.edge.key);
    if (way === "skip") skips.push(piece);
    if (way === "left") add(left, piece, piece.a, piece.b);
    if (way === "right") add(right, piece, piece.a, piece.b);
    const down = way === "down" || way === "turn" ? add(left, piece, piece.a, foot("left", piece.value)) : null;
    const up = way === "up" || way === "turn" ? add(right, piece, foot("right", piece.value), piece.b) : null;
    if (way === "turn") turns.push([down, up]);
  }
  joinRows(right, new Set(joined ? skips.map(({ b }) => b) : []));
  left.boxes.push(...feet.left.values());
  right.boxes.unshift(...feet.right.values());
  for (const box of ports.outs.values()) box.h = part === root ? 4 : STRIP;
  return { left, right, feet, turns, skips, ports };
}

/** Put what values leave sideways for at the end of its rank; false where two would be there. */
function outside(rows, boxes, atEnd) {
  for (const row of rows) {
    const found = row.filter((box) => boxes.has(box));
    if (found.length > 1) return false;
    if (!found.length) continue;
    const others = row.filter((box) => box !== found[0]);
    row.splice(0, row.length, ...(atEnd ? [...others, found[0]] : [found[0], ...others]));
  }
  number(rows);
  return true;
}

/** Rank an arm; how high each of its boxes stands over its foot. */
function rankArm(arm, ends, isLeft) {
  arm.way = isLeft ? "down" : "up";
  let free = true;
  arm.rows = arm.boxes.length
    ? layered(arm.boxes, arm.edges, (rows) => { free = outside(rows, ends, isLeft); }) : [];
  arm.depth = arm.rows.length ? inBands(arm.rows, arm.edges) : 0;
  arm.lift = arm.rows.map(() => 0);
  arm.over = (along) => (isLeft ? arm.depth - along : along);
  arm.low = Math.min(...arm.rows.flat().map((box) => box.x - box.left));
  arm.high = Math.max(...arm.rows.flat().map((box) => box.x + box.right));
  return free && !arm.edges.some(({ lane }) => lane);
}

/** Where along the ranks a value leaves a box for the other arm, or comes from it. */
const leaving = (box) => (box.inside ? box.foot + 8 : box.y);
const coming = (box) => (box.inside ? box.head - 8 : box.y + (box.jog || 0) / 2);

/** Lift ranks so that what goes across goes straight, from the innermost outwards. */
function level(left, right, skips) {
  const raise = (arm, from, to, by) => {
    for (let r = from; r <= to; r++) arm.lift[r] += by;
  };
  let outer = left.rows.length, inner = -1;
  const pairs = skips.map(({ a, b }) => ({ a, b: right.boxes.find((box) => box.boxes?.includes(b)) ?? b }));
  pairs.sort((x, y) => y.a.rank - x.a.rank || x.b.rank - y.b.rank); // inwards
  for (const { a, b } of pairs) {
    if (a.rank >= outer || b.rank <= inner) continue;
    [outer, inner] = [a.rank, b.rank];
    const one = left.over(leaving(a)) + left.lift[a.rank];
    const other = right.over(coming(b)) + right.lift[b.rank];
    if (one < other) raise(left, 0, a.rank, other - one);
    else raise(right, b.rank, right.rows.length - 1, one - other);
  }
}

/** The inside of a part as a U, or null where it is none. */
function inU(part) {
  const arms = armsOf(part);
  if (!arms) return null;
  const { valley } = arms, ways = { left: "down", right: "up", valley: "u" };
  for (const child of part.children) child.way = ways[arms.arm.get(child)];
  const made = armsPieces(part, arms), { left, right, skips } = made;
  const tails = new Set(skips.map(({ a }) => a)), all = new Set(skips.map(({ b }) => b));
  const heads = new Set(right.boxes.filter((box) => all.has(box) || box.boxes?.some((b) => all.has(b))));
  if (!rankArm(left, tails, true) || !rankArm(right, heads, false)) return null;
  level(left, right, skips);
  if (!spreadArms(part, valley, made)) return null;
  return frameU(part, valley, made);
}

/** Put the arms side by side: over the part below, which is wide enough for both; false where that
 *  is no U. */
function spreadArms(part, valley, { left, right, feet, ports }) {
  const first = (map) => [...map.values()][0];
  const reach = (left.rows.length ? left.high : 0) + MIDDLE - (right.rows.length ? right.low : 0);
  left.shift = 0;
  right.shift = right.rows.length ? reach : 0;
  const over = (shift, box, at) => (box ? at - box.x : shift);
  if (valley) {
    const [down, up] = [first(feet.left), first(feet.right)];
    const needed = reach + (up ? up.x : 0) - (down ? down.x : 0);
    valley.spread = Math.max(needed, part.spread || 0);
    const inside = layoutOf(valley);
    if (!inside) return false;
    const a = down ? inside.ports.ins.get(down.value) : 0;
    const b = up ? inside.ports.outs.get(up.value) : inside.w;
    left.shift = over(left.shift, down, a);
    right.shift = over(right.shift, up, Math.max(b, a + needed));
    return true;
  }
  const start = first(ports.ins), end = first(ports.outs);
  if (start && end) {
    right.shift = Math.max(right.shift, start.x + (part.spread || 0) - end.x);
  }
  return true;
}

/** Everything in its place, with a frame round it, and lines. */
function frameU(part, valley, { left, right, feet, turns, skips, ports }) {
  const framed = part !== root, inside = valley && layoutOf(valley);
  const strip = (map) => (framed && !map.size ? STRIP : 0);
  const height = (arm) => arm.depth + Math.max(0, ...arm.lift);
  const tall = Math.max(height(left) + strip(ports.ins), height(right) + strip(ports.outs));
  lower(left, tall - left.depth, -1);
  lower(right, 0, 1);
  for (const box of ports.ins.values()) box.head = 0;
  for (const box of right.boxes) if (box.boxes) placeRow(box);
  const { low, high, title } = bounds(part, [left, right], inside, ports);
  left.at = (cross, main) => [cross + left.shift - low, main];
  right.at = (cross, main) => [cross + right.shift - low, tall - main];
  const door = (arm, box) =>
    [inside.ports[arm === left ? "ins" : "outs"].get(box.value) - low, arm.at(box.x, 0)[0]];
  const crooked = inside && [left, right].some((arm) => arm.boxes.some((box) => {
    const [to, from] = box.sill ? door(arm, box) : [0, 0];
    return Math.abs(to - from) > 0.5;
  }));
  const sill = tall + (crooked ? 26 : 0); // where the part below begins
  const sills = (arm, box) => (inside && box.sill ? [door(arm, box)[0], sill] : null);
  const straights = [left, right].flatMap((arm) => arm.edges
    .filter((piece) => !turns.flat().includes(piece))
    .map((piece) => armLine(part, arm, piece, tall, sills(arm, piece.a), sills(arm, piece.b))));
  const round = [...new Set(turns.map(([{ value }]) => value))].reverse(); // the last is the highest
  const turned = turns.map(([down, up]) =>
    turnLine(part, [left, down], [right, up], tall, tall + 16 + 8 * round.indexOf(down.value)));
  const straightOver = skips.map((piece, i) =>
    skipLine(part, left, right, piece, left.at(left.high, 0)[0] + 8 + 5 * i));
  const inner = right.inner.map((piece) => rowLine(part, right, piece));
  const foot = inside ? inside.h : round.length ? 16 + 8 * round.length : 0;
  const offset = (map, arm) =>
    new Map([...map].map(([value, box]) => [value, arm.at(box.x, 0)[0]]));
  const children = [left, right].flatMap((arm) =>
    arm.boxes.flatMap((box) => box.boxes ?? box).filter((box) => box.part)
      .map((box) => standing(box, arm.at)));
  if (inside) children.push({ part: valley, x: -low, y: sill, w: inside.w, h: inside.h });
  children.sort((one, other) => one.part.id - other.part.id);
  return {
    least: 0,
    w: high - low,
    h: sill + foot + (framed ? PAD / 2 : 0),
    title,
    ports: { ins: offset(ports.ins, left), outs: offset(ports.outs, right) },
    children,
    edges: [...straights, ...turned, ...straightOver, ...inner],
  };
}

/** Lower the boxes of an arm, and those that are lifted by less. */
function lower(arm, by, sign) {
  arm.rows.forEach((row, r) => row.forEach((box) => {
    const down = by + sign * arm.lift[r];
    Object.assign(box, { y: box.y + down, head: box.head + down, foot: box.foot + down });
  }));
}

/** How far all of it reaches across, and where its title stands: clear of what comes in. */
function bounds(part, arms, inside, ports) {
  const used = arms.filter((arm) => arm.rows.length);
  const ends = (side) => used.map((arm) => arm[side] + arm.shift);
  let low = Math.min(...ends("low"), inside ? 0 : Infinity);
  const high = Math.max(...ends("high"), inside ? inside.w : -Infinity);
  if (part === root) return { low, high, title: { w: 0 } };
  const title = titleOf(part), [left, right] = arms;
  const gates = [...ports.ins.values()].map((box) => box.x + left.shift);
  const outs = [...ports.outs.values()].map((box) => box.x + right.shift);
  const [first, last] = [Math.min(...gates), Math.max(...gates)];
  low -= PAD;
  if (first - low < title.w + 16) {
    if (Math.min(...outs) - last > title.w + 24) title.x = last + 8 - low;
    else low = first - title.w - 16;
  }
  return { low, high: Math.max(high + PAD, low + title.w + 20), title };
}

/** A line within an arm; from the part below, or to it, where it has such an end. */
function armLine(part, arm, piece, tall, from, to) {
  const ways = stretches(piece, 0, tall, null);
  const path = new Path();
  for (const way of ways) way.push(arm);
  const begin = arm.at(ways[0][0], ways[0][1]);
  const jog = ([x0, y0], [x1, y1]) => {
    const middle = (y0 + y1) / 2;
    if (Math.abs(x0 - x1) < 0.5) path.put("L", [x1, y1]);
    else path.put("C", [x0, middle], [x1, middle], [x1, y1]);
  };
  const out = outOfRow(piece.a, arm, begin);
  path.put("M", from ?? out ?? begin);
  if (from) jog(from, begin);
  trace(path, piece, ways, besideOf(piece, arm.rows), null);
  if (piece.b.boxes) intoRow(path, piece.b, arm);
  if (to) jog(path.points[path.points.length - 1], to);
  return path.line(piece, part, words(piece, arm.at, arm.at, arm.way));
}

/** A line down one arm and up the other. */
function turnLine(part, [left, down], [right, up], tall, low) {
  const path = new Path();
  const ways = (arm, piece) => stretches(piece, 0, tall, null).map((way) => [...way, arm]);
  const one = ways(left, down), other = ways(right, up);
  path.put("M", left.at(one[0][0], one[0][1]));
  trace(path, down, one, 0, null);
  const [x0] = left.at(down.b.x, 0), [x1, y1] = right.at(other[0][0], other[0][1]);
  path.corners([[x0, low], [x1, low], [x1, y1]]);
  trace(path, up, other, besideOf(up, right.rows), null);
  if (up.b.boxes) intoRow(path, up.b, right);
  const said = [
    ...words({ ...down, wordless: true }, left.at, left.at, "down"),
    ...words(up, right.at, right.at, "up"),
  ];
  return path.line(up, part, said);
}

/** A line from one arm straight to the other, or by way of a step between them. */
function skipLine(part, left, right, piece, middle) {
  const { a, b, edge, value } = piece;
  const gate = (box, way) => box.inside.ports[way].get(value) - box.w / 2;
  const [x0, y0] = a.inside ? left.at(a.x + gate(a, "outs"), a.foot)
    : a.port ? left.at(a.x, 0) : left.at(a.x + a.w / 2, a.y);
  const [x1, y1] = b.inside ? right.at(b.x + gate(b, "ins"), b.y - b.h / 2)
    : right.at(b.x - b.w / 2, b.y);
  const from = y0 + (a.inside ? 8 : 0), to = y1 + (b.inside ? 8 : 0);
  const path = new Path();
  path.put("M", [x0, y0]);
  const spots = a.inside ? [[x0, from]] : [];
  if (Math.abs(from - to) > 0.5) spots.push([middle, from], [middle, to]);
  if (b.inside) spots.push([x1, to]);
  path.corners([...spots, [x1, y1]]);
  const said = [];
  if (!a.outs.length && a.part && wordOf(a.part)) {
    said.push({ text: wordOf(a.part), x: x0 + 5, y: y0 - 4, anchor: "start" });
  }
  if (edge.word) said.push({ text: edge.word, x: x1 - 8, y: y1 - 4, anchor: "end" });
  return path.line(piece, part, said);
}
