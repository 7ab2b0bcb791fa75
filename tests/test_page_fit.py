"""A page opens with all of a network to be read, on whatever screen, and however large it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archspec.figures.colours import contrast
from archspec.figures.theme import theme
from archspec.frontend.loading import families
from tests.browser import SIZE
from tests.pieces import graph_of
from tests.saved_svg import Area, SavedSvg
from tests.shown import Shown
from tests.sweeping import some
from tests.test_page_browser import check_places, check_quotient, scale

pytestmark = pytest.mark.browser

PHONE = (390, 844)
READABLE = 11  # pixels


@pytest.fixture
def phone(shown: Shown) -> Iterator[Shown]:
    shown.browser.resize(*PHONE, phone=True)
    yield shown
    shown.browser.resize(*SIZE)


def inside(shown: Shown) -> int:
    """How many boxes stand in the window, whole."""
    found: int = shown.run(
        "(() => { const f = document.getElementById('figure').getBoundingClientRect();"
        " return [...document.querySelectorAll('.box')].map(b => b.getBoundingClientRect())"
        " .filter(r => r.left >= f.left && r.right <= f.right && r.top >= f.top"
        " && r.bottom <= f.bottom).length; })()"
    )
    return found


def smallest(shown: Shown) -> float:
    """How large the smallest words in the figure are, in pixels on the screen."""
    found: float = shown.run(
        "Math.min(...[...document.querySelectorAll('#figure text')]"
        ".map(words => parseFloat(getComputedStyle(words).fontSize)))"
    )
    return found * scale(shown)


# --- fitted -------------------------------------------------------------------------------


@pytest.mark.sweep
@pytest.mark.parametrize("name", some([family.stem for family in families()], 8))
def test_a_page_opens_with_all_of_it_to_be_read(shown: Shown, name: str) -> None:
    shown.open(name)
    saved = shown.save()
    folded = {"dla": "stage", "polynet": ""}
    assert folded.get(name, "block") in levels(shown)
    check_quotient(shown, saved)
    check_places(shown, saved)
    assert inside(shown) == len(saved.boxes) >= 4
    assert smallest(shown) >= READABLE


def levels(shown: Shown) -> list[str]:
    """What is pressed of the buttons for levels."""
    found: list[str] = shown.run(
        "[...document.querySelectorAll('#levels [aria-pressed=true]')].map(b => b.textContent)"
    )
    return found or [""]


def test_what_does_not_fit_opens_with_less(shown: Shown) -> None:
    """One level of nesting less at a time, until somebody says how much is to be open."""
    shown.open("dla")
    assert levels(shown) == ["stage"]
    trees = {shown.part(f"stage{i}") for i in range(1, 5)}
    assert trees <= shown.drawn()
    shown.browser.resize(2560, 1440)
    shown.run("new Promise(done => setTimeout(done, 200))")
    assert not trees & shown.drawn() and smallest(shown) >= READABLE
    shown.browser.resize(*SIZE)
    shown.run("new Promise(done => setTimeout(done, 200))")
    shown.click(shown.part("stage1"))
    opened = shown.drawn()
    shown.press("Fit")
    shown.browser.resize(700, 500)
    shown.run("new Promise(done => setTimeout(done, 200))")
    assert shown.drawn() == opened
    shown.browser.resize(*SIZE)


def test_what_is_asked_for_is_opened_and_begins_at_its_start(shown: Shown) -> None:
    for options in ({"level": "block"}, {"expand": ("stage4",)}):
        shown.open("dla", **options)
        assert shown.part("stage1.left") in shown.drawn()
        assert smallest(shown) >= READABLE
        image, stage = shown.area(f"#part-{shown.part('image')}"), shown.area("#stage")
        assert stage.left <= image.left and stage.top <= image.top and image.bottom <= stage.bottom
        deepest = max(area.bottom for area in shown.save().boxes.values())
        assert deepest * scale(shown) < 1.6 * (stage.bottom - stage.top)  # it goes on to the right


@pytest.mark.parametrize(
    ("name", "direction"),
    [
        *((name, None) for name in ("resnet50", "googlenet", "wavenet", "convnext", "vgg16")),
        *((name, "LR") for name in ("resnet50", "googlenet", "densenet121", "vgg16")),
    ],
)
def test_a_long_strand_goes_on_in_columns(shown: Shown, name: str, direction: Any) -> None:
    shown.open(name, direction=direction)
    window, saved = shown.area("#stage"), shown.save()
    check_quotient(shown, saved)
    check_places(shown, saved)
    areas = saved.boxes.values()
    wide = max(a.right for a in areas) - min(a.left for a in areas)
    tall = max(a.bottom for a in areas) - min(a.top for a in areas)
    form = (window.right - window.left) / (window.bottom - window.top)
    assert form / 2 < wide / tall < 2 * form
    assert smallest(shown) >= READABLE and inside(shown) == len(saved.boxes)


@pytest.mark.parametrize("height", [400, 650])
def test_a_skip_that_goes_on_in_another_column_ends_at_its_addition(
    shown: Shown, height: int
) -> None:
    body = "".join(
        f"  - {{id: c{i}, conv: {{out_channels: 8, kernel_size: 3, padding: 1}}}}\n  - relu\n"
        f"  - {{id: a{i}, add: [[], {f'a{i - 1}' if i else 'image'}]}}\n"
        for i in range(12)
    )
    shown.browser.resize(SIZE[0], height)
    try:
        shown.open(graph_of("name: skips\ninputs: {image: [8, 9, 9]}\ngraph:\n" + body))
        saved = shown.save()
    finally:
        shown.browser.resize(*SIZE)
    check_places(shown, saved)
    spots = [middle(saved.boxes[shown.part(f"a{i}")])[0] for i in range(12)]
    assert len({round(x) for x in spots}) > 1


def test_what_is_opened_later_does_not_cut_anew(shown: Shown) -> None:
    shown.open("resnet50")
    before = shown.save().boxes
    box = shown.part("layer4.0")
    shown.click(box)
    after = shown.save().boxes
    assert all(abs(before[n].left - after[n].left) < 1 for n in before if before[n].left < 200)
    shown.press("Turn", "Turn")
    assert shown.drawn() == set(after)
    check_places(shown, shown.save())


def test_the_figure_is_fitted_again_until_somebody_moves_it(shown: Shown) -> None:
    shown.open("resnet50")
    first = scale(shown)
    for size in [(700, 500), SIZE]:
        shown.browser.resize(*size)
        shown.run("new Promise(done => setTimeout(done, 200))")
        assert inside(shown) == len(shown.drawn())
    assert abs(scale(shown) - first) < 0.01
    shown.run("document.getElementById('zoom-in').click()")
    moved = scale(shown)
    shown.browser.resize(900, 600)
    shown.run("new Promise(done => setTimeout(done, 200))")
    assert scale(shown) == moved
    shown.browser.resize(*SIZE)


# --- a U ----------------------------------------------------------------------------------

CHANNELS = (8, 16, 32)
DOUBLE = """
blocks:
  double:
    params: {c: int}
    graph:
      - {conv: {out_channels: $c, kernel_size: 3, padding: 1}}
      - relu
"""


def flat(block: str, joined: str) -> str:
    """A U-Net whose layers or blocks all stand in one list."""
    blocks = {c: block.replace("C", str(c)) for c in (*CHANNELS, 64)}
    down = "".join(
        f"  - {{id: e{c}, {blocks[c]}}}\n  - {{id: p{c}, max_pool: 2}}\n" for c in CHANNELS
    )
    up = "".join(
        f"  - {{id: u{c}, conv_transpose: {{out_channels: {c}, kernel_size: 2, stride: 2}}}}\n"
        f"  - {{id: j{c}, {joined}: [e{c}, u{c}]}}\n  - {{id: d{c}, {blocks[c]}}}\n"
        for c in reversed(CHANNELS)
    )
    middle = f"  - {{id: mid, {blocks[64]}}}\n"
    head = "name: flat\ninputs: {image: [3, 32, 32]}\n"
    return head + (DOUBLE if "double" in block else "") + "graph:\n" + down + middle + up


FLAT = [
    flat("double: C", "concat"),
    flat("double: C", "add"),
    flat("conv: {out_channels: C, kernel_size: 3, padding: 1}", "concat"),
]


def middle(area: Area) -> tuple[float, float]:
    return (area.left + area.right) / 2, (area.top + area.bottom) / 2


def check_u(shown: Shown, saved: SavedSvg, levels: list[tuple[str, str]]) -> None:
    """Encoders go down in one line on the left, decoders up in one on the right, side by side."""
    check_quotient(shown, saved)
    check_places(shown, saved)
    pairs = [tuple(middle(saved.boxes[shown.part(path)]) for path in pair) for pair in levels]
    for (left, down), (right, up) in pairs:
        assert left + 150 < right
        assert abs(down - up) < 1
    assert len({round(down[0]) for down, _ in pairs}) == len({round(up[0]) for _, up in pairs}) == 1
    heights = [down[1] for down, _ in pairs]
    assert heights == sorted(heights)


def test_a_u_net_is_a_u(shown: Shown) -> None:
    shown.open("unet")
    saved = shown.save()
    paths = ["top" + depth * ".below" for depth in range(4)]
    check_u(shown, saved, [(f"{path}.encoder", f"{path}.decoder") for path in paths])
    straight = 0
    for line in saved.lines:
        tail, head = line.value, line.head
        if shown.data["parts"][tail]["path"].endswith("encoder.1.1") and head in saved.boxes:
            goes = {round(y) for x, y in line.points}
            straight += len(goes) == 1 and line.points[-1][0] > line.points[0][0] + 40
    assert straight == 4
    lowest = saved.boxes[shown.part("top.below.below.below.below.encoder")]
    assert lowest.top > max(saved.boxes[shown.part(f"{path}.encoder")].bottom for path in paths)
    assert inside(shown) == len(saved.boxes) and smallest(shown) >= READABLE


@pytest.mark.parametrize("text", FLAT, ids=["concat", "add", "layers"])
def test_a_u_net_in_one_list_is_one_too(shown: Shown, text: str) -> None:
    shown.open(graph_of(text))
    check_u(shown, shown.save(), [(f"e{c}", f"d{c}") for c in CHANNELS])
    shown.press("Turn")
    check_places(shown, shown.save())
    shown.press("Turn", "Expand all")
    saved = shown.save()
    check_quotient(shown, saved)
    check_places(shown, saved)


def test_blocks_open_within_a_u(shown: Shown) -> None:
    shown.open("unet")
    for path in ("top.decoder", "top.below.encoder", "top.below.below.decoder"):
        shown.run(
            f"document.getElementById('part-{shown.part(path)}').dispatchEvent("
            "new MouseEvent('click', {bubbles: true}))"
        )
        check_quotient(shown, shown.save())
        check_places(shown, shown.save())
    for label in ("layer", "stage", "block"):
        shown.press(label)
        check_places(shown, shown.save())


def test_a_pyramid_is_a_u_with_heads_on_the_right(shown: Shown) -> None:
    """Its coarsest layers are among the last of the spec; a value that many read turns once."""
    shown.open(graph_of(Path(__file__).with_name("specs").joinpath("pyramid.yaml").read_text()))
    saved = shown.save()
    check_quotient(shown, saved)
    check_places(shown, saved)
    spot = {p: middle(saved.boxes[shown.part(p)]) for p in ("c3", "c4", "c5", "p3", "p4", "p5")}
    assert spot["c3"][1] < spot["c4"][1] < spot["c5"][1]
    assert spot["p3"][1] < spot["p4"][1] < spot["p5"][1]
    assert max(spot[f"c{i}"][0] for i in (3, 4, 5)) + 150 < min(spot[f"p{i}"][0] for i in (3, 4, 5))
    turns = {line.points[-1] for line in saved.lines if line.value == shown.part("p5")}
    assert len(turns) == 3 and inside(shown) == len(saved.boxes)
    assert smallest(shown) >= READABLE


def test_what_crosses_a_u_in_another_way_is_no_u(shown: Shown) -> None:
    """Where a later layer reads from the group of the encoder, lines run as they do elsewhere."""
    text = flat("double: C", "concat").replace(
        "- {id: e8,", "- id: first\n    graph:\n      - {id: e8,"
    )
    shown.open(graph_of(text.replace("[e8,", "[first.e8,")))
    check_quotient(shown, shown.save())
    check_places(shown, shown.save())


# --- colours ------------------------------------------------------------------------------


def painted(shown: Shown) -> tuple[str, str]:
    """The colours of the paper and of a convolution's box, as the browser shows them."""
    box = shown.part("c1", "layer")
    paper, fill = shown.run(
        "[getComputedStyle(document.body).backgroundColor,"
        f" getComputedStyle(document.querySelector('#part-{box} rect')).fill]"
    )
    return hexed(paper), hexed(fill)


def hexed(colour: str) -> str:
    return "#" + "".join(f"{int(part):02x}" for part in re.findall(r"\d+", colour))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_is_light_or_dark_as_its_reader_is(shown: Shown, scheme: str) -> None:
    shown.browser.prefer(scheme)
    try:
        shown.open("lenet")
        expected = (theme(scheme).paper, theme(scheme).fills["convolution"])
        assert painted(shown) == expected
        assert expected[0] in shown.save().root.find(".//{*}rect").attrib["fill"]  # type: ignore
        other = {"light": "dark", "dark": "light"}[scheme]
        shown.browser.prefer(other)  # as phones do in the evening
        assert painted(shown) == (theme(other).paper, theme(other).fills["convolution"])
        for given in ("light", "dark", "print"):
            shown.open("lenet", theme=given)
            assert painted(shown) == (theme(given).paper, theme(given).fills["convolution"])
    finally:
        shown.browser.prefer("")


PICKED = """
(() => {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const probe = document.body.appendChild(document.createElement("i"));
  return ["focus", "into", "out", "hit", "paper", "ground", "ground2"].map((name) => {
    probe.style.color = `var(--${name})`;
    pen.fillStyle = getComputedStyle(probe).color;
    pen.fillRect(0, 0, 1, 1);
    return `rgb(${[...pen.getImageData(0, 0, 1, 1).data].slice(0, 3)})`;
  });
})()
"""


@pytest.mark.parametrize("given", ["light", "dark", "print"])
def test_what_is_picked_out_stands_out_from_all_grounds(shown: Shown, given: str) -> None:
    """By 3 to 1, as WCAG asks of what is not words."""
    shown.open("lenet", theme=given)
    *picked, paper, ground, ground2 = map(hexed, shown.run(PICKED))
    for colour in picked:
        assert min(contrast(colour, under) for under in (paper, ground, ground2)) >= 3


# --- on a phone ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["lenet", "resnet50", "densenet121", "inception_v4"])
def test_on_a_phone_there_is_the_figure(phone: Shown, name: str) -> None:
    phone.open(name)
    stage = phone.area("#stage")
    assert (stage.left, stage.right, stage.bottom) == (0, *PHONE) and stage.top <= 60
    assert phone.run("document.documentElement.scrollWidth") <= PHONE[0]
    visible = "document.querySelector('{}').checkVisibility()"
    assert not phone.run(visible.format("#tools")) and not phone.run(visible.format("#panel"))
    boxes = phone.run(
        "[...document.querySelectorAll('.box, .frame')].map(b => b.getBoundingClientRect())"
        ".map(r => [r.left, r.right, r.top, r.bottom])"
    )
    left, right = min(b[0] for b in boxes), max(b[1] for b in boxes)
    top, bottom = min(b[2] for b in boxes), max(b[3] for b in boxes)
    assert abs(left + right - PHONE[0]) < 60 and abs(top + bottom - stage.top - stage.bottom) < 60
    assert left >= 0 and right <= PHONE[0] and smallest(phone) >= READABLE


def test_on_a_phone_bar_and_table_come_when_they_are_asked_for(phone: Shown) -> None:
    phone.open("googlenet")
    visible = "document.querySelector('{}').checkVisibility()"
    expanded = "document.getElementById('{}-switch').ariaExpanded"
    phone.press("Menu")
    assert phone.run(visible.format("#save")) and phone.run(expanded.format("menu")) == "true"
    tools = phone.area("#tools")
    assert tools.left >= 0 and tools.right <= PHONE[0]
    phone.press("stage")
    assert not phone.run(visible.format("#save")) and phone.run(expanded.format("menu")) == "false"
    phone.press("Table")
    assert phone.run(visible.format("#sheet")) and phone.run(expanded.format("panel")) == "true"
    panel, stage = phone.area("#panel"), phone.area("#stage")
    assert panel.bottom - panel.top > 350 and stage.bottom - stage.top > 350
    phone.press("Table")
    assert not phone.run(visible.format("#sheet"))
    phone.press("Menu")
    phone.browser.key("Escape")
    assert not phone.run(visible.format("#save"))
    assert phone.run("document.activeElement.id") == "menu-switch"


def test_fingers_move_and_pinch(phone: Shown) -> None:
    phone.open("resnet50")
    box = phone.part("conv1")
    x, y = phone.point(box)
    phone.browser.touch("touchStart", (200, 700))
    for step in range(1, 6):
        phone.browser.touch("touchMove", (200 - 10 * step, 700 - 20 * step))
    phone.browser.touch("touchEnd")
    phone.run("new Promise(requestAnimationFrame)")
    moved = phone.point(box)
    assert abs(moved[0] - x + 50) < 12 and abs(moved[1] - y + 100) < 22
    before = scale(phone)
    phone.browser.touch("touchStart", (150, 400), (250, 400))
    for step in range(1, 6):
        phone.browser.touch("touchMove", (150 - 10 * step, 400), (250 + 10 * step, 400))
    phone.browser.touch("touchEnd")
    phone.run("new Promise(requestAnimationFrame)")
    assert 1.7 < scale(phone) / before < 2.1
    assert phone.run("visualViewport.scale") == 1


# --- long names ---------------------------------------------------------------------------


def test_long_paths_are_abbreviated_in_the_middle(shown: Shown) -> None:
    shown.open("unet")
    path = "top.below.below.below.below.encoder"
    row = f"tr[data-part='{shown.part(path)}'] button"
    words, label = shown.run(
        f"(b => [b.textContent, b.getAttribute('aria-label')])(document.querySelector(\"{row}\"))"
    )
    head, _, tail = words.partition("…")
    assert label == path and len(words) < len(path)
    assert head and path.startswith(head) and path.endswith(tail) and len(tail) > len(head)
    assert shown.run(f"document.querySelector(\"{row}\").closest('td').title") == path
    room, needed = shown.run(
        f"(b => [b.clientWidth, b.scrollWidth])(document.querySelector(\"{row}\").closest('td'))"
    )
    assert needed <= room
    shown.browser.mouse("mouseMoved", *shown.point(shown.part(path)))
    assert path in shown.run("document.getElementById('card').innerText")


def test_long_names_make_no_box_wide(shown: Shown) -> None:
    name = "a_name_that_goes_on_and_on_" * 3
    graph = graph_of(
        f"name: n\ninputs: {{image: [3, 8, 8]}}\ngraph:\n  - id: {name}\n    graph:\n"
        f"      - {{id: {name}, conv: {{out_channels: 4}}}}\n  - {{id: {name[2:]}, relu: }}\n"
    )
    for level in ("stage", "layer"):
        shown.open(graph, level=level)
        saved = shown.save()
        check_places(shown, saved)
        assert max(a.right - a.left for a in saved.boxes.values()) < 320
        said = name.replace("_", " ")
        assert any("…" in words.text and said.startswith(words.text[:8]) for words in saved.words)
