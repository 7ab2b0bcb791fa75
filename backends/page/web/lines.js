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

/** An edge as it is drawn, seen from where it begins: `d` of a path, and where words stand. */
function line(piece, part, ways, side, at) {
  const { b, edge } = piece;
  const last = ways.length - 1;
  const [left, top] = at(ways[0][0], ways[0][1]);
  const points = [];
  const put = (letter, ...pairs) => {
    const spots = pairs.map(([cross, main]) => at(cross, main));
    points.push(...spots);
    return letter + spots.map(([x, y]) => `${tidy(x - left)} ${tidy(y - top)}`).join(" ");
  };
  let d = put("M", [ways[0][0], ways[0][1]]);
  ways.forEach(([x, from, to], i) => {
    if (i === last && side) return;
    if (i && Math.abs(ways[i - 1][0] - x) > 0.5) {
      const [before, , start] = ways[i - 1], middle = (start + from) / 2;
      d += put("C", [before, middle], [x, middle], [x, from]);
    }
    d += put("L", [x, i === last ? foot(b, x, to) : to]);
  });
  if (side) {
    const x = ways[last - 1][0], curve = Math.min(10, Math.abs(x - b.x) - RADIUS);
    d += put("L", [x, b.y - curve]) + put("Q", [x, b.y], [x - side * curve, b.y]);
    d += put("L", [b.x + side * RADIUS, b.y]);
  }
  const said = words(piece, at);
  for (const { x, y, text: said_, anchor } of said) {
    const reach = textWidth(said_, SMALL) * (anchor === "end" ? -1 : 1);
    points.push([x, y - SMALL], [x + reach, y]);
  }
  for (const word of said) Object.assign(word, { x: tidy(word.x - left), y: tidy(word.y - top) });
  const arrow = !b.port && !b.inside;
  return { edge, within: part, x: left, y: top, d, arrow, box: extent(points), words: said };
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
function words({ a, b, edge, leaves, enters }, at) {
  const found = [];
  const told = a.part && wordOf(a.part) && a.outs[0].edge === edge;
  if (told) {
    const [x, y] = at(a.x + leaves, a.y + a.h / 2);
    found.push({ text: wordOf(a.part), x: x + 5, y: across ? y - 4 : y + 13, anchor: "start" });
  }
  if (edge.word) {
    const [x, y] = at(b.x + enters, b.y - b.h / 2);
    found.push({ text: edge.word, x: x - (across ? 8 : 5), y: across ? y - 4 : y - 8, anchor: "end" });
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
  };
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
