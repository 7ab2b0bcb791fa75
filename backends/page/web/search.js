// Search: paths, ops and blocks that hold the words.

const field = document.getElementById("search");
const found = document.getElementById("found");
let hits = [], hit = -1;

/** Find what holds the words, whether it is drawn or folded away; mark what is drawn. */
function search() {
  const words = searched(field.value.trim());
  const same = (part) => part.sort !== "run" && part.sort !== "network" && part.find.includes(words);
  hits = words ? parts.filter(same) : [];
  hit = -1;
  marks.hits = new Set(hits);
  const one = hits.length === 1 ? "1 hit" : `${hits.length} hits`;
  found.textContent = words ? one : "";
  remark();
}

/** Go to the next hit, or the one before, and open what is round it. */
function nextHit(step) {
  if (!hits.length) return;
  hit = hit < 0 ? (step > 0 ? 0 : hits.length - 1) : (hit + step + hits.length) % hits.length;
  const part = hits[hit];
  marks.selected = marks.at = part;
  if (reveal(part)) {
    free = false;
    redraw();
  } else choose(part);
  bringIntoView(part);
  show();
  markRow(part);
  showCard(part);
  found.textContent = `${hit + 1} of ${hits.length}`;
  announce(`${hit + 1} of ${hits.length}: ${sentence(part)}`);
}

field.addEventListener("input", search);
field.addEventListener("keydown", (event) => {
  if (event.key === "Enter") {
    event.preventDefault();
    nextHit(event.shiftKey ? -1 : 1);
  } else if (event.key === "Escape") {
    field.value = "";
    search();
  }
});
document.getElementById("next").addEventListener("click", () => nextHit(1));
document.getElementById("previous").addEventListener("click", () => nextHit(-1));
