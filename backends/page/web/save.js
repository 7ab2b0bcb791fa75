// The figure as it is folded now, as an SVG file of its own.

/** The whole figure as the text of an SVG document, with selectable words and no outside. */
function toSvg() {
  const margin = 20, top = margin + 26;
  const width = Math.max(scene.w, textWidth(network.title, 18)) + 2 * margin;
  const height = scene.h + margin + top;
  const document_ = svg("svg", {
    xmlns: SVG, role: "img", width: tidy(width), height: tidy(height),
    viewBox: `0 0 ${tidy(width)} ${tidy(height)}`, "font-family": FONT.replaceAll('"', "'"),
  });
  const title = svg("title", {}), description = svg("desc", {});
  title.textContent = network.name;
  const told = scene.boxes.map(({ part }) => part.lines.join(", "));
  description.textContent = `${told.length} boxes: ${told.join("; ")}`;
  const heading = text(network.title, width / 2, margin + 8, 18, { "text-anchor": "middle" });
  const body = svg("g", { transform: `translate(${tidy((width - scene.w) / 2)} ${top})` });
  const at = (element, x, y, data) => {
    element.setAttribute("transform", `translate(${tidy(x)} ${tidy(y)})`);
    for (const [key, value] of Object.entries(data)) element.setAttribute(`data-${key}`, value);
    element.querySelectorAll(".marker").forEach((marker) => marker.remove());
    body.append(element);
  };
  const id = (part) => (part ? part.id : "");
  for (const item of scene.items) {
    if (!isFrame(item.part)) continue;
    at(drawFrame(item, false), item.x, item.y, { frame: item.part.id, path: nameOf(item.part) });
  }
  for (const { line, x, y } of scene.edges) {
    const { from, to, value } = line.edge;
    const ends = { within: line.within.id, tail: id(from), head: id(to), value: value.id };
    at(drawEdge(line, false), x + line.x, y + line.y, ends);
  }
  for (const item of scene.boxes) {
    at(drawBox(item, false), item.x, item.y, { part: item.part.id, path: nameOf(item.part) });
  }
  const paper = svg("rect", { width: "100%", height: "100%", fill: colour("paper") });
  document_.append(title, description, arrowheads(), paper, heading, body);
  document_.querySelectorAll("#arrow-into, #arrow-out").forEach((head) => head.remove());
  paint(document_);
  return new XMLSerializer().serializeToString(document_);
}

/** Put in colours for their roles, as they are now. */
function paint(picture) {
  const colours = getComputedStyle(document.documentElement);
  for (const element of picture.querySelectorAll("[fill], [stroke]")) {
    for (const name of ["fill", "stroke"]) {
      const [, role] = /^var\((--[\w-]+)\)$/.exec(element.getAttribute(name)) || [];
      if (role) element.setAttribute(name, colours.getPropertyValue(role).trim());
    }
  }
}

document.getElementById("save").addEventListener("click", () => {
  const address = URL.createObjectURL(new Blob([toSvg()], { type: "image/svg+xml" }));
  const link = html("a", "", { href: address, download: `${fileName(network.name)}.svg` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
  announce("The figure is saved as SVG");
});

const fileName = (title) => title.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "") || "network";
