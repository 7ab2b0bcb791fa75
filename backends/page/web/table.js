// The table of costs: a row for each box that is drawn. Only the rows in sight have elements.

const COLUMNS = [
  { name: "Layer", value: nameOf, words: withTimes },
  { name: "Op", value: (part) => (part.op || part.block || part.sort).replaceAll("_", " ") },
  { name: "Shape", value: (part) => (part.shape || []).join(", "), size: volume },
  { name: "Params", value: (part) => part.params || 0, number: true },
  { name: "MACs", value: (part) => part.macs || 0, number: true },
  { name: "Field", title: "Receptive field", value: (part) => part.field || "", size: volume },
];
const ROW = 25; // pixels
const sheet = document.getElementById("sheet");
const scroller = document.getElementById("scroller");
const body = sheet.tBodies[0];
const collator = new Intl.Collator("en", { numeric: true });
const order = { column: -1, down: false };
let rows = [];

/** How many values a shape holds, or pixels a field has. */
function volume(part, words) {
  return words ? words.split(", ")[0].split("×").reduce((product, n) => product * Number(n), 1) : 0;
}

/** The name, and how many equals a run has. */
function withTimes(part) {
  return part.times ? `${nameOf(part)}  × ${part.times}` : nameOf(part);
}

{
  const line = sheet.tHead.rows[0];
  COLUMNS.forEach((column, i) => {
    const cell = html("th", "", { scope: "col" });
    const button = html("button", column.name, { type: "button" });
    if (column.title) button.title = column.title;
    button.addEventListener("click", () => sortBy(i));
    if (column.number) cell.className = "number";
    cell.append(button);
    line.append(cell);
  });
}

/** Sort by a column; a second time the other way round, a third time as the figure runs. */
function sortBy(column) {
  const numeric = COLUMNS[column].number || COLUMNS[column].size;
  if (order.column !== column) Object.assign(order, { column, down: Boolean(numeric) });
  else if (order.down === Boolean(numeric)) order.down = !order.down;
  else order.column = -1;
  [...sheet.tHead.rows[0].cells].forEach((cell, i) => {
    if (i === order.column) cell.setAttribute("aria-sort", order.down ? "descending" : "ascending");
    else cell.removeAttribute("aria-sort");
  });
  arrange();
  const name = COLUMNS[column].name;
  announce(order.column < 0 ? "In the order of the figure"
    : `Sorted by ${name}, ${order.down ? "largest first" : "smallest first"}`);
}

/** Put the rows in order, and show those in sight. */
function arrange() {
  rows = scene.boxes.map(({ part }) => part).sort((a, b) => a.id - b.id);
  const column = COLUMNS[order.column];
  if (column) {
    const sign = order.down ? -1 : 1;
    const keys = new Map(rows.map((part) => {
      const value = column.value(part);
      if (column.number && typeof value !== "number") return [part, Infinity]; // unknown
      return [part, column.size ? column.size(part, value) : value];
    }));
    const compare = column.number || column.size ? (a, b) => a - b : collator.compare;
    rows.sort((a, b) => sign * compare(keys.get(a), keys.get(b)) || a.id - b.id);
  }
  sheet.setAttribute("aria-rowcount", rows.length + 1);
  document.getElementById("count").textContent = `${rows.length} boxes`;
  showRows();
}

function cells(part, room) {
  return COLUMNS.map((column, i) => {
    const value = (column.words || column.value)(part);
    if (i) {
      const words = column.number ? (value ? brief(value) : "–") : value;
      const look = column.number ? { class: "number", title: exact(value) } : { title: value };
      return html("td", words, look);
    }
    const cell = html("td", "", { title: value });
    cell.append(html("button", abbreviated(value, 12, room), { type: "button", "aria-label": value }));
    return cell;
  });
}

function showRows() {
  const first = Math.max(0, Math.floor(scroller.scrollTop / ROW) - 5);
  const last = Math.min(rows.length, first + Math.ceil((scroller.clientHeight || 600) / ROW) + 10);
  const space = (count) => {
    const row = html("tr", "", { class: "space", "aria-hidden": "true" });
    row.style.height = `${count * ROW}px`;
    return row;
  };
  const focused = body.contains(document.activeElement)
    ? document.activeElement.closest("tr").dataset.part : null;
  const room = (sheet.tHead.rows[0].cells[0].clientWidth || 120) - 12; // for a name
  const shown = rows.slice(first, last).map((part, i) => {
    const row = html("tr", "", { "aria-rowindex": first + i + 2 });
    row.dataset.part = part.id;
    row.append(...cells(part, room));
    if (part === marks.selected) row.setAttribute("aria-selected", "true");
    return row;
  });
  body.replaceChildren(space(first), ...shown, space(rows.length - last));
  if (focused) body.querySelector(`tr[data-part="${focused}"] button`)?.focus({ preventScroll: true });
}

/** Bring a part's row into sight and mark it. */
function markRow(part) {
  const at = rows.indexOf(part);
  if (at >= 0) {
    const top = at * ROW, room = scroller.clientHeight - 2 * ROW;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    else if (top > scroller.scrollTop + room) scroller.scrollTop = top - room;
  }
  showRows();
}

scroller.addEventListener("scroll", showRows);
body.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-part]");
  if (!row) return;
  const part = parts[Number(row.dataset.part)];
  bringIntoView(part);
  marks.at = part;
  choose(part);
  show();
  markRow(part);
  announce(sentence(part));
});
