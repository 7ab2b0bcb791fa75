// What pointers and keys do.

const button = (id) => document.getElementById(id);

/** After parts were opened or folded: draw anew, in the figure and in the table. */
function redraw(kept) {
  hideCard();
  relayout(kept);
  if (!scene.of.has(marks.at)) marks.at = drawn()[0];
  choose(scene.of.has(marks.selected) ? marks.selected : null);
  arrange();
  pressed();
}

/** Open or fold one part, which stays where it is. */
function toggle(part) {
  const had = figure.contains(document.activeElement);
  free = false;
  setOpen(part, !part.isOpen);
  marks.at = marks.selected = part;
  redraw(part);
  makeRoom(part);
  markRow(part);
  if (had) elementOf(part)?.focus({ preventScroll: true });
  announce(`${nameOf(part)} is ${part.isOpen ? `open, ${part.children.length} parts` : "folded"}`);
}

/** Make a part the one that the tab key comes to. */
function moveTo(part) {
  const before = marks.at;
  marks.at = part;
  for (const one of [before, part]) if (live.has(one)) mark(live.get(one));
}

// --- levels --------------------------------------------------------------------------------

const levels = button("levels");
network.levels.forEach((level, i) => {
  const choice = html("button", level, { type: "button", "aria-pressed": "false" });
  choice.addEventListener("click", () => {
    free = false;
    setAll((part) => Boolean(part.levels & (1 << i)));
    begin();
    announce(`Level ${level}: ${scene.boxes.length} boxes`);
  });
  levels.append(choice);
});

/** Say which level it is, if it is one. */
function pressed() {
  [...levels.children].forEach((choice, i) => {
    const same = parts.every((p) => !folds(p) || p.isOpen === Boolean(p.levels & (1 << i)));
    choice.setAttribute("aria-pressed", String(same));
  });
}

function all(open) {
  free = false;
  setAll((part) => open || part === root);
  begin();
  announce(`${scene.boxes.length} boxes`);
}

button("open-all").addEventListener("click", () => all(true));
button("fold-all").addEventListener("click", () => all(false));
button("zoom-in").addEventListener("click", () => zoom(1.25));
button("zoom-out").addEventListener("click", () => zoom(0.8));
button("fit").addEventListener("click", fit);
button("turn").addEventListener("click", () => {
  across = !across;
  begin();
  announce(across ? "From left to right" : "From top to bottom");
});

/** Show what a button shows, the menu or the table, or fold it away. */
function unfold(name, shown) {
  document.body.classList.toggle(name === "menu" ? "menu" : "wide", name === "menu" ? shown : !shown);
  button(`${name}-switch`).setAttribute("aria-expanded", String(shown));
}

const unfolded = (name) => button(`${name}-switch`).getAttribute("aria-expanded") === "true";

button("menu-switch").addEventListener("click", () => unfold("menu", !unfolded("menu")));
button("panel-switch").addEventListener("click", () => {
  unfold("panel", !unfolded("panel"));
  unfold("menu", false);
  showRows();
});
document.querySelector(".skip").addEventListener("click", () => unfold("panel", true));
button("tools").addEventListener("click", (event) => {
  if (!event.target.id.startsWith("zoom")) unfold("menu", false);
});

// --- pointers ------------------------------------------------------------------------------

const fingers = new Map();
let moved = 0;

figure.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  unfold("menu", false);
  fingers.set(event.pointerId, event);
  moved = 0;
});

figure.addEventListener("pointermove", (event) => {
  rests = `${event.clientX} ${event.clientY}`;
  const before = fingers.get(event.pointerId);
  if (!before) return;
  const others = [...fingers.values()].filter((one) => one.pointerId !== event.pointerId);
  const dx = event.clientX - before.clientX, dy = event.clientY - before.clientY;
  fingers.set(event.pointerId, event);
  moved += Math.abs(dx) + Math.abs(dy);
  if (moved > 4 && !figure.hasPointerCapture(event.pointerId)) {
    figure.setPointerCapture(event.pointerId);
    hideCard();
  }
  if (others.length) {
    const [other] = others, frame = figure.getBoundingClientRect();
    const apart = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
    const middle = [event.clientX + other.clientX, event.clientY + other.clientY].map((at) => at / 2);
    moveCamera(dx / 2, dy / 2);
    zoom(apart(event) / Math.max(1, apart(before)), middle[0] - frame.x, middle[1] - frame.y);
  } else if (moved > 4) pan(dx, dy);
});

for (const end of ["pointerup", "pointercancel"]) {
  figure.addEventListener(end, (event) => fingers.delete(event.pointerId));
}

figure.addEventListener("click", (event) => {
  if (moved > 4) return;
  const part = partOf(event.target);
  if (!part) {
    hideCard();
    select(null);
    return;
  }
  moveTo(part);
  if (folds(part)) toggle(part);
  else explain(part);
});

/** Where the pointer was last. Boxes that move below it while it rests are not pointed at. */
let rests = "";

figure.addEventListener("pointerover", (event) => {
  if (event.pointerType === "touch" || fingers.size) return;
  const before = rests;
  rests = `${event.clientX} ${event.clientY}`;
  if (rests === before) return;
  const part = partOf(event.target);
  if (part && !isFrame(part)) {
    point(part);
    showCard(part);
  } else leave();
});
figure.addEventListener("pointerleave", (event) => {
  if (!card.contains(event.relatedTarget)) leave();
});

/** The pointer rests on no box: back to what is selected. */
function leave() {
  hideCard();
  point(marks.selected);
}

figure.addEventListener("wheel", (event) => {
  event.preventDefault();
  const frame = figure.getBoundingClientRect();
  if (event.shiftKey) pan(-event.deltaY, -event.deltaX);
  else {
    const speed = event.ctrlKey ? 0.01 : 0.0015; // with ctrl it is two fingers on a pad
    zoom(Math.exp(-event.deltaY * speed), event.clientX - frame.x, event.clientY - frame.y);
  }
  hideCard();
}, { passive: false });

// --- keys ----------------------------------------------------------------------------------

/** Go to another box by the keyboard. */
function step(part) {
  if (!part) return;
  bringIntoView(part);
  moveTo(part);
  show();
  elementOf(part)?.focus({ preventScroll: true });
}

const WALK = {
  ArrowDown: (list, at) => list[at + 1],
  ArrowUp: (list, at) => list[at - 1],
  Home: (list) => list[0],
  End: (list) => list[list.length - 1],
};

figure.addEventListener("keydown", (event) => {
  const part = partOf(event.target);
  if (!part || event.ctrlKey || event.metaKey || event.altKey) return;
  const { key } = event;
  if (WALK[key]) {
    const list = drawn();
    step(WALK[key](list, list.indexOf(part)));
  } else if (key === "ArrowRight") {
    if (folds(part) && !part.isOpen) toggle(part);
    else if (isFrame(part)) step(part.children[0]);
  } else if (key === "ArrowLeft") {
    if (isFrame(part)) toggle(part);
    else if (part.parent && part.parent !== root) step(part.parent);
  } else if (key === "Enter" || key === " ") {
    if (folds(part)) toggle(part);
    else explain(part);
  } else return;
  event.preventDefault();
});

figure.addEventListener("focusin", (event) => {
  const part = partOf(event.target);
  if (!part || !event.target.matches(":focus-visible")) return;
  point(part);
  showCard(part);
});
figure.addEventListener("focusout", hideCard);

const KEYS = {
  "+": () => zoom(1.25),
  "=": () => zoom(1.25),
  "-": () => zoom(0.8),
  "0": fit,
  f: fit,
  "/": () => {
    unfold("panel", true);
    field.focus();
  },
  Escape: () => {
    if (unfolded("menu")) {
      unfold("menu", false);
      button("menu-switch").focus();
    }
    hideCard();
    select(null);
  },
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input");
  const act = event.ctrlKey || event.metaKey || event.altKey || typing ? null : KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

// --- the start -----------------------------------------------------------------------------

/** Lay out innermost blocks while nothing else is to be done, so that they open at once. */
function warm(blocks) {
  const idle = window.requestIdleCallback || ((work) => setTimeout(work, 50));
  idle(() => {
    const until = performance.now() + 10;
    while (blocks.length && performance.now() < until) layoutOf(blocks.pop());
    if (blocks.length) warm(blocks);
  });
}

{
  const { params, macs } = network.totals;
  const boxes = parts.filter((part) => part.sort === "layer").length;
  const words = [`${boxes} layers`, `${brief(params)} parameters`, `${brief(macs)} MACs`];
  const training = network.trainOnly.params;
  if (training) words.push(`${brief(training)} more parameters in training`);
  button("totals").textContent = words.join(" · ");
  button("origin").textContent = network.source;
  figure.setAttribute("aria-label", `${network.name}: the figure`);
  parts.forEach(sizeOf); // words are measured once
  button("origin").title = network.source;
  document.querySelector("h1").title = network.title;
  if (window.matchMedia("(max-width: 560px)").matches) unfold("panel", false);
  begin();
  warm(parts.filter((part) => folds(part) && !part.children.some(folds)));
  new ResizeObserver(() => {
    const { width, height } = size();
    if (untouched?.width === width && untouched.height === height) return;
    if (untouched) begin(false);
    else show();
  }).observe(figure);
}
