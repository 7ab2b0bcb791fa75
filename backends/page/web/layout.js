// Where everything stands: the inside of each open part by itself, then all of it together.

const FONT = '"Liberation Sans", Arial, Helvetica, sans-serif';
const FIRST = 13, OTHER = 12.5; // sizes of a box's first line, and of all other words
const PAD = 12; // between a frame and what is in it
const STRIP = 19; // for a frame's title
const LINE = 14.5; // from one line of a box to the next
const GAP = 16; // between ranks, at least
const WIDEST = 250; // of words in a box
const RADIUS = 11; // of the circle of an addition
const NEST = 48; // for the border of a frame, and lines round it
let across = network.direction === "LR"; // from left to right
let limit = Infinity; // how long a strand may be before it goes on in another column

const pen = document.createElement("canvas").getContext("2d");
const widths = new Map();

/** How wide a line of text is. */
function textWidth(text, size, bold = false) {
  const key = `${bold ? "b" : ""}${size} ${text}`;
  if (!widths.has(key)) {
    pen.font = `${bold ? "bold " : ""}${size}px ${FONT}`;
    widths.set(key, pen.measureText(text).width);
  }
  return widths.get(key);
}

/** Words in the room there is: of what is too long, its beginning and more of its end, which says
 *  most of a path. */
function abbreviated(words, size, room) {
  const letters = Array.from(words);
  const cut = (kept) => {
    const head = Math.floor(kept * 0.4);
    return `${letters.slice(0, head).join("")}…${letters.slice(letters.length - kept + head).join("")}`;
  };
  pen.font = `${size}px ${FONT}`;
  const fits = (text) => text.length <= 400 && pen.measureText(text).width <= room;
  if (fits(words)) return words;
  let low = 2, high = Math.min(letters.length, 400);
  while (low + 1 < high) {
    const middle = (low + high) >> 1;
    if (fits(cut(middle))) low = middle;
    else high = middle;
  }
  return cut(low);
}

/** The lines of a box, none of them too long to stand in one. */
function wordsIn(part) {
  part.words ||= part.lines.map((line, i) => {
    const size = i ? OTHER : FIRST;
    return textWidth(line, size) <= WIDEST ? line : abbreviated(line, size, WIDEST);
  });
  return part.words;
}

/** Width and height of a part that is not open. */
function sizeOf(part) {
  if (part.form === "circle" && part.lines.length === 1) return { w: 2 * RADIUS, h: 2 * RADIUS };
  const bold = folds(part);
  let w = 0;
  wordsIn(part).forEach((line, i) => {
    const marker = bold && !i ? 2 * 14 : 0; // the sign that it opens, and as much on the left
    w = Math.max(w, textWidth(line, i ? OTHER : FIRST, bold && !i) + marker);
  });
  if (part.form === "bar") return { w: across ? w + 16 : Math.max(w + 40, 130), h: across ? 44 : 18 };
  const h = 9 + LINE * part.lines.length;
  const more = part.sort === "run" ? 4 : 0; // the card behind
  return { w: Math.max(w + 22, across ? 44 : 104) + more, h: h + more };
}

const wordOf = (part) => (part.news && !isFrame(part) ? part.shape[0] : "");

/** A box of the layered drawing, for a child or a port. */
function stand(part, id) {
  const inside = isFrame(part) && part.way !== "u" ? layoutOf(part) : null; // a U's is laid out later
  const { w, h } = inside || (part.size ||= {})[across] || (part.size[across] = sizeOf(part));
  const box = { id, part, inside, ins: [], outs: [], rank: 0 };
  const word = wordOf(part) ? textWidth(wordOf(part), OTHER) + 9 : 0;
  if (across) {
    const reach = Math.max(h / 2, word ? 14 : 0);
    return Object.assign(box, { w: h, h: w, left: reach, right: h / 2, below: word && word + 8 });
  }
  return Object.assign(box, { w, h, left: w / 2, right: Math.max(w / 2, word), below: word && 18 });
}

/** Where a value crosses the border of a part that goes some way; its title stands at the top. */
function port(id, value, last, way) {
  const h = across || last === (way !== "up") ? 4 : STRIP;
  const sides = { left: BEND / 2 + 3, right: BEND / 2 + 3 };
  return { id, value, port: true, first: !last, last, w: 0, h, ...sides, ins: [], outs: [], rank: 0 };
}

/** The boxes and edges inside an open part; ports are where values cross its border. */
function pieces(part) {
  const boxes = new Map();
  part.children.forEach((child) => boxes.set(child, stand(child, child.id)));
  const ports = { ins: new Map(), outs: new Map() };
  const edges = [];
  for (const edge of part.edges.values()) {
    const value = edge.value.id;
    const at = (end, side, id) => {
      if (end) return boxes.get(end);
      if (!side.has(value)) side.set(value, port(id, value, side === ports.outs, part.way));
      return side.get(value);
    };
    const a = at(edge.from, ports.ins, value - parts.length);
    const b = at(edge.to, ports.outs, value + parts.length);
    const piece = { edge, a, b, value, weight: 1, leaves: 0, enters: 0 };
    a.outs.push(piece);
    b.ins.push(piece);
    edges.push(piece);
  }
  return { boxes: [...ports.ins.values(), ...boxes.values(), ...ports.outs.values()], edges, ports };
}

/** How straight edges are to be: those that alone join two boxes of neighbouring ranks most, then
 *  the longest way through a fork or a join, where there is one. */
function weigh(boxes, edges) {
  const near = (edge) => edge.b.rank === edge.a.rank + 1;
  const inOrder = [...boxes].sort((x, y) => x.rank - y.rank);
  const longest = (list, of) => {
    const best = Math.max(...list.map(of));
    const ways = list.filter((edge) => of(edge) === best);
    return ways.length === 1 ? ways[0] : null;
  };
  for (const box of inOrder) {
    box.above = Math.max(0, ...box.ins.map(({ a }) => a.above + 1));
    box.nearIns = box.ins.filter(near).length;
    box.mainIn = longest(box.ins, ({ a, edge }) => (edge.kind & 1 ? -1 : a.above));
  }
  for (const box of inOrder.reverse()) {
    box.under = Math.max(0, ...box.outs.map(({ b }) => b.under + 1));
    box.nearOuts = box.outs.filter(near).length;
    box.mainOut = longest(box.outs, ({ b, edge }) => (edge.kind & 1 ? -1 : b.under));
  }
  for (const edge of edges) {
    const { a, b } = edge;
    const alone = near(edge) && a.nearOuts === 1 && b.nearIns === 1;
    const main = near(edge) && (a.outs.length === 1 || a.mainOut === edge)
      && (b.ins.length === 1 || b.mainIn === edge);
    edge.weight = alone || main ? STRAIGHT : 1;
  }
}

/** Where on its boxes each edge begins and ends, beside their middles. */
function attach(boxes) {
  const spread = (edges, box, gap) => {
    const step = Math.min(gap, Math.max(0, box.w - 24) / Math.max(1, edges.length - 1));
    const main = edges.findIndex((group) => group.some((edge) => edge.weight === STRAIGHT));
    const middle = main >= 0 ? main : (edges.length - 1) / 2;
    return edges.map((_, i) =>
      Math.max(12 - box.w / 2, Math.min(box.w / 2 - 12, (i - middle) * step)));
  };
  for (const box of boxes) {
    if (box.port || box.part.form === "circle") continue;
    if (box.inside) {
      for (const edge of box.ins) edge.enters = box.inside.ports.ins.get(edge.value) - box.w / 2;
      for (const edge of box.outs) edge.leaves = box.inside.ports.outs.get(edge.value) - box.w / 2;
      continue;
    }
    const above = (edge) => (edge.stops.length ? edge.stops[edge.stops.length - 1] : edge.a).pos;
    const ins = [...box.ins].sort((x, y) => above(x) - above(y)).map((edge) => [edge]);
    spread(ins, box, box.part.form === "bar" ? 60 : 16).forEach((at, i) => { ins[i][0].enters = at; });
    const values = [...new Set(box.outs.map((edge) => edge.value))];
    const outs = values.map((value) => box.outs.filter((edge) => edge.value === value));
    spread(outs, box, 16).forEach((at, i) => outs[i].forEach((edge) => { edge.leaves = at; }));
  }
}

/** Ranks of boxes and bends, each with its place across the ranks. */
function layered(boxes, edges, settled = () => {}) {
  rank(boxes);
  const bent = bend(boxes, edges);
  weigh(boxes, edges);
  const rows = layers([...boxes, ...bent]);
  untangle(rows);
  settled(rows);
  attach(boxes);
  for (const box of boxes) Object.assign(box, { up: [], down: [] });
  for (const stop of bent) Object.assign(stop, { up: [], down: [] });
  for (const edge of edges) if (!edge.lane) link(edge);
  place(rows);
  return rows;
}

/** The inside of an open part, made anew where something in it changed; of what was to be a U and
 *  is none, null. */
function layoutOf(part) {
  const kept = part.layout;
  const same = kept && (kept.limit === limit || kept.least <= Math.min(limit, kept.limit));
  const alike = kept && kept.way === part.way && kept.across === across && kept.joined === joined;
  if (same && alike && kept.spread === part.spread) return kept;
  part.layout = part.way === "u" ? inU(part) : straight(part);
  return part.layout && Object.assign(part.layout, { limit, way: part.way, spread: part.spread, across, joined });
}

/** One after the other, the way that the part goes; in columns where that is long. */
function straight(part) {
  const base = baseOf(part), cuts = inColumns(base, limit - NEST * part.depth);
  const kept = part.layout;
  const same = kept && kept.base === base && kept.cuts.length === cuts.length
    && cuts.every((cut, i) => cut === kept.cuts[i]);
  return same ? kept : Object.assign(finish(part, base, cuts), { base, cuts });
}

/** The ranks of a part in one strand; kept while what is in it has the same size. */
function baseOf(part) {
  const insides = part.children.map((child) => {
    child.way = part.way;
    return isFrame(child) ? layoutOf(child) : null;
  });
  const kept = part.base;
  const same = kept && kept.way === part.way && kept.across === across;
  if (same && insides.every((inside, i) => inside === kept.insides[i])) return kept;
  const { boxes, edges, ports } = pieces(part);
  const rows = layered(boxes, edges);
  const bands = inBands(rows, edges);
  const close = closer(rows, edges, bands);
  const obstacles = close === null ? null : boxes.filter((box) => box.part);
  const depth = close ?? bands;
  const inner = insides.map((inside) => inside?.least ?? 0);
  const least = Math.max(depth + NEST * part.depth, ...inner);
  part.base = { insides, boxes, edges, ports, rows, depth, obstacles, least, across, way: part.way };
  return part.base;
}

/** The words on a frame: its name, and the block's. */
function titleOf(part) {
  const names = part.sort === "run" ? [] : part.called || [];
  const name = abbreviated(names.at(-1) || part.lines[0], OTHER, 0.7 * WIDEST);
  const weights = part.weights ? abbreviated(`weights of ${part.weights}`, OTHER, 0.7 * WIDEST) : "";
  const more = [names.length > 1 ? names[0] : "", weights].filter(Boolean).join(", ");
  const w = 14 + textWidth(name, OTHER, true) + (more ? 6 + textWidth(more, OTHER) : 0);
  return { name, more, w, x: 10 };
}
