"""A headless Chromium, driven over the DevTools protocol by a pipe: no driver to install."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SIZE = (1280, 720)


def executable() -> str | None:
    """The browser on this machine, if there is one."""
    named = os.environ.get("CHROME")
    return named or next((found for name in NAMES if (found := shutil.which(name))), None)


class Browser:
    """One browser with one page.

    Attributes:
        complaints: what the page wrote to the console as a warning or worse, and what it threw.
        requests: the addresses it asked for.
    """

    def __init__(self, program: str) -> None:
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        arguments = [
            program,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-extensions",
            "--disable-background-networking",
            "--no-first-run",
            "--hide-scrollbars",
            "--remote-debugging-pipe",
            f"--user-data-dir={self.folder.name}",
            f"--window-size={SIZE[0]},{SIZE[1]}",
            "about:blank",
        ]
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        log = os.open(Path(self.folder.name) / "log", os.O_CREAT | os.O_WRONLY)
        # The protocol's pipe is descriptors 3 and 4. Descriptors are moved up first, for one of
        # ours might be 3 or 4 already.
        high = [
            os.dup2(fd, 100 + i, inheritable=True) for i, fd in enumerate((theirs_in, theirs_out))
        ]
        self.process = os.posix_spawn(
            program,
            arguments,
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, high[0], 3),
                (os.POSIX_SPAWN_DUP2, high[1], 4),
                (os.POSIX_SPAWN_DUP2, log, 1),
                (os.POSIX_SPAWN_DUP2, log, 2),
                *((os.POSIX_SPAWN_CLOSE, fd) for fd in high),
            ],
            setsid=True,
        )
        for fd in (theirs_in, theirs_out, log, *high):
            os.close(fd)
        self.pipe = (ours_in, ours_out)
        self.waiting = b""
        self.count = 0
        self.session: str | None = None
        self.events: list[dict[str, Any]] = []
        self.complaints: list[str] = []
        self.requests: list[str] = []
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(t["targetId"] for t in targets if t["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=page, flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "Performance"):
            self.call(f"{domain}.enable")
        self.resize(*SIZE)

    def call(self, method: str, **params: Any) -> Any:
        """Send one command and wait for its answer.

        Raises:
            RuntimeError: where the browser refuses it, or does not answer in half a minute.
        """
        self.count += 1
        message: dict[str, Any] = {"id": self.count, "method": method, "params": params}
        if self.session is not None:
            message["sessionId"] = self.session
        os.write(self.pipe[1], json.dumps(message).encode() + b"\0")
        for answer in self._messages(time.monotonic() + 30):
            if answer.get("id") == self.count:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self._note(answer)
        raise RuntimeError(f"{method}: no answer")

    def _messages(self, until: float) -> Iterator[dict[str, Any]]:
        while True:
            while b"\0" in self.waiting:
                text, _, self.waiting = self.waiting.partition(b"\0")
                yield json.loads(text)
            ready, _, _ = select.select([self.pipe[0]], [], [], max(0, until - time.monotonic()))
            if not ready:
                return
            read = os.read(self.pipe[0], 1 << 20)
            if not read:
                raise RuntimeError("the browser has ended")
            self.waiting += read

    def _note(self, event: dict[str, Any]) -> None:
        params = event.get("params", {})
        match event.get("method"):
            case "Runtime.exceptionThrown":
                details = params["exceptionDetails"]
                thrown = details.get("exception", {}).get("description", details["text"])
                self.complaints.append(thrown)
            case "Runtime.consoleAPICalled" if params["type"] in ("error", "warning", "assert"):
                self.complaints.append(str([a.get("value") for a in params["args"]]))
            case "Log.entryAdded" if params["entry"]["level"] in ("error", "warning"):
                self.complaints.append(params["entry"]["text"])
            case "Network.requestWillBeSent":
                self.requests.append(params["request"]["url"])
        self.events.append(event)

    def open(self, file: Path) -> None:
        """Show a file, and wait until it is laid out."""
        self.complaints.clear()
        self.requests.clear()
        self.events.clear()
        self.call("Page.navigate", url=file.as_uri())
        deadline = time.monotonic() + 60
        while not any(e.get("method") == "Page.loadEventFired" for e in self.events):
            if time.monotonic() > deadline:
                raise RuntimeError(f"{file} does not load")
            for event in self._messages(time.monotonic() + 0.2):
                self._note(event)
                if event.get("method") == "Page.loadEventFired":
                    break
        self.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def run(self, script: str) -> Any:
        """The value of an expression in the page; a promise's, once it is there.

        Raises:
            AssertionError: where it throws.
        """
        found = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in found:
            thrown = found["exceptionDetails"]
            raise AssertionError(thrown.get("exception", {}).get("description", thrown["text"]))
        return found["result"].get("value")

    def spent(self) -> float:
        """Milliseconds of CPU that the page's thread has used: scripts, styles and layout."""
        metrics = self.call("Performance.getMetrics")["metrics"]
        return 1e3 * next(float(m["value"]) for m in metrics if m["name"] == "ThreadTime")

    def resize(self, width: int, height: int, phone: bool = False) -> None:
        """Give the page another size, in CSS pixels; of a phone, which is touched."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=phone,
        )
        self.call("Emulation.setTouchEmulationEnabled", enabled=phone, maxTouchPoints=2)

    def prefer(self, scheme: str) -> None:
        """Be a reader who prefers `light` or `dark` pages, or with `` says nothing."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", features=features)

    def touch(self, kind: str, *points: tuple[float, float]) -> None:
        """Put fingers down, `touchStart`, move them, `touchMove`, or lift them, `touchEnd`."""
        fingers = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        self.call("Input.dispatchTouchEvent", type=kind, touchPoints=fingers)

    def key(self, key: str, text: str = "", modifiers: int = 0) -> None:
        """Press a key and let it go; `modifiers` is 8 for shift."""
        codes = {"Enter": 13, "Tab": 9, " ": 32, "Escape": 27, "End": 35, "Home": 36}
        codes |= {"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}
        common = {"key": key, "modifiers": modifiers, "windowsVirtualKeyCode": codes.get(key, 0)}
        text = text or {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        down = {"type": "keyDown", "text": text} if text else {"type": "rawKeyDown"}
        self.call("Input.dispatchKeyEvent", **down, **common)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        """Move, press or release the mouse, or turn its wheel."""
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def click(self, x: float, y: float) -> None:
        """A click of the left button."""
        self.mouse("mouseMoved", x, y)
        for kind in ("mousePressed", "mouseReleased"):
            self.mouse(kind, x, y, button="left", clickCount=1)

    def picture(self, file: Path) -> None:
        """The page as a PNG."""
        file.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))

    def close(self) -> None:
        """End the browser and all its processes."""
        for fd in self.pipe:
            os.close(fd)
        try:
            os.killpg(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)
        except ProcessLookupError:
            pass
        self.folder.cleanup()
