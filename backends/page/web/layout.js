// Where everything stands: the inside of each open part by itself, then all of it together.

const FONT = '"Liberation Sans", Arial, Helvetica, sans-serif';
const FIRST = 12, OTHER = 10.5, SMALL = 10; // sizes of a box's first line, of others, of words
const PAD = 14; // between a frame and what is in it
const STRIP = 21; // for a frame's title
const RADIUS = 11; // of the circle of an addition
let across = network.direction === "LR"; // from left to right

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

/** Width and height of a part that is not open. */
function sizeOf(part) {
  if (part.form === "circle" && part.lines.length === 1) return { w: 2 * RADIUS, h: 2 * RADIUS };
  const bold = folds(part);
  let w = 0;
  part.lines.forEach((line, i) => {
    const marker = bold && !i ? 2 * 14 : 0; // the sign that it opens, and as much on the left
    w = Math.max(w, textWidth(line, i ? OTHER : FIRST, bold && !i) + marker);
  });
  if (part.form === "bar") return { w: across ? w + 16 : Math.max(w + 40, 130), h: across ? 44 : 18 };
  const h = 13 + 14 * part.lines.length;
  const more = part.sort === "run" ? 4 : 0; // the card behind
  return { w: Math.max(w + 22, across ? 44 : 104) + more, h: h + more };
}

const wordOf = (part) => (part.news && !isFrame(part) ? part.shape[0] : "");

/** A box of the layered drawing, for a child or a port. */
function stand(part, id) {
  const inside = isFrame(part) ? layoutOf(part) : null;
  const { w, h } = inside || (part.size ||= {})[across] || (part.size[across] = sizeOf(part));
  const box = { id, part, inside, ins: [], outs: [], rank: 0 };
  const word = wordOf(part) ? textWidth(wordOf(part), SMALL) + 9 : 0;
  if (across) {
    const reach = Math.max(h / 2, word ? 14 : 0);
    return Object.assign(box, { w: h, h: w, left: reach, right: h / 2, below: word && word + 8 });
  }
  return Object.assign(box, { w, h, left: w / 2, right: Math.max(w / 2, word), below: word && 26 });
}

function port(id, value, last) {
  const h = across ? 4 : last ? 4 : STRIP;
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
      if (!side.has(value)) side.set(value, port(id, value, side === ports.outs));
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

/** The inside of an open part, made anew where something in it changed. */
function layoutOf(part) {
  if (part.layout && part.layout.across === across) return part.layout;
  const { boxes, edges, ports } = pieces(part);
  rank(boxes);
  const bent = bend(boxes, edges);
  weigh(boxes, edges);
  const rows = layers([...boxes, ...bent]);
  untangle(rows);
  attach(boxes);
  for (const box of boxes) Object.assign(box, { up: [], down: [] });
  for (const stop of bent) Object.assign(stop, { up: [], down: [] });
  for (const edge of edges) if (!edge.lane) link(edge);
  place(rows);
  part.layout = finish(part, boxes, rows, edges, ports);
  return part.layout;
}

/** From places along and across the ranks to x and y, a frame round it, and lines. */
function finish(part, boxes, rows, edges, ports) {
  const bands = inBands(rows, edges);
  const close = closer(rows, edges, bands);
  const depth = close ?? bands;
  const framed = part !== root, pad = framed ? PAD : 0;
  let low = Infinity, high = -Infinity;
  for (const row of rows) {
    for (const box of row) {
      low = Math.min(low, box.x - box.left);
      high = Math.max(high, box.x + box.right);
    }
  }
  const lane = edges.some((edge) => edge.lane) ? (high += 24) - 12 : 0;
  const title = framed ? titleOf(part) : { w: 0 };
  if (framed && !across) [low, high] = besideTitle(title, low - pad, high + pad, ports);
  else [low, high] = [low - pad, high + pad];
  if (across && framed) low -= STRIP; // the title, above ranks that run to the right
  const lead = framed && !rows[0]?.[0]?.first ? (across ? PAD : STRIP) : 0;
  const tail = framed && !rows[rows.length - 1]?.[0]?.last ? PAD : 0;
  let wide = high - low, long = depth + lead + tail;
  if (across) long = Math.max(long, title.w + 20);
  else wide = Math.max(wide, title.w + 20);
  const at = (cross, main) => (across ? [main + lead, cross - low] : [cross - low, main + lead]);
  const offset = (map) => new Map([...map].map(([value, box]) => [value, box.x - low]));
  const obstacles = close === null ? null : boxes.filter((box) => box.part);
  return {
    across,
    w: across ? long : wide,
    h: across ? wide : long,
    title,
    ports: { ins: offset(ports.ins), outs: offset(ports.outs) },
    children: boxes.filter((box) => box.part).map((box) => standing(box, at)),
    edges: edges.map((edge) => {
      const ways = stretches(edge, lane, long - lead, obstacles);
      return line(edge, part, ways, besideOf(edge, rows), at);
    }),
  };
}

/** Left and right end of a frame, with room for its title beside the lines that come in. */
function besideTitle(title, low, high, ports) {
  const ins = [...ports.ins.values()].map((box) => box.x);
  if (!ins.length) return [low, high];
  const first = Math.min(...ins), last = Math.max(...ins);
  const left = Math.max(0, low + title.w + 16 - first);
  const right = Math.max(0, last + title.w + 16 - high);
  if (left <= right) return [low - left, high];
  title.x = last + 8 - low;
  return [low, high + right];
}

function standing(box, at) {
  const [x, y] = at(box.x, box.y);
  const w = across ? box.h : box.w, h = across ? box.w : box.h;
  return { part: box.part, x: x - w / 2, y: y - h / 2, w, h };
}

/** The words on a frame: its name, and the block's. */
function titleOf(part) {
  const names = part.sort === "run" ? [] : part.called || [];
  const name = names.at(-1) || part.lines[0];
  const weights = part.weights ? `weights of ${part.weights}` : "";
  const more = [names.length > 1 ? names[0] : "", weights].filter(Boolean).join(", ");
  const w = 14 + textWidth(name, OTHER, true) + (more ? 6 + textWidth(more, SMALL) : 0);
  return { name, more, w, x: 10 };
}
