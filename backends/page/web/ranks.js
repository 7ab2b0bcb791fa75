// A layered drawing of a small graph, from top to bottom: ranks, an order in each rank, places.
//
// A box has `w`, `h`, and `left`, `right`: how far it and its words reach from its middle. An edge
// has boxes `a` and `b`, and `weight`: how much it wants to be straight. Long edges run through
// `bends`, one in each rank between, which the edges of one value share. Ranks are as long as the
// longest way from the start; the order is that of the spec as long as lines do not cross.

const APART = 18; // between boxes of a rank
const BEND = 10; // room for a line that passes
const STRAIGHT = 8;

/** Put a rank on each box; boxes that are `first` or `last` get the ends to themselves. */
function rank(boxes) {
  const waiting = new Map(boxes.map((box) => [box, box.ins.length]));
  const ready = boxes.filter((box) => !box.ins.length);
  const first = boxes.some((box) => box.first) ? 1 : 0;
  for (const box of ready) box.rank = box.first ? 0 : first;
  for (let i = 0; i < ready.length; i++) {
    for (const { b } of ready[i].outs) {
      b.rank = Math.max(b.rank || first, ready[i].rank + 1);
      waiting.set(b, waiting.get(b) - 1);
      if (!waiting.get(b)) ready.push(b);
    }
  }
  const deepest = Math.max(...boxes.map((box) => (box.last ? 1 : box.rank + 1)));
  for (const box of boxes) {
    if (box.last) box.rank = deepest;
    else if (!box.ins.length && !box.first && box.outs.length) {
      box.rank = Math.max(first, Math.min(...box.outs.map(({ b }) => b.rank)) - 1);
    }
  }
}

/** Lay bends in, and say who is above and below whom. More bends than a figure can show run in
 *  one lane at the side. */
function bend(boxes, edges) {
  const budget = 8 * boxes.length + 400, most = 8 * boxes.length + 3000;
  const length = (edge) => edge.b.rank - edge.a.rank;
  const bends = new Map();
  let spent = 0, passed = 0;
  for (const edge of [...edges].sort((x, y) => length(x) - length(y))) {
    edge.stops = [];
    edge.lane = spent > budget || passed > most;
    if (edge.lane) {
      edge.lane = [edge.a.rank + 1, edge.b.rank - 1];
      continue;
    }
    for (let r = edge.a.rank + 1; r < edge.b.rank; r++) {
      const key = `${edge.a.id}:${edge.value}:${r}`;
      if (!bends.has(key)) {
        const port = { bend: true, rank: r, w: 0, h: 0, left: BEND / 2, right: BEND / 2 };
        bends.set(key, Object.assign(port, { up: [], down: [], weight: 0 }));
        spent += 1;
      }
      edge.stops.push(bends.get(key));
      passed += 1;
    }
  }
  for (const box of boxes) Object.assign(box, { up: [], down: [] });
  for (const edge of edges) if (!edge.lane) link(edge);
  return [...bends.values()];
}

function link(edge) {
  const way = [edge.a, ...edge.stops, edge.b];
  for (let i = 0; i + 1 < way.length; i++) {
    const [a, b] = [way[i], way[i + 1]];
    const weight = a.bend ? (b.bend ? 6 : 0.4) : b.bend ? 0.6 : edge.weight;
    const leaves = a === edge.a ? edge.leaves : 0, enters = b === edge.b ? edge.enters : 0;
    if (a.bend && b.bend && a.down.some((known) => known.to === b)) continue;
    a.down.push({ to: b, weight, shift: leaves - enters });
    b.up.push({ to: a, weight, shift: enters - leaves });
  }
}

/** Layers in the order in which a walk from the top meets the boxes, spec order first. */
function layers(boxes) {
  const rows = [];
  const met = new Set();
  const order = (box) => (box.bend ? Infinity : box.id);
  const last = new Map();
  const deep = (box) => {
    if (!box.bend) return box.id;
    if (!last.has(box)) last.set(box, Math.max(...box.down.map(({ to }) => deep(to))));
    return last.get(box);
  };
  const bottomUp = boxes.filter((box) => box.bend).sort((x, y) => y.rank - x.rank);
  bottomUp.forEach(deep);
  const starts = boxes.filter((box) => !box.up.length).sort((x, y) => order(x) - order(y));
  for (const start of starts) {
    const stack = [start];
    while (stack.length) {
      const box = stack.pop();
      if (met.has(box)) continue;
      met.add(box);
      (rows[box.rank] ||= []).push(box);
      const next = box.down.map(({ to }) => to).sort((x, y) => deep(y) - deep(x));
      stack.push(...next);
    }
  }
  return Array.from(rows, (row) => row || []);
}

function number(rows) {
  for (const row of rows) row.forEach((box, i) => { box.pos = i; });
}

/** How often lines cross between two layers. */
function crossings(row) {
  const ends = [];
  for (const box of row) {
    ends.push(...box.down.map(({ to }) => to.pos).sort((x, y) => x - y));
  }
  if (ends.length < 2) return 0;
  let size = 1;
  while (size <= Math.max(...ends)) size *= 2;
  const tree = new Array(2 * size).fill(0);
  let count = 0;
  for (const end of ends) {
    for (let i = end + size; i > 1; i >>= 1) {
      if (!(i & 1)) count += tree[i + 1];
      tree[i] += 1;
    }
  }
  return count;
}

/** Reorder layers by the middle of what they are joined to, while that takes crossings away. */
function untangle(rows) {
  number(rows);
  const count = () => rows.reduce((sum, row) => sum + crossings(row), 0);
  let best = count(), kept = rows.map((row) => [...row]);
  for (let sweep = 0; sweep < 8 && best > 0; sweep++) {
    const down = sweep % 2 === 0;
    for (const row of down ? rows : [...rows].reverse()) {
      const middle = new Map(row.map((box) => {
        const near = down ? box.up : box.down;
        const sum = near.reduce((s, { to }) => s + to.pos, 0);
        return [box, near.length ? sum / near.length : box.pos];
      }));
      row.sort((x, y) => middle.get(x) - middle.get(y) || x.pos - y.pos);
      row.forEach((box, i) => { box.pos = i; });
    }
    const now = count();
    if (now < best) {
      best = now;
      kept = rows.map((row) => [...row]);
    }
  }
  kept.forEach((row, i) => { rows[i] = row; });
  number(rows);
}

const room = (a, b) => a.right + b.left + (a.bend && b.bend ? 4 : APART);

/** Two sorted lists of wishes as one. */
function merge(one, other) {
  const found = [];
  let i = 0;
  for (const wish of other) {
    while (i < one.length && one[i].at <= wish.at) found.push(one[i++]);
    found.push(wish);
  }
  while (i < one.length) found.push(one[i++]);
  return found;
}

/** The middle of sorted wishes; between two where half of the weight is on each side. */
function median(wishes) {
  const half = wishes.reduce((sum, wish) => sum + wish.weight, 0) / 2;
  let sum = 0;
  for (let i = 0; i < wishes.length; i++) {
    sum += wishes[i].weight;
    if (Math.abs(sum - half) < 1e-9 && i + 1 < wishes.length) {
      return (wishes[i].at + wishes[i + 1].at) / 2;
    }
    if (sum > half) return wishes[i].at;
  }
  return wishes.length ? wishes[wishes.length - 1].at : 0;
}

/** Give each box of a layer the place nearest to its wish that order and room allow: the least
 *  sum of weighted distances, found by pooling neighbours that would overlap. */
function settle(row) {
  if (row.length === 1) {
    row[0].x = row[0].wish;
    return;
  }
  const pools = [];
  let offset = 0;
  row.forEach((box, i) => {
    if (i) offset += room(row[i - 1], box);
    box.offset = offset;
    let pool = { boxes: [box], wishes: [{ at: box.wish - offset, weight: box.pull }] };
    pool.at = pool.wishes[0].at;
    while (pools.length && pools[pools.length - 1].at > pool.at) {
      const before = pools.pop();
      pool = { boxes: before.boxes.concat(pool.boxes), wishes: merge(before.wishes, pool.wishes) };
      pool.at = median(pool.wishes);
    }
    pools.push(pool);
  });
  for (const pool of pools) for (const box of pool.boxes) box.x = pool.at + box.offset;
}

/** Note where a box wants to be, and how much: in the middle of what it is joined to. Ends on the
 *  side from which the walk comes count for more, by `favour`. */
function wish(box, near, far, favour) {
  if (near.length === 1 && far.length === 1 && near[0].to.x !== undefined) { // most boxes
    const [one, other] = [near[0], far[0]];
    const strong = other.to.x === undefined || one.weight * favour > other.weight ? one : other;
    box.wish = strong.to.x - strong.shift;
    box.pull = Math.max(one.weight * favour, other.weight);
    return;
  }
  const wishes = [];
  for (const { to, weight, shift } of near) {
    if (to.x !== undefined) wishes.push({ at: to.x - shift, weight: weight * favour });
  }
  for (const { to, weight, shift } of far) {
    if (to.x !== undefined) wishes.push({ at: to.x - shift, weight });
  }
  box.pull = Math.max(0.1, ...wishes.map(({ weight }) => weight));
  box.wish = wishes.length ? median(wishes.sort((x, y) => x.at - y.at)) : box.x ?? 0;
}

/** Places from left to right: every box as near as can be to what it is joined to. */
function place(rows) {
  for (const row of rows) for (const box of row) box.x = undefined;
  const upwards = [...rows].reverse();
  const pass = (down, favour) => {
    let moved = 0;
    for (const row of down ? rows : upwards) {
      for (const box of row) {
        box.before = box.x;
        wish(box, down ? box.up : box.down, down ? box.down : box.up, favour);
      }
      settle(row);
      for (const box of row) moved = Math.max(moved, Math.abs(box.x - box.before) || 0);
    }
    return moved;
  };
  pass(true, 1);
  pass(false, 50);
  pass(true, 1.05);
  for (let i = 0; i < 4; i++) if (pass(false, 1.05) + pass(true, 1.05) < 0.1) return;
}
