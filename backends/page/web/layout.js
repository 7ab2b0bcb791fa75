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

/** From where to where each rank reaches; more room where lines have a long way to the side. */
function bands(rows, edges) {
  const tall = rows.map((row) => Math.max(0, ...row.map((box) => box.h)));
  const gaps = rows.map((row) => Math.max(across ? 24 : 19, ...row.map((box) => box.below || 0)));
  const turns = rows.map(() => 0);
  for (const { a, b, stops, leaves, enters, lane, edge } of edges) {
    const xs = lane ? [] : [a.x + leaves, ...stops.map((stop) => stop.x), b.x + enters];
    for (let i = 0; i + 1 < xs.length; i++) {
      turns[a.rank + i] = Math.max(turns[a.rank + i], Math.abs(xs[i + 1] - xs[i]));
    }
    if (lane) turns[a.rank] = turns[b.rank - 1] = 200;
    if (edge.word) gaps[b.rank - 1] = Math.max(gaps[b.rank - 1], across ? 60 : 34);
  }
  const found = [];
  let y = 0;
  rows.forEach((row, r) => {
    found.push({ top: y, bottom: y + tall[r] });
    y += tall[r] + Math.max(gaps[r], Math.min(56, 16 + turns[r] * 0.16));
  });
  return found;
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
  const band = bands(rows, edges);
  const all = rows.flat();
  let low = Math.min(...all.map((box) => box.x - box.left));
  let high = Math.max(...all.map((box) => box.x + box.right));
  const framed = part !== root;
  const pad = framed ? PAD : 0;
  for (const box of boxes) box.y = (band[box.rank].top + band[box.rank].bottom) / 2;
  const lane = edges.some((edge) => edge.lane) ? (high += 24) - 12 : 0;
  const title = framed ? titleOf(part) : { w: 0 };
  const side = [...ports.ins.values()].map((box) => box.x);
  let titleX = 10;
  if (framed && !across && side.length) {
    const before = Math.min(...side) - low + pad, after = Math.max(...side) - low + pad;
    const width = high - low + 2 * pad;
    const left = Math.max(0, title.w + 18 - before);
    const right = Math.max(0, after + title.w + 18 - width);
    if (left <= right) low -= left;
    else {
      high += right;
      titleX = after + 8;
    }
  }
  const depth = band.length ? band[band.length - 1].bottom : 0;
  const first = rows[0]?.[0], end = rows[rows.length - 1]?.[0];
  const lead = framed && !first?.first ? (across ? PAD : STRIP) : 0;
  const tail = framed && !end?.last ? PAD : 0;
  const head = across && framed ? STRIP : 0; // the title, above ranks that run to the right
  const shift = { cross: pad - low + (across ? head : 0), main: lead };
  let w = high - low + 2 * pad + head, h = depth + lead + tail;
  if (framed) {
    if (across) h = Math.max(h, title.w + 20);
    else w = Math.max(w, title.w + 20);
  }
  const at = (cross, main) => {
    const c = cross + shift.cross, m = main + shift.main;
    return across ? [m, c] : [c, m];
  };
  const offset = (map) =>
    new Map([...map].map(([value, box]) => [value, box.x + shift.cross]));
  return {
    across,
    w: across ? h : w,
    h: across ? w : h,
    title: { ...title, x: titleX },
    ports: { ins: offset(ports.ins), outs: offset(ports.outs) },
    children: boxes.filter((box) => box.part).map((box) => standing(box, at)),
    edges: edges.map((edge) => line(edge, part, rows, band, lane, at, h - lead)),
  };
}

function standing(box, at) {
  const [x, y] = at(box.x, box.y);
  const w = across ? box.h : box.w, h = across ? box.w : box.h;
  return { part: box.part, x: x - w / 2, y: y - h / 2, w, h };
}

/** The words on a frame: its name, and the block's. */
function titleOf(part) {
  const name = part.sort === "run" ? part.lines[0] : part.name || part.lines[0];
  const block = part.sort === "run" ? "" : part.block || "";
  const weights = part.weights ? `weights of ${part.weights}` : "";
  const more = [block === name ? "" : block, weights].filter(Boolean).join(", ");
  const w = 14 + textWidth(name, OTHER, true) + (more ? 6 + textWidth(more, SMALL) : 0);
  return { name, more, w };
}
