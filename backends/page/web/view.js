// The window onto the figure: where it looks, and which elements that takes.
//
// Only what lies in the window has elements, and words only where they can be read; so what an
// interaction costs depends on what is seen.

const figure = document.getElementById("figure");
const camera = { x: 0, y: 0, k: 1 };
const LEAST = 0.02, MOST = 4, READABLE = 0.3;
const world = svg("g", { role: "none" });
const frameLayers = svg("g", { role: "none" });
const edgeLayer = svg("g", { role: "none", "aria-hidden": "true" });
const boxLayer = svg("g", { role: "none" });
const live = new Map(); // what has an element now, by key
let scene = null;
const marks = { at: null, selected: null, into: new Set(), out: new Set(), lit: null, hits: new Set() };

world.append(frameLayers, edgeLayer, boxLayer);
figure.append(arrowheads(), world);

/** Lay everything out anew as it is open now; `kept` stays where it is in the window. */
function relayout(kept) {
  const before = kept && scene?.of.get(kept);
  scene = flatten();
  const after = kept && scene.of.get(kept);
  if (before && after) {
    const left = isFrame(kept) || before.w > after.w ? 0.5 : 0.5;
    camera.x += (before.x + before.w * left - after.x - after.w * left) * camera.k;
    camera.y += (before.y - after.y) * camera.k;
  }
}

function size() {
  const { width, height } = figure.getBoundingClientRect();
  return { width: width || 800, height: height || 600 };
}

/** What lies in the window, with a margin that a short way does not cross. */
function windowInScene() {
  const { width, height } = size(), margin = 100;
  return {
    left: (-camera.x - margin) / camera.k,
    top: (-camera.y - margin) / camera.k,
    right: (width - camera.x + margin) / camera.k,
    bottom: (height - camera.y + margin) / camera.k,
  };
}

function frameLayer(depth) {
  while (frameLayers.children.length <= depth) frameLayers.append(svg("g", { role: "none" }));
  return frameLayers.children[depth];
}

/** Bring the elements in step with the scene, the window and the marks. */
function show() {
  const far = camera.k < READABLE;
  const seen = windowInScene();
  const within = (x, y, w, h) =>
    x < seen.right && x + w > seen.left && y < seen.bottom && y + h > seen.top;
  const wanted = new Set();
  const put = (key, item, look, make, layer) => {
    wanted.add(key);
    let entry = live.get(key);
    const place = `translate(${tidy(item.x)} ${tidy(item.y)})`;
    if (!entry || entry.look !== look) {
      const element = make();
      if (entry) entry.element.replaceWith(element);
      else layer.append(element);
      entry = { element, look, item, base: element.getAttribute("class"), marks: "" };
      live.set(key, entry);
    }
    if (entry.place !== place) entry.element.setAttribute("transform", entry.place = place);
    entry.item = item;
    mark(entry);
  };
  for (const item of scene.frames) {
    const { part, x, y, w, h } = item;
    if (part !== marks.at && !within(x, y, w, h)) continue;
    const look = `${far} ${w} ${h} ${part.layout.title.x}`;
    put(`f${part.id}`, item, look, () => interactive(drawFrame(item, far), part), frameLayer(part.depth));
  }
  for (const item of scene.boxes) {
    const { part, x, y, w, h } = item;
    if (part !== marks.at && !within(x, y, w, h)) continue;
    put(`b${part.id}`, item, `${far} ${w}`, () => interactive(drawBox(item, far), part), boxLayer);
  }
  for (const item of scene.edges) {
    const [x0, y0, x1, y1] = item.line.box;
    if (!within(item.x + x0, item.y + y0 - 20, x1 - x0 + 80, y1 - y0 + 40)) continue;
    put(item.line.edge.key, item, `${far}${item.line.d}`, () => drawEdge(item.line, far), edgeLayer);
  }
  for (const [key, { element }] of live) {
    if (wanted.has(key)) continue;
    element.remove();
    live.delete(key);
  }
  world.setAttribute("transform", `translate(${tidy(camera.x)} ${tidy(camera.y)}) scale(${camera.k})`);
}

/** The classes that say what is picked out. */
function mark(entry) {
  const { part, line } = entry.item;
  let found = "";
  if (line) {
    const { key, value } = line.edge;
    if (marks.into.has(key)) found = " into";
    else if (marks.out.has(key)) found = " out";
    else if (marks.lit && !marks.lit.edge(line.edge, value)) found = " dim";
  } else {
    if (part === marks.selected) found += " selected";
    if (marks.hits.has(part)) found += " hit";
    if (marks.lit && !marks.lit.box(part)) found += " dim";
    const tab = part === marks.at ? "0" : "-1";
    if (entry.tab !== tab) entry.element.setAttribute("tabindex", entry.tab = tab);
  }
  if (entry.marks !== found) entry.element.setAttribute("class", entry.base + (entry.marks = found));
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

const elementOf = (part) => live.get((isFrame(part) ? "f" : "b") + part.id)?.element;

/** The part whose box or frame an event is in. */
function partOf(target) {
  const element = target instanceof Element && target.closest("[role=treeitem]");
  return element ? parts[Number(element.id.slice("part-".length))] : null;
}

// --- looking somewhere else ----------------------------------------------------------------

function zoom(factor, x = size().width / 2, y = size().height / 2) {
  const k = Math.min(MOST, Math.max(LEAST, camera.k * factor));
  camera.x = x - (x - camera.x) * (k / camera.k);
  camera.y = y - (y - camera.y) * (k / camera.k);
  camera.k = k;
  show();
}

function pan(dx, dy) {
  camera.x += dx;
  camera.y += dy;
  show();
}

/** The whole figure in the window. */
function fit() {
  const { width, height } = size(), margin = 20;
  look(Math.min((width - 2 * margin) / scene.w, (height - 2 * margin) / scene.h, 1.6), 0.5);
}

/** The figure large enough to read, from its start where it is longer than the window. */
function begin() {
  const { width, height } = size(), margin = 20;
  const whole = Math.min((width - 2 * margin) / scene.w, (height - 2 * margin) / scene.h, 1.4);
  const side = across ? (height - 2 * margin) / scene.h : (width - 2 * margin) / scene.w;
  look(whole > 0.62 ? whole : Math.min(1, Math.max(side, READABLE)), 0);
}

function look(k, along) {
  const { width, height } = size(), margin = 20;
  camera.k = Math.max(LEAST, k);
  const spare = (room, extent) => Math.max(margin, (room - extent * camera.k) / 2);
  const least = (room, extent) => Math.min(spare(room, extent), (room - extent * camera.k) / 2);
  camera.x = along || !across ? (along ? least : spare)(width, scene.w) : margin;
  camera.y = along || across ? (along ? least : spare)(height, scene.h) : margin;
  if (!along && across) camera.y = least(height, scene.h);
  if (!along && !across) camera.x = least(width, scene.w);
  show();
}

/** Move the window, if need be, so that a part is in it, at a size that can be read. */
function bringIntoView(part) {
  const item = scene.of.get(part);
  if (!item) return;
  const { width, height } = size();
  if (camera.k < 0.5) {
    camera.k = 0.9;
    camera.x = camera.y = NaN;
  }
  const x = camera.x + item.x * camera.k, y = camera.y + item.y * camera.k;
  const w = Math.min(item.w * camera.k, width / 2), h = Math.min(item.h * camera.k, height / 2);
  if (!(x >= 10 && x + w <= width - 10)) camera.x = width / 2 - (item.x * camera.k + w / 2);
  if (!(y >= 10 && y + h <= height - 10)) camera.y = height / 2 - (item.y * camera.k + h / 2);
}
