// Boxes, frames and edges as SVG elements; the same on the page and in a file that is saved.

const SVG = "http://www.w3.org/2000/svg";
const colour = (role) => `var(--${role})`; // which is another in a dark scheme

function svg(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function text(words, x, y, size, look = {}) {
  const element = svg("text", { x, y, "font-size": size, fill: colour("ink"), ...look });
  element.textContent = words;
  return element;
}

const ground = (part) =>
  part === root ? colour("paper") : colour(part.depth % 2 ? "ground" : "ground2");

/** A box: its outline, and its words unless it is too far away to read them. */
function drawBox({ part, w, h }, far) {
  const group = svg("g", { class: "box" });
  const stroke = { stroke: colour("line"), "stroke-width": folds(part) ? 1.8 : 1 };
  if (part.dashed) stroke["stroke-dasharray"] = "5 3";
  const role = part.role || "ground2", fill = colour(role);
  if (part.form === "circle" && part.lines.length === 1) {
    group.append(...circle(part, stroke, fill));
    return group;
  }
  const rect = (x, y, width, height, r) =>
    svg("rect", { x, y, width, height, rx: r, fill, ...stroke });
  const round = { bar: 2, oval: h / 2, circle: h / 2 }[part.form] ?? 5;
  if (part.sort === "run") group.append(rect(4, 0, w - 4, h - 4, round), rect(0, 4, w - 4, h - 4, round));
  else group.append(rect(0, 0, w, h, round));
  if (far) return group;
  const width = part.sort === "run" ? w - 4 : w, below = part.sort === "run" ? 4 : 0;
  const lines = wordsIn(part);
  const top = below + (h - below - LINE * lines.length) / 2 + 11.7;
  lines.forEach((line, i) => {
    const ink = i && folds(part) && part.role === "ground2" ? "faint" : `on-${role}`;
    const look = { "text-anchor": "middle", fill: colour(ink) };
    if (!i && folds(part)) look["font-weight"] = "bold";
    group.append(text(line, width / 2, tidy(top + LINE * i), i ? OTHER : FIRST, look));
  });
  if (folds(part)) group.append(marker(width - 14, below + 5, false));
  return group;
}

/** ⊕, ⊖ or ⊗, drawn: no font is asked for it. */
function circle(part, stroke, fill) {
  const r = RADIUS, s = part.lines[0] === "×" ? r * Math.SQRT1_2 : r;
  const d = {
    "+": `M${r - s} ${r}H${r + s}M${r} ${r - s}V${r + s}`,
    "−": `M${r - s} ${r}H${r + s}`,
    "×": `M${r - s} ${r - s}L${r + s} ${r + s}M${r - s} ${r + s}L${r + s} ${r - s}`,
  }[part.lines[0]];
  return [
    svg("circle", { cx: r, cy: r, r, fill, ...stroke, "stroke-width": 1.4 }),
    svg("path", { d: d || "", fill: "none", stroke: stroke.stroke, "stroke-width": 1.4 }),
  ];
}

/** The sign of what folds: + where it opens, − where it closes. */
function marker(x, y, open) {
  const d = `M${x + 2} ${y + 4.5}h5` + (open ? "" : `M${x + 4.5} ${y + 2}v5`);
  const stroke = { stroke: colour("faint"), "stroke-width": 1 };
  return svg("g", { class: "marker" },
    svg("rect", { x, y, width: 9, height: 9, rx: 2, fill: colour("paper"), ...stroke }),
    svg("path", { d, fill: "none", ...stroke }));
}

/** An open part: a frame with its name. */
function drawFrame({ part, w, h }, far) {
  const stroke = { stroke: colour("frame"), "stroke-width": 1 };
  if (part.dashed) stroke["stroke-dasharray"] = "5 3";
  const group = svg("g", { class: "face" },
    svg("rect", { width: w, height: h, rx: 8, fill: ground(part), ...stroke }));
  if (far) return group;
  const { name, more, x } = part.layout.title;
  group.append(
    marker(x - 2, 5, true),
    text(name, x + 12, 14, OTHER, { "font-weight": "bold", fill: colour("faint") }));
  if (more) {
    const after = x + 18 + textWidth(name, OTHER, true);
    group.append(text(more, after, 14, OTHER, { fill: colour("faint") }));
  }
  return group;
}

/** A line with its arrow and what is written on it; the words stand out from what is behind. */
function drawEdge(line, far) {
  const { kind } = line.edge;
  const path = svg("path", { d: line.d, fill: "none", stroke: colour("line"), "stroke-width": 1.2 });
  if (kind & 2) path.setAttribute("stroke-dasharray", "1.5 3");
  else if (kind & 1) path.setAttribute("stroke-dasharray", "5 3");
  if (line.arrow && !far) path.setAttribute("marker-end", `url(#${kind & 2 ? "open" : "arrow"})`);
  const group = svg("g", { class: "edge" }, path);
  if (far) return group;
  for (const { text: words, x, y, anchor } of line.words) {
    group.append(text(words, x, y, OTHER, {
      "text-anchor": anchor,
      fill: colour("faint"),
      stroke: ground(line.within),
      "stroke-width": 3,
      "paint-order": "stroke",
      "stroke-linejoin": "round",
    }));
  }
  return group;
}

function arrowheads() {
  const head = (id, look) => svg("marker", {
    id, viewBox: "0 0 8 8", refX: 7.2, refY: 4, markerWidth: 7, markerHeight: 7,
    markerUnits: "userSpaceOnUse", orient: "auto",
  }, svg("path", { d: "M.5 1 7.5 4 .5 7Z", ...look }));
  const line = colour("line");
  return svg("defs", {},
    head("arrow", { fill: line }),
    head("open", { fill: colour("paper"), stroke: line }),
    head("arrow-into", { class: "into" }),
    head("arrow-out", { class: "out" }));
}
