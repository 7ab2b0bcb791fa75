// The network: its parts, what is open, and the edges inside each part.

const network = JSON.parse(document.getElementById("network").textContent);
const parts = network.parts;
const root = parts[0];

/** Words as they are searched: `3x3` finds `3×3`. */
function searched(words) {
  return words.toLowerCase().replaceAll("×", "x");
}

parts.forEach((part, id) => {
  part.id = id;
  part.children = [];
  part.parent = id ? parts[part.in] : null;
  part.depth = id ? part.parent.depth + 1 : 0;
  part.parent?.children.push(part);
  part.isOpen = Boolean(part.open);
  part.edges = new Map(); // between its children, its ports included; by key
  part.layout = null; // of its inside; null when it has to be made anew
  part.find = searched([part.path, part.op, part.block, ...part.lines].join("\n"));
});

for (const part of [...parts].reverse()) { // the row of a U that it goes down to
  part.row ||= 0;
  if (part.parent) part.parent.row = Math.max(part.parent.row || 0, part.row);
}

const folds = (part) => part.children.length > 0;
const nameOf = (part) => part.path || part.lines[0];

/** Note an edge inside a part; `from` and `to` are children, or null for the part's border. */
function join(part, from, to, value, kind, word) {
  const key = `${from ? from.id : ""}>${to ? to.id : ""}:${value.id}`;
  const known = part.edges.get(key);
  if (known) {
    known.kind &= kind;
    if (word && known.word !== word) known.word = known.word ? `${known.word}, ${word}` : word;
    return;
  }
  part.edges.set(key, { key: `${part.id}/${key}`, from, to, value, kind, word: word || "" });
}

/** The child of the innermost part around both in which each of two leaves lies. */
function apart(one, other) {
  while (one.parent !== other.parent) {
    if (one.depth > other.depth) one = one.parent;
    else if (other.depth > one.depth) other = other.parent;
    else [one, other] = [one.parent, other.parent];
  }
  return [one, other];
}

const wires = []; // from leaf to leaf, with how the wire runs through the tree
{
  const seen = new Map();
  for (const [tail, head, kind, word] of network.edges) {
    const known = seen.get(`${tail}>${head}`);
    if (known) known.times += 1;
    else {
      const wire = { tail: parts[tail], head: parts[head], kind, word, times: 1 };
      seen.set(`${tail}>${head}`, wire);
      wires.push(wire);
    }
  }
  for (const { tail, head, kind, word, times } of wires) {
    const note = times > 1 ? "twice" : word;
    const [below, above] = apart(tail, head);
    for (let p = tail; p !== below; p = p.parent) join(p.parent, p, null, tail, kind, "");
    const trail = [];
    for (let p = head; p !== above; p = p.parent) trail.push(p);
    join(below.parent, below, above, tail, kind, trail.length ? "" : note);
    for (const p of trail) join(p.parent, null, p, tail, kind, p === head ? note : "");
  }
}

/** What a leaf is drawn as: itself, or the outermost folded part around it. */
function boxOf(leaf) {
  let box = leaf;
  for (let p = leaf.parent; p; p = p.parent) if (!p.isOpen) box = p;
  return box;
}

/** Frames and boxes in execution order, each frame before what is in it. */
function drawn() {
  const found = [];
  const walk = (part) => {
    found.push(part);
    if (part.isOpen) part.children.forEach(walk);
  };
  if (root.isOpen) root.children.forEach(walk);
  else found.push(root);
  return found;
}

const isFrame = (part) => part.isOpen && folds(part);

/** Open or fold; the layouts around it are to be made anew. */
function setOpen(part, open) {
  if (!folds(part) || part.isOpen === open) return false;
  part.isOpen = open;
  for (let p = part.parent; p; p = p.parent) p.layout = null;
  return true;
}

function setAll(isOpen) {
  for (const part of parts) if (folds(part)) setOpen(part, isOpen(part));
}

/** Open all that is round a part, so that it is drawn. */
function reveal(part) {
  let changed = false;
  for (let p = part.parent; p; p = p.parent) changed = setOpen(p, true) || changed;
  return changed;
}

/** The boxes that values flow between, as they are drawn now: ways down and up. */
function flow() {
  const down = new Map(), up = new Map();
  const add = (map, a, b) => (map.get(a) || map.set(a, new Set()).get(a)).add(b);
  const boxes = new Map(wires.flatMap((w) => [[w.tail, null], [w.head, null]]));
  for (const leaf of boxes.keys()) boxes.set(leaf, boxOf(leaf));
  for (const { tail, head } of wires) {
    const a = boxes.get(tail), b = boxes.get(head);
    if (a !== b) {
      add(down, a, b);
      add(up, b, a);
    }
  }
  return { down, up };
}

/** All that can be reached from a box along one of the ways of `flow`. */
function reached(box, ways) {
  const found = new Set([box]);
  for (const part of found) for (const next of ways.get(part) || []) found.add(next);
  return found;
}

const holds = (outer, part) => {
  for (let p = part; p; p = p.parent) if (p === outer) return true;
  return false;
};

/** The keys of the edges that values take into a box and out of it. */
function edgesAt(part) {
  const into = new Set(), out = new Set();
  for (const wire of wires) {
    const starts = holds(part, wire.tail), ends = holds(part, wire.head);
    if (starts === ends) continue;
    const found = starts ? out : into;
    const [below, above] = apart(wire.tail, wire.head);
    const key = (p, from, to) =>
      found.add(`${p.id}/${from ? from.id : ""}>${to ? to.id : ""}:${wire.tail.id}`);
    for (let p = wire.tail; p !== below; p = p.parent) key(p.parent, p, null);
    key(below.parent, below, above);
    for (let p = wire.head; p !== above; p = p.parent) key(p.parent, null, p);
  }
  return { into, out };
}

// --- words ---------------------------------------------------------------------------------

const UNITS = ["", "K", "M", "G", "T", "P"];

/** `4.09G`: as the tables of `archspec stats` have it. */
function brief(number) {
  if (typeof number !== "number") return number; // unknown
  let rank = 0;
  while (rank + 1 < UNITS.length && Math.round(number * 100) / 100 >= 1000) {
    number /= 1000;
    rank += 1;
  }
  return rank ? number.toFixed(2) + UNITS[rank] : String(number);
}

const exact = (number) => typeof number !== "number" ? number
  : Number.isSafeInteger(number) ? number.toLocaleString("en") : `about ${brief(number)}`;

/** What it is, in words: `block`, `max pool`, `3 times bottleneck`. */
function sortOf(part) {
  if (part.sort === "run") return `${part.times} equal, one after the other`;
  if (part.sort === "fused") return "layer with what is written into it";
  if (part.sort === "layer") return part.op.replaceAll("_", " ");
  return part.sort === "block" ? `block ${part.block.replaceAll("_", " ")}` : part.sort;
}

/** A box in a sentence, for who does not see it. */
function sentence(part) {
  const words = [nameOf(part), sortOf(part)];
  if (part.shape) words.push(`gives ${part.shape.join(" and ")}`);
  if (part.params) words.push(`${brief(part.params)} parameters`);
  if (part.macs) words.push(`${brief(part.macs)} MACs`);
  if (part.weights) words.push(`weights of ${part.weights}`);
  if (part.dashed && part.op !== "dropout") words.push("in training only");
  return words.join(", ");
}
