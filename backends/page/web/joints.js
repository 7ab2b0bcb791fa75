// Where a value that goes straight across a U is joined with what comes up: what it goes through, the
// merge and the box after it stand in one row, as one box of the arm.

const JOG = 12; // below a row, for the line that comes up to its merge
let joined = true; // or they stand over one another, where there is more height than width

/** What stands in a row with a box that a value comes to from the other arm: `side`, through which
 *  it goes, `merge`, and `next`, if there are such; null where that cannot be said. */
function rowAt(head) {
  const flows = (piece) => !(piece.edge.kind & 2);
  const ends = (list, end) => [...new Set(list.map((piece) => piece[end]))];
  const plain = (box) => box && !box.port && !box.inside;
  const isSide = !head.ins.some(flows) && head.outs.length === 1;
  const merge = isSide ? head.outs[0].b : head, side = isSide ? head : null;
  if (!plain(head) || !plain(merge)) return null;
  const tails = ends(merge.ins.filter(flows), "a").filter((box) => box !== side);
  if (tails.length !== 1 || merge.ins.some((piece) => !flows(piece))) return null;
  if (side?.ins.some(({ a }) => a !== tails[0] || !plain(a))) return null; // what it is cut like
  const after = ends(merge.outs, "b");
  const next = after.length === 1 && plain(after[0]) && after[0].ins.length === 1 ? after[0] : null;
  return { side, merge, next };
}

/** Put boxes of an arm into rows; each row is one box of it, whose middle is that of its last. */
function joinRows(arm, heads) {
  const rowOf = new Map();
  for (const head of heads) {
    const row = rowAt(head);
    const boxes = row && [row.side, row.merge, row.next].filter(Boolean);
    if (!row || boxes.some((box) => rowOf.has(box) || (box !== head && heads.has(box)))) continue;
    const made = rowBox(row, boxes);
    for (const box of boxes) rowOf.set(box, made);
  }
  const rows = [...new Set(rowOf.values())];
  arm.inner = []; // lines within rows, and to what is cut like what comes up
  const kept = [];
  for (const piece of arm.edges) {
    const [a, b] = [rowOf.get(piece.a) ?? piece.a, rowOf.get(piece.b) ?? piece.b];
    if (a === b || (b !== piece.b && piece.b === b.row.side)) {
      arm.inner.push(piece);
      if (a !== b) Object.assign(a, { below: 0, right: a.w / 2 }); // its shape is that of the side
    } else kept.push(Object.assign(piece, { a, b }));
  }
  arm.edges = kept;
  arm.boxes = [...new Set(arm.boxes.map((box) => rowOf.get(box) ?? box))];
  for (const row of rows) {
    row.ins = kept.filter(({ b }) => b === row);
    row.outs = kept.filter(({ a }) => a === row);
  }
}

/** A row as one box. Its boxes know how far they stand from its middle, as `dx`. */
function rowBox(row, boxes) {
  const axis = row.next ?? row.merge, jog = row.next ? JOG : 0;
  let at = 0, left = axis.left;
  axis.dx = 0;
  for (let i = boxes.length - 2; i >= 0; i--) {
    const [box, next] = [boxes[i], boxes[i + 1]];
    const word = wordOf(box.part) ? textWidth(wordOf(box.part), OTHER) : 0;
    at -= next.w / 2 + Math.max(26, word + 18) + box.w / 2;
    Object.assign(box, { dx: at });
    left = box.w / 2 - at;
  }
  const h = Math.max(...boxes.map((box) => box.h)) + jog;
  return { ...axis, id: row.merge.id, row, boxes, jog, w: axis.w, h, left };
}

/** Put the boxes of a row where it stands. */
function placeRow(made) {
  for (const box of made.boxes) {
    Object.assign(box, { x: made.x + box.dx, y: made.y + made.jog / 2 });
  }
}

/** Where a line leaves a row: at its last box, which may be lower than others. */
function outOfRow(box, arm, [x]) {
  const axis = box.boxes?.at(-1);
  return axis ? [x, arm.at(axis.x, axis.y + axis.h / 2)[1]] : null;
}

/** From the foot of a row to its merge. */
function intoRow(path, { row, jog, y, h }, arm) {
  const { merge } = row, [x, low] = arm.at(merge.x, y - h / 2 + jog / 2);
  const [from] = path.points[path.points.length - 1];
  const end = arm.at(merge.x, merge.y - merge.h / 2);
  path.corners(jog ? [[from, low], [x, low], end] : [end]);
}

/** A line within a row, or from the side of what comes up to what is cut like it. */
function rowLine(part, arm, piece) {
  const { a, b, edge } = piece, path = new Path(), said = [];
  const lower = a.boxes ? null : a.y < b.y - 1 ? a : null;
  const [x0, y0] = arm.at(lower ? a.x - a.w / 2 : a.x + a.w / 2, a.y);
  path.put("M", [x0, y0]);
  if (lower) {
    const [x1, y1] = arm.at(b.x, b.y - b.h / 2);
    path.corners([[x1, y0], [x1, y1]]);
    if (edge.word) said.push({ text: edge.word, x: x1 - 5, y: y1 + 16, anchor: "end" });
  } else {
    path.put("L", arm.at(b.x - b.w / 2, b.y));
    if (wordOf(a.part)) said.push({ text: wordOf(a.part), x: x0 + 6, y: y0 - 5, anchor: "start" });
    if (edge.word) said.push({ text: edge.word, x: x0 + 6, y: y0 + 12, anchor: "start" });
  }
  return path.line(piece, part, said);
}
