// The window onto the figure: where it looks, and which elements that takes.
//
// Only what lies in the window has elements, and words only where they can be read. The elements
// of an open part are in its own group, so that to move it is to move one element.

const figure = document.getElementById("figure");
const camera = { x: 0, y: 0, k: 1 };
const LEAST = 0.002, MOST = 4, READABLE = 0.3, EASY = 0.88; // scales: words are there, and of 11 pixels
const LARGEST = 1.5, MARGIN = 10; // of a figure that is shown whole
const SHARES = [1.15, 1, 0.9, 0.8, 0.68]; // of the scale at which it would cover the window
const CROWD = 150; // boxes and frames that no window has room for
const FEW_BOXES = 8; // that hardly show how a network is made
const SPECK = 3; // pixels of an edge that nobody sees
const world = svg("g", { role: "none" });
const live = new Map(); // what has elements now: by part, and by key for edges
let scene = null;
const NOTHING = new Set();
const marks = { at: null, selected: null, into: NOTHING, out: NOTHING, lit: null, hits: NOTHING };

figure.append(arrowheads(), world);

/** Where a box or a frame is come to: the line into it, or its middle. */
function entrance({ gate, x, y, w, h }) {
  return across ? [x, y + (gate ?? h / 2)] : [x + (gate ?? w / 2), y];
}

/** Lay everything out anew as it is open now; where `kept` begins stays where it is. */
function relayout(kept) {
  const before = kept && scene?.of.get(kept);
  scene = flatten();
  const after = kept && scene.of.get(kept);
  if (before && after) {
    const [x0, y0] = entrance(before), [x1, y1] = entrance(after);
    moveCamera((x0 - x1) * camera.k, (y0 - y1) * camera.k);
  }
}

function size() {
  const { width, height } = figure.getBoundingClientRect();
  return { width: width || 800, height: height || 600 };
}

/** Whether a rectangle lies in the window, or near enough to be there soon. */
function inWindow() {
  const { width, height } = size(), margin = 100, { x, y, k } = camera;
  const left = (-x - margin) / k, right = (width - x + margin) / k;
  const top = (-y - margin) / k, bottom = (height - y + margin) / k;
  return (x0, y0, x1, y1) => x0 < right && x1 > left && y0 < bottom && y1 > top;
}

/** Bring the elements in step with the scene, the window and the marks. */
function show() {
  const far = camera.k < READABLE, seen = inWindow(), wanted = new Set();
  const last = new Map(); // in each part what stands before the next; in order they are read out
  for (const item of scene.items) {
    const { part, x, y, w, h } = item;
    if (part !== marks.at && !seen(x, y, x + w, y + h)) continue;
    wanted.add(part);
    const entry = live.get(part);
    if (entry && entry.framed === isFrame(part)) renew(entry, item, far);
    else put(part, isFrame(part) ? newFrame(item, far) : newBox(item, far), item, last);
    last.set(part.parent, live.get(part).element);
  }
  for (const item of scene.edges) {
    const { line } = item, { key } = line.edge, [x0, y0, x1, y1] = line.box;
    if ((x1 - x0 + y1 - y0) * camera.k < SPECK) continue;
    if (!seen(item.x + x0, item.y + y0, item.x + x1, item.y + y1)) continue;
    wanted.add(key);
    const entry = live.get(key);
    if (entry && entry.far === far && (entry.line === line || entry.d === line.d)) {
      entry.line = line;
      mark(entry);
    } else put(key, { element: drawEdge(line, far), d: line.d, line, base: "edge", far }, item);
    moveElement(live.get(key), line.x, line.y);
  }
  for (const [key, { element }] of live) {
    if (wanted.has(key)) continue;
    element.remove();
    live.delete(key);
  }
  world.setAttribute("transform", `translate(${tidy(camera.x)} ${tidy(camera.y)}) scale(${camera.k})`);
}

/** The groups for what is in an open part: for its edges, and for its children. */
function insideOf(part) {
  if (part && part !== root) return live.get(part);
  if (!world.edges) {
    world.edges = svg("g", { role: "none" });
    world.inner = svg("g", { role: "none" });
    world.append(world.edges, world.inner);
  }
  return world;
}

function put(key, entry, item, last) {
  live.get(key)?.element.remove();
  live.set(key, entry);
  const { part } = item;
  if (!part) insideOf(entry.line.within).edges.append(entry.element);
  else {
    const { inner } = insideOf(part.parent);
    const before = last.get(part.parent);
    inner.insertBefore(entry.element, before ? before.nextSibling : inner.firstChild);
    moveElement(entry, item.left, item.top);
  }
  mark(entry);
}

function moveElement(entry, x, y) {
  if (entry.x === x && entry.y === y) return;
  entry.element.setAttribute("transform", `translate(${tidy(entry.x = x)} ${tidy(entry.y = y)})`);
}

function newBox(item, far) {
  const element = interactive(drawBox(item, far), item.part);
  return { element, part: item.part, base: "box", far, w: item.w, framed: false };
}

function newFrame(item, far) {
  const { part } = item;
  const face = drawFrame(item, far);
  const edges = svg("g", { role: "none" }), inner = svg("g", { role: "group" });
  const element = interactive(svg("g", { class: "frame" }, face, edges, inner), part);
  return { element, face, edges, inner, part, base: "frame", far, layout: part.layout, framed: true };
}

/** Draw what is there already anew as far as it has changed. */
function renew(entry, item, far) {
  const { part } = entry;
  if (entry.framed && (entry.far !== far || entry.layout !== part.layout)) {
    const face = drawFrame(item, far);
    entry.face.replaceWith(face);
    Object.assign(entry, { face, far, layout: part.layout });
  } else if (!entry.framed && (entry.far !== far || entry.w !== item.w)) {
    entry.element.replaceChildren(...drawBox(item, far).children);
    Object.assign(entry, { far, w: item.w });
  }
  moveElement(entry, item.left, item.top);
  mark(entry);
}

/** The classes that say what is picked out. */
function mark(entry) {
  const { part, line } = entry;
  let found = entry.base;
  if (line) {
    const { edge } = line;
    if (marks.into.has(edge.key)) found += " into";
    else if (marks.out.has(edge.key)) found += " out";
    else if (marks.lit && !marks.lit.edge(edge)) found += " dim";
  } else {
    if (part === marks.selected) found += " selected";
    if (marks.hits.has(part)) found += " hit";
    if (marks.lit && !marks.lit.box(part)) found += " dim";
    const tab = part === marks.at ? "0" : "-1";
    if (entry.tab !== tab) entry.element.setAttribute("tabindex", entry.tab = tab);
  }
  if (entry.marks !== found) entry.element.setAttribute("class", entry.marks = found);
}

const remark = () => live.forEach(mark);

/** What tells assistive technology what a box or a frame is. */
function interactive(element, part) {
  element.id = `part-${part.id}`;
  element.setAttribute("role", "treeitem");
  element.setAttribute("aria-level", Math.max(1, part.depth));
  element.setAttribute("aria-label", sentence(part));
  if (folds(part)) element.setAttribute("aria-expanded", String(part.isOpen));
  return element;
}

const idOf = (element) => Number(element.id.slice("part-".length));
const elementOf = (part) => live.get(part)?.element;

/** The part whose box or frame an event is in. */
function partOf(target) {
  const element = target instanceof Element && target.closest("[role=treeitem]");
  return element ? parts[idOf(element)] : null;
}

// --- looking somewhere else ----------------------------------------------------------------

function zoom(factor, x = size().width / 2, y = size().height / 2) {
  const k = Math.min(MOST, Math.max(LEAST, camera.k * factor));
  untouched = null;
  camera.x = x - (x - camera.x) * (k / camera.k);
  camera.y = y - (y - camera.y) * (k / camera.k);
  camera.k = k;
  show();
}

function moveCamera(dx, dy) {
  camera.x += dx;
  camera.y += dy;
  untouched = null;
}

function pan(dx, dy) {
  moveCamera(dx, dy);
  show();
}

/** The whole figure in the window. */
function fit() {
  fold();
  look(wholeScale(), false);
}

/** How large all of the figure can be in the window. */
function wholeScale() {
  const { width, height } = size();
  return Math.min((width - 2 * MARGIN) / scene.w, (height - 2 * MARGIN) / scene.h, LARGEST);
}

/** Lay the figure out in columns of a length. */
function columns(length) {
  limit = length;
  relayout();
}

/** Cut the figure into columns as long as lets the window show it largest; whether that can be read. */
function fold() {
  const { width, height } = size(), room = (across ? width : height) - 2 * MARGIN;
  const seen = (length, rows = true) => {
    joined = rows;
    columns(length);
    return wholeScale();
  };
  let best = Infinity, most = seen(best);
  if (most >= 1) return true;
  if (root.way === "u") {
    const apart = seen(best, false);
    return (apart < most ? seen(best) : apart) >= EASY;
  }
  const even = Math.sqrt(((width - 2 * MARGIN) * (height - 2 * MARGIN)) / (scene.w * scene.h));
  for (const share of SHARES) {
    const scale = Math.min(LARGEST, even * share);
    if (scale < most * 1.02) break;
    const found = seen(room / scale);
    if (found > most * 1.02) [best, most] = [limit, found];
  }
  if (limit !== best) seen(best);
  return most >= EASY;
}

/** The size of the window for which the figure was fitted, until somebody moves it. */
let untouched = null;

/** Whether the page says how much is open, until somebody does. */
let free = Boolean(network.free);

/** Open the most that can be read whole: what the page was made with, one level of nesting less at
 *  a time. Where nothing can, or too little to show how the network is made, all of that.
 *  Whether it can be read; it is laid out then. */
function unfoldWhatFits() {
  const asked = (part) => Boolean(part.open);
  setAll(asked);
  while (drawn().length > CROWD || !fold()) {
    const frames = drawn().filter((part) => isFrame(part) && part !== root);
    const deepest = Math.max(0, ...frames.map(({ depth }) => depth));
    for (const part of frames) if (part.depth === deepest) setOpen(part, false);
    if (!deepest || drawn().length < FEW_BOXES) {
      setAll(asked);
      return fold();
    }
  }
  return true;
}

/** The whole figure, if it can be read; else large enough to read, from its start.
 *  `changed`: whether parts were opened or folded, or the page is new. */
function begin(changed = true) {
  const whole = free ? unfoldWhatFits() : fold();
  if (changed || free) redraw();
  const { width, height } = size();
  if (whole) look(wholeScale(), true);
  else {
    const upright = height > width; // where the figure goes on below the window, and not beside it
    const side = (room, extent) => (room - 2 * MARGIN) / extent;
    const room = side(across ? width : height, EASY);
    columns(upright === across ? room : Infinity);
    const over = (across ? scene.w : scene.h) - room; // lines that lead on
    if (upright === across && over > 0 && over < room / 6) columns(room - over);
    look(Math.min(1, Math.max(EASY, upright ? side(width, scene.w) : side(height, scene.h))), true);
  }
  untouched = { width, height };
}

/** Look at the figure at a scale: at its middle, or at its start where it is too long. */
function look(k, start) {
  hideCard();
  camera.k = Math.max(LEAST, k);
  const { width, height } = size();
  const first = scene.boxes[0];
  const place = (room, extent, long, from) => {
    const middle = (room - extent * camera.k) / 2;
    if (!start || middle >= MARGIN - 1) return middle;
    return long ? MARGIN : Math.min(MARGIN, Math.max(2 * middle - MARGIN, room / 2 - from * camera.k));
  };
  camera.x = place(width, scene.w, across, first.x + first.w / 2);
  camera.y = place(height, scene.h, !across, first.y + first.h / 2);
  show();
}

/** Come so far away from a part that was opened that all of it is in the window, as long as words can
 *  be read; and near again when it is folded. What leads into it stays where it is. */
function makeRoom(part) {
  const item = scene.of.get(part), [x, y] = entrance(item), { width, height } = size();
  const [left, top] = [camera.x + x * camera.k, camera.y + y * camera.k];
  const room = (from, extent) => (extent > 0 ? (from - MARGIN) / extent : Infinity);
  const whole = Math.min(room(left, x - item.x), room(width - left, item.x + item.w - x),
    room(height - top, item.y + item.h - y));
  const far = Math.min(camera.k, Math.max(EASY, whole));
  if (isFrame(part)) part.near = far < camera.k ? { before: camera.k, after: far } : null;
  const moved = !part.near || Math.abs(part.near.after / camera.k - 1) > 1e-6; // by somebody since
  const back = moved ? camera.k : part.near.before;
  zoom((isFrame(part) ? far : back) / camera.k, left, top);
}

/** Move the window, if need be, so that a part is in it, at a size that can be read. */
function bringIntoView(part) {
  const item = scene.of.get(part);
  if (!item) return;
  untouched = null;
  const { width, height } = size();
  if (camera.k < 0.5) { // too far away to read: come nearer
    camera.k = 0.9;
    camera.x = camera.y = NaN; // nowhere near
  }
  const x = camera.x + item.x * camera.k, y = camera.y + item.y * camera.k;
  const w = Math.min(item.w * camera.k, width / 2), h = Math.min(item.h * camera.k, height / 2);
  if (!(x >= 10 && x + w <= width - 10)) camera.x = width / 2 - (item.x * camera.k + w / 2);
  if (!(y >= 10 && y + h <= height - 10)) camera.y = height / 2 - (item.y * camera.k + h / 2);
}
