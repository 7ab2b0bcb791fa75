"""A page in the browser, and what can be asked of it and done to it."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

from archspec.backends.base import find
from archspec.figures.options import Options
from archspec.ir.graph import Graph
from tests.browser import Browser
from tests.saved_svg import Area, SavedSvg
from tests.test_page import network

backend: Any = find("page")


class Shown:
    """A page that is open in the browser."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self.browser, self.folder = browser, folder
        self.count = itertools.count()
        self.graph: Graph
        self.data: dict[str, Any] = {}

    def open(self, graph: Graph | str, **options: Any) -> None:
        self.graph = network(graph) if isinstance(graph, str) else graph
        file = self.folder / f"{next(self.count)}.html"
        backend.render(self.graph, file, options=Options(**options))
        self.browser.open(file)
        text = self.run("document.getElementById('network').textContent")
        self.data = json.loads(text)

    def run(self, script: str) -> Any:
        return self.browser.run(script)

    def part(self, path: str, sort: str = "") -> int:
        """The position of a part; of the run before its first member unless told otherwise."""
        return next(
            i
            for i, p in enumerate(self.data["parts"])
            if p.get("path") == path and sort in ("", p["sort"])
        )

    def press(self, *labels: str) -> None:
        """Press the buttons with these words."""
        for label in labels:
            self.run(
                f"[...document.querySelectorAll('header button')].find(b => b.textContent.trim()"
                f" === {json.dumps(label)}).click()"
            )

    def text(self, identity: str) -> str:
        """What an element says."""
        found: str = self.run(f"document.getElementById('{identity}').textContent")
        return found

    def area(self, selector: str) -> Area:
        """Where an element is on the screen."""
        found = self.run(
            f"(r => [r.left, r.top, r.right, r.bottom])"
            f"(document.querySelector({json.dumps(selector)}).getBoundingClientRect())"
        )
        return Area(*found)

    def point(self, number: int) -> tuple[float, float]:
        """Where on the screen the head of a box or frame is."""
        area = self.area(f"#part-{number}")
        return (area.left + area.right) / 2, min(area.top + 9, (area.top + area.bottom) / 2)

    def click(self, number: int) -> None:
        x, y = self.point(number)
        self.browser.click(x, y)

    def all_rows(self) -> list[int]:
        """The parts of all rows, by scrolling through the table."""
        found: dict[int, None] = {}
        height = self.run("document.getElementById('scroller').scrollHeight")
        for top in range(0, int(height) + 1, 300):
            self.run(
                f"new Promise(done => {{ document.getElementById('scroller').scrollTop = {top};"
                " requestAnimationFrame(() => requestAnimationFrame(done)); })"
            )
            shown = (
                "[...document.querySelectorAll('tbody tr[data-part]')].map(r => +r.dataset.part)"
            )
            found.update(dict.fromkeys(self.run(shown)))
        return list(found)

    def save(self) -> SavedSvg:
        """What the button for it saves."""
        self.run(
            "window.blobs = []; URL.createObjectURL = blob => { blobs.push(blob); return '#'; };"
            "HTMLAnchorElement.prototype.click = function () {}; null"
        )
        self.press("Save SVG")
        return SavedSvg(self.run("blobs[0].text()"))

    def drawn(self) -> set[int]:
        """The boxes that are drawn, from the page's data and what is expanded in the figure."""
        return set(self.save().boxes)

    def focused(self) -> str:
        found: str = self.run("document.activeElement.getAttribute('aria-label') || ''")
        return found
