// The card that says what is known of a box, and what is picked out round it.

const card = document.getElementById("card");
const said = document.getElementById("said");
const CARD = 280, FULL_CARD = 540; // how wide a card may be

/** Tell it to who listens rather than looks. */
function announce(words) {
  said.textContent = words;
}

function html(name, words = "", attributes = {}) {
  const element = document.createElement(name);
  element.textContent = words;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

/** What is known of a part: pairs of a word and a value. */
function facts(part) {
  const found = [];
  const fact = (word, value) => { if (value) found.push([word, value]); };
  fact("Shape", part.shape?.join(", "));
  fact("Parameters", part.params && exact(part.params));
  fact("MACs", part.macs && exact(part.macs));
  fact("Receptive field", part.field);
  fact("Output", part.bytes && `${exact(part.bytes)} B`);
  fact("Weights of", part.weights);
  fact("Up to", part.last);
  if (part.dashed && (!part.op || part.op !== "dropout")) fact("Runs", "in training only");
  for (const [word, value] of network.attributes[part.attributes || 0]) fact(word, value);
  return found;
}

/** How the numbers of a layer come about: in names, and with numbers put in. */
function arithmetic(part) {
  const list = html("dl", "", { class: "sums" });
  for (const at of part.sums) {
    const [what, names, numbers] = network.arithmetic[at];
    const look = names.length + numbers.length > 44 ? "long" : "";
    const sum = html("dd", "", { class: look });
    if (names) sum.append(html("i", names.replaceAll("·", "·\u200b")), " = "); // may break there
    sum.append(html("span", numbers));
    list.append(html("dt", what), sum);
  }
  return list;
}

/** Say what is known of a part; of a layer that is selected, how that comes about. */
function fill(element, part) {
  const full = part === marks.selected && part.sums;
  const list = html("dl");
  for (const [word, value] of full ? [["Shape", part.shape.join(", ")]] : facts(part)) {
    list.append(html("dt", word), html("dd", value));
  }
  element.classList.toggle("full", Boolean(full));
  element.replaceChildren(html("strong", nameOf(part)), html("span", sortOf(part)), list);
  if (full) element.append(arithmetic(part));
}

/** Show the card beside a part's box, where there is room. */
function showCard(part) {
  const item = scene.of.get(part);
  if (!item || part === root) return hideCard();
  fill(card, part);
  const { width, height } = size();
  const left = camera.x + item.x * camera.k, top = camera.y + item.y * camera.k;
  const right = left + item.w * camera.k;
  const room = Math.max(width - right, left) - 20;
  card.classList.toggle("above", top + (item.h * camera.k) / 2 > height / 2);
  card.style.maxWidth = room < CARD ? "" : `min(${room}px, ${card.classList.contains("full") ? FULL_CARD : CARD}px)`;
  card.style.left = "0"; // or it would be as narrow as where it stood before
  card.hidden = false;
  const w = card.offsetWidth, h = card.offsetHeight;
  const x = right + w + 12 < width ? right + 12 : left - w - 12 > 0 ? left - w - 12 : width - w - 8;
  card.style.left = `${Math.max(8, Math.min(x, width - w - 8))}px`;
  card.style.top = `${Math.max(8, Math.min(top, height - h - 8))}px`;
}

function hideCard() {
  card.hidden = true;
}

/** Note what a part reads and what reads it, to be picked out. */
function around(part) {
  Object.assign(marks, part ? edgesAt(part) : { into: NOTHING, out: NOTHING });
}

/** Pick out what a part reads and what reads it. */
function point(part) {
  around(part);
  remark();
}

/** Note which part is selected; all that does not lead to it or from it is faint. */
function choose(part) {
  marks.selected = part;
  marks.lit = null;
  around(part);
  if (!part || isFrame(part)) return;
  const { down, up } = flow();
  const boxes = new Set([...reached(part, down), ...reached(part, up)]);
  const lit = new Set();
  for (const box of boxes) for (let p = box; p && !lit.has(p); p = p.parent) lit.add(p);
  marks.lit = {
    box: (one) => lit.has(one),
    edge: ({ to, value }) => (!to || lit.has(to)) && boxes.has(boxOf(value)),
  };
}

/** Select a part: its row, its edges, and what it has to do with. */
function select(part) {
  choose(part);
  remark();
  markRow(part);
  announce(part ? sentence(part) : "Nothing is selected");
}

/** Select a layer and say how its numbers come about, or let go of it. */
function explain(part) {
  select(part === marks.selected ? null : part);
  showCard(part);
  if (part !== marks.selected || !part.sums) return;
  const told = [...card.querySelectorAll(".sums dt")]
    .map((what) => `${what.textContent}: ${what.nextSibling.textContent}`);
  announce([sentence(part), ...told].join("; "));
}
