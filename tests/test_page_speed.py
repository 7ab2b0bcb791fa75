"""A page of a thousand layers answers to everything within a tenth of a second of CPU."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import inf

import pytest

from tests.pieces import graph_of
from tests.shown import Shown

pytestmark = pytest.mark.browser

CHAIN = "name: chain\ninputs: {image: [8, 16, 16]}\ngraph:\n" + "".join(
    f"  - {{id: c{i}, conv: {{out_channels: 8, kernel_size: 3, padding: 1}}}}\n"
    f"  - {{id: r{i}, relu: }}\n"
    f"  - {{id: a{i}, add: [r{i}, {f'a{i - 1}' if i else 'image'}]}}\n"
    for i in range(334)
)

NESTED = """
name: deep
inputs: {image: [3, 32, 32]}
blocks:
  unit:
    params: {channels: int, stride: 1}
    graph:
      - add:
          - - batch_norm
            - relu
            - conv: {out_channels: $channels, kernel_size: 3, padding: 1, stride: $stride}
            - batch_norm
            - relu
            - conv: {out_channels: $channels, kernel_size: 3, padding: 1}
          - - {when: stride != 1, conv: {out_channels: $channels, stride: $stride}}
graph:
  - conv: {out_channels: 16, kernel_size: 3, padding: 1}
  - for: {i: range(3), channels: [16, 32, 64]}
    id: stage$(i + 1)
    graph:
      - for: {j: range(50)}
        unit: {channels: $channels, stride: $(2 if i > 0 and j == 0 else 1)}
  - global_avg_pool
  - flatten
  - linear: 10
"""

VIEWS = ("open-all", "fit", "fold-all")
ACTS = """
(() => {
  const $ = id => document.getElementById(id);
  const all = selector => [...document.querySelectorAll(selector)];
  const fire = (element, type, kind, more) =>
    element.dispatchEvent(new kind(type, { bubbles: true, cancelable: true, ...more }));
  const click = element => fire(element, 'click', MouseEvent, {});
  const type = words => { $('search').value = words; fire($('search'), 'input', Event, {}); };
  const key = (element, name) => fire(element, 'keydown', KeyboardEvent, { key: name });
  const folded = () => all('[role=treeitem][aria-expanded=false]');
  const opened = () => all('[role=treeitem][aria-expanded=true]');
  const acts = {
    'hover': i => fire(all('.box')[i], 'pointerover', PointerEvent, { pointerType: 'mouse' }),
    'select': i => click(all('.box:not([aria-expanded])').at(-1 - i)),
    'search': i => type('rco'.slice(0, 1 + i)),
    'next hit': () => key($('search'), 'Enter'),
    'sort': i => all('th button')[3 + i % 2].click(),
    'sort by name': () => all('th button')[0].click(),
    'scroll': i => { $('scroller').scrollTop = 3000 * (i + 1); },
    'step': () => key(document.querySelector('[role=treeitem][tabindex="0"]'), 'ArrowDown'),
    'zoom': () => $('zoom-in').click(),
    'wheel': () => fire($('figure'), 'wheel', WheelEvent, { deltaY: 90, clientX: 300 }),
    'fit': () => $('fit').click(),
    'turn': () => $('turn').click(),
    'fold': () => opened().length && click(opened()[0]),
    'unfold': () => folded().length && click(folded()[0]),
    'expand all': () => $('open-all').click(),
    'collapse all': () => $('fold-all').click(),
  };
  window.rest = () => new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)));
  window.act = (name, i) => {
    acts[name](i);
    document.body.offsetHeight;
    $('figure').getBBox();
  };
  return Object.keys(acts);
})()
"""


def costs(shown: Shown, acts: list[str]) -> Iterator[tuple[str, float]]:
    """Each thing that can be done, three times in each view, and the milliseconds it takes."""
    for view in VIEWS:
        shown.run(f"document.getElementById('{view}').click()")
        for i, name in product(range(3), acts):
            shown.run("rest()")
            start = shown.browser.spent()
            shown.run(f"act('{name}', {i})")
            yield f"{name} after {view}", shown.browser.spent() - start


@pytest.mark.parametrize("text", [CHAIN, NESTED], ids=["chain", "nested"])
@pytest.mark.parametrize("level", ["layer", "block"])
def test_a_thousand_layers_answer_at_once(shown: Shown, text: str, level: str) -> None:
    """The best of some, for what a browser tidies up now and then is not the act's."""
    graph = graph_of(text)
    assert len(graph.nodes) > 1000
    shown.open(graph, level=level)
    shown.run("new Promise(done => setTimeout(done, 500))")
    acts = shown.run(ACTS)
    best: dict[str, float] = {}
    for _ in range(3):
        for name, took in costs(shown, acts):
            best[name] = min(best.get(name, inf), took)
        if max(best.values()) < 100:
            break
    assert len(best) == 48
    assert {name: took for name, took in best.items() if took >= 100} == {}
