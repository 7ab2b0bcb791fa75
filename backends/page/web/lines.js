// The lines of edges, and everything that is drawn together.

/** Whether a line may come into a circle from the side, where it runs already. */
function besideOf({ b, stops }, rows) {
  if (!isRound(b) || !stops.length) return 0;
  const from = stops[stops.length - 1].x;
  if (Math.abs(from - b.x) < RADIUS + 8) return 0;
  const side = Math.sign(from - b.x);
  const next = rows[b.rank][b.pos + side];
  return !next || side * (next.x - from) > (side > 0 ? next.left : next.right) + 3 ? side : 0;
}

/** An edge as it is drawn, seen from where it begins: `d` of a path, and where words stand. Each
 *  of its ways is a stretch along the ranks and its column. */
function line(piece, part, ways, side, turned) {
  const path = new Path();
  path.put("M", ways[0][3].at(ways[0][0], ways[0][1]));
  trace(path, piece, ways, side, turned);
  const ends = [ways[0][3].at, ways[ways.length - 1][3].at];
  return path.line(piece, part, words(piece, ...ends, part.way));
}

/** Lead a path along an edge's ways. */
function trace(path, edge, ways, side, turned) {
  const { b } = edge, last = ways.length - 1, bundle = bundleOf(edge);
  const put = (letter, column, ...pairs) =>
    path.put(letter, ...pairs.map(([cross, main]) => column.at(cross, main)));
  ways.forEach(([x, from, to, column], i) => {
    if (i === last && side) return;
    const [before, , start, other] = i ? ways[i - 1] : [x];
    if (i && other !== column) trunk(path, before, other, x, column, turned, bundle);
    else if (i && Math.abs(before - x) > 0.5) {
      const middle = (start + from) / 2;
      put("C", column, [before, middle], [x, middle], [x, from]);
    }
    put("L", column, [x, i === last ? foot(b, x, to) : to]);
  });
  if (side) {
    const [x, , , column] = ways[last - 1], curve = Math.min(10, Math.abs(x - b.x) - RADIUS);
    put("L", column, [x, b.y - curve]);
    put("Q", column, [x, b.y], [x - side * curve, b.y]);
    put("L", column, [b.x + side * RADIUS, b.y]);
  }
}

/** The way from the end of a column to the head of another, round corners. Of several side by side
 *  the one on the right is the innermost below, and the outermost above, so that none cross. */
function trunk(path, x0, from, x1, to, turned, bundle) {
  const beside = to.order.indexOf(bundle) * ABREAST;
  const low = from.along(from.end) + from.drop + beside;
  const high = to.along(to.start) - to.into + beside;
  const start = from.across(x0), end = to.across(x1);
  const trench = from.across(from.high) + TRENCH / 2 + beside;
  const corners = [[start, low], [trench, low], [trench, high], [end, high], [end, high + TURN]];
  path.corners(corners.map(([cross, main]) => turned(cross, main)));
}

/** A path of straight lines and curves, with the points that say how far it reaches. */
class Path {
  constructor() {
    this.points = [];
    this.d = "";
  }

  put(letter, ...spots) {
    this.points.push(...spots);
    const [left, top] = this.points[0];
    this.d += letter + spots.map(([x, y]) => `${tidy(x - left)} ${tidy(y - top)}`).join(" ");
  }

  /** Through corners, which are round, to the last of them. */
  corners(spots) {
    let before = this.points[this.points.length - 1];
    spots.forEach((corner, i) => {
      const after = spots[i + 1];
      if (!after) return this.put("L", corner);
      const reach = Math.min(8, apartBy(before, corner) / 2, apartBy(corner, after) / 2);
      this.put("L", towards(corner, before, reach));
      this.put("Q", corner, towards(corner, after, reach));
      before = corner;
    });
  }

  line({ a, b, edge }, part, said) {
    const { points, d } = this, [left, top] = points[0];
    for (const { x, y, text: words_, anchor } of said) {
      const reach = textWidth(words_, OTHER) * (anchor === "end" ? -1 : 1);
      points.push([x, y - OTHER], [x + reach, y]);
    }
    for (const word of said) Object.assign(word, { x: tidy(word.x - left), y: tidy(word.y - top) });
    const arrow = !b.port && !b.inside;
    return { edge, within: part, x: left, y: top, d, arrow, box: extent(points), words: said };
  }
}

const apartBy = ([x0, y0], [x1, y1]) => Math.abs(x1 - x0) + Math.abs(y1 - y0);

function towards([x0, y0], [x1, y1], reach) {
  const whole = Math.hypot(x1 - x0, y1 - y0) || 1;
  return [x0 + ((x1 - x0) * reach) / whole, y0 + ((y1 - y0) * reach) / whole];
}

/** Where a line meets the upper side of a box, which is round where a circle is. */
function foot(box, x, top) {
  if (!isRound(box)) return top;
  return box.y - Math.sqrt(Math.max(0, RADIUS ** 2 - (x - box.x) ** 2));
}

const tidy = (number) => Math.round(number * 10) / 10;

function extent(points) {
  const xs = points.map(([x]) => x), ys = points.map(([, y]) => y);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

/** The shape where a box changed it, once, and the name of an operand that is not like others. */
function words({ a, b, edge, leaves, enters, wordless }, from, to, way) {
  const found = [], up = way === "up";
  const told = a.part && wordOf(a.part) && a.outs[0].edge === edge;
  if (told) {
    const [x, y] = from(a.x + leaves, a.y + a.h / 2);
    found.push({ text: wordOf(a.part), x: x + 5, y: across ? y - 4 : up ? y - 5 : y + 12, anchor: "start" });
  }
  if (edge.word && !wordless) {
    const [x, y] = to(b.x + enters, b.y - b.h / 2);
    const beside = across ? y - 4 : up ? y + 16 : y - 8;
    found.push({ text: edge.word, x: x - (across ? 8 : 5), y: beside, anchor: "end" });
  }
  return found;
}

/** Everything that is drawn: places in the figure as `x`, `y`, within its frame `left`, `top`. */
function flatten() {
  const scene = { items: [], boxes: [], edges: [], w: 0, h: 0, of: new Map() };
  const add = (item) => {
    scene.items.push(item);
    scene.of.set(item.part, item);
    if (!isFrame(item.part)) scene.boxes.push(item);
    else [item.gate] = item.part.layout.ports.ins.values(); // where a line comes in
  };
  root.way = across ? "across" : "down";
  if (root.isOpen && network.direction === "U" && !across) {
    root.way = "u";
    if (!layoutOf(root)) root.way = "down";
  }
  const walk = (part, x, y) => {
    const { children, edges } = layoutOf(part);
    for (const { part: child, x: left, y: top, w, h } of children) {
      add({ part: child, x: x + left, y: y + top, left, top, w, h });
      if (isFrame(child)) walk(child, x + left, y + top);
    }
    for (const line of edges) scene.edges.push({ line, x, y });
  };
  if (root.isOpen) {
    walk(root, 0, 0);
    Object.assign(scene, { w: root.layout.w, h: root.layout.h });
  } else {
    const size = sizeOf(root);
    add({ part: root, x: 0, y: 0, left: 0, top: 0, ...size });
    Object.assign(scene, size);
  }
  return scene;
}
