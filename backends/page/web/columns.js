// From ranks to a frame with boxes and lines in it. A strand that is long is cut where few values
// lead on, and stands in columns; lines lead from the end of one to the head of the next.

const TRENCH = 30; // between columns
const TURN = 12; // from the end of a column to the line that leads on
const ABREAST = 7; // between lines that lead on
const FEW = 4; // such lines

/** The ranks after which a strand can be cut: where it ends there, and where it goes on. */
function cutsOf({ rows, edges }) {
  const leading = rows.map(() => new Map()); // where each value that leads on is; null for too many
  const lanes = new Array(rows.length + 1).fill(0); // how many more run beside a rank than before
  for (const edge of edges) {
    const { a, b, stops, leaves, lane } = edge, key = bundleOf(edge);
    if (lane) {
      lanes[a.rank] += 1;
      lanes[b.rank] -= 1;
      continue;
    }
    for (let r = a.rank; r < b.rank; r++) {
      leading[r]?.set(key, r === a.rank ? a.x + leaves : stops[r - a.rank - 1].x);
      if (leading[r]?.size > FEW) leading[r] = null;
    }
  }
  const heads = [];
  for (let r = rows.length - 1, least = Infinity; r >= 0; r--) {
    heads[r] = least = Math.min(least, ...rows[r].map((box) => box.head));
  }
  const cuts = [], isPort = (row) => row.some((box) => box.port);
  for (let r = 0, foot = 0, aside = 0; r + 1 < rows.length; r++) {
    aside += lanes[r];
    foot = Math.max(foot, ...rows[r].map((box) => box.foot));
    if (aside || !leading[r] || foot > heads[r + 1] || isPort(rows[r]) || isPort(rows[r + 1])) continue;
    if (!r || isPort(rows[r - 1])) continue; // not the first rank by itself
    const below = Math.max(0, ...rows[r].map((box) => box.below || 0));
    const order = [...leading[r]].sort((x, y) => y[1] - x[1]).map(([key]) => key);
    const drop = below ? (across ? below : 18) : TURN;
    cuts.push({ rank: r, foot, head: heads[r + 1], drop, order });
  }
  return cuts;
}

/** What leads on as one line: a value, from where it leaves. */
const bundleOf = ({ a, value }) => `${a.id}:${value}`;

/** Where to cut so that no column is longer than there is room, if that can be; all about as long. */
function inColumns(base, room) {
  if (base.depth <= room) return [];
  const cuts = (base.cuts ||= cutsOf(base));
  const cut = (most) => {
    const found = [];
    let start = 0, last = null;
    for (const next of [...cuts, { foot: base.depth }]) {
      if (next.foot - start > most && last) {
        found.push(last);
        start = last.foot;
      }
      last = next;
    }
    return found;
  };
  let found = cut(room);
  let low = base.depth / (found.length + 1), high = room;
  for (let i = 0; i < 10 && found.length; i++) {
    const middle = (low + high) / 2, tried = cut(middle);
    if (tried.length > found.length) low = middle;
    else [found, high] = [tried, middle];
  }
  return found;
}

/** Columns: their ranks, how far they reach across, and where along the ranks they begin and end. */
function columnsOf({ rows, edges, depth }, cuts) {
  const columns = [...cuts, null].map((cut, i) => ({
    first: i ? cuts[i - 1].rank + 1 : 0,
    last: cut ? cut.rank : rows.length - 1,
    low: Infinity,
    high: -Infinity,
    start: i ? cuts[i - 1].foot : 0,
    order: i ? cuts[i - 1].order : [], // of the lines that come in, from the right
    end: cut ? cut.foot : depth,
    drop: cut ? cut.drop : 0,
  }));
  columns.forEach((column, i) => {
    column.out = Math.max(0, (columns[i + 1]?.order.length || 1) - 1) * ABREAST;
    column.into = Math.max(0, column.order.length - 1) * ABREAST;
    column.gap = i ? cuts[i - 1].head - cuts[i - 1].foot + column.into : 0;
  });
  const of = [];
  for (const column of columns) {
    for (let r = column.first; r <= column.last; r++) {
      of[r] = column;
      for (const box of rows[r]) {
        column.low = Math.min(column.low, box.x - box.left);
        column.high = Math.max(column.high, box.x + box.right);
      }
    }
  }
  for (const { a, lane } of edges) {
    if (!lane || of[a.rank].lane) continue;
    of[a.rank].high += 24;
    of[a.rank].lane = of[a.rank].high - 12;
  }
  return { columns, of };
}

/** From places along and across the ranks to x and y, a frame round it, and lines. */
function finish(part, base, cuts) {
  const { boxes, rows, edges, ports, obstacles } = base, up = part.way === "up";
  const { columns, of } = columnsOf(base, cuts);
  const framed = part !== root, title = framed ? titleOf(part) : { w: 0 };
  let at = columns[0].low;
  for (const column of columns) {
    column.shift = at - column.low; // across
    at += column.high - column.low + TRENCH + column.out;
  }
  let low = columns[0].low, high = at - TRENCH;
  if (framed) [low, high] = [low - PAD, high + PAD];
  if (framed && !across) [low, high] = besideTitle(title, low, high, up ? ports.outs : ports.ins);
  if (framed && across) low -= STRIP; // the title, above ranks that run to the right
  const ends = (has, top) => (has || !framed ? 0 : top && !across ? STRIP : PAD);
  const lead = ends(rows[0]?.[0]?.first, !up);
  const tail = ends(rows[rows.length - 1]?.[0]?.last, up);
  const head = framed ? (across || up ? PAD : STRIP) : Math.max(...columns.map(({ gap }) => gap));
  let long = 0;
  columns.forEach((column, i) => {
    column.lead = framed ? (i ? head : lead) : head - column.gap; // along the ranks, from the border
    column.lead += framed && !i ? 0 : column.into; // below the lines that come in
    const foot = i + 1 < columns.length ? column.drop + column.out + (framed ? PAD : 0) : tail;
    long = Math.max(long, column.lead + column.end - column.start + foot);
  });
  let wide = high - low;
  if (across) long = Math.max(long, title.w + 20);
  else wide = Math.max(wide, title.w + 20);
  const turned = (cross, main) => (across ? [main, cross] : [cross, up ? long - main : main]);
  for (const column of columns) {
    const { shift, start, lead: from } = column;
    column.along = (main) => main - start + from;
    column.across = (cross) => cross + shift - low;
    column.at = (cross, main) => turned(column.across(cross), column.along(main));
  }
  const last = columns[columns.length - 1], end = long - last.lead + last.start;
  const offset = (map, column) =>
    new Map([...map].map(([value, box]) => [value, column.across(box.x)]));
  return {
    least: base.least,
    w: across ? long : wide,
    h: across ? wide : long,
    title,
    ports: { ins: offset(ports.ins, columns[0]), outs: offset(ports.outs, last) },
    children: boxes.filter((box) => box.part).map((box) => standing(box, of[box.rank].at)),
    edges: edges.map((edge) => {
      const first = of[edge.a.rank];
      const ways = stretches(edge, first.lane, end, obstacles);
      ways.forEach((way, i) => way.push(edge.lane ? first : of[edge.a.rank + i]));
      const [before, last] = ways.slice(-2); // what comes from another column comes in at the top
      const side = last && before[3] === last[3] ? besideOf(edge, rows) : 0;
      return line(edge, part, ways, side, turned);
    }),
  };
}

/** Left and right end of a frame, with room for its title beside the lines that come in at the top. */
function besideTitle(title, low, high, ports) {
  const ins = [...ports.values()].map((box) => box.x);
  if (!ins.length) return [low, high];
  const first = Math.min(...ins), last = Math.max(...ins);
  const left = Math.max(0, low + title.w + 16 - first);
  const right = Math.max(0, last + title.w + 16 - high);
  if (left <= right) return [low - left, high];
  title.x = last + 8 - low;
  return [low, high + right];
}

function standing(box, at) {
  const [x, y] = at(box.x, box.y);
  const w = across ? box.h : box.w, h = across ? box.w : box.h;
  return { part: box.part, x: x - w / 2, y: y - h / 2, w, h };
}
