"""The YAML language server, driven over its stdin and stdout as an editor drives it.

`make lsp` installs it into `build/lsp`; where it, or node, is missing, what needs it is skipped.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Any

PROGRAM = "build/lsp/node_modules/yaml-language-server/bin/yaml-language-server"
SERVER = Path(__file__).parents[1] / PROGRAM
NODE = shutil.which("node")
CURSOR = "█"
"""Where the cursor stands in a text."""

_SETTINGS = {"yaml": {"validate": True, "completion": True, "hover": True, "schemas": {}}}


class Editor:
    """One folder of a language server, whose files name their schema in a comment."""

    def __init__(self, folder: Path, server: subprocess.Popen[bytes]) -> None:
        self.folder, self.server = folder, server
        self._count = 0
        self._published: dict[str, list[Any]] = {}
        what = {"snippetSupport": True, "documentationFormat": ["markdown", "plaintext"]}
        able = {
            "textDocument": {
                "completion": {"completionItem": what},
                "hover": {"contentFormat": ["markdown"]},
                "publishDiagnostics": {},
            },
            "workspace": {"configuration": True},
        }
        self._ask(
            "initialize", {"processId": None, "rootUri": folder.as_uri(), "capabilities": able}
        )
        self._tell("initialized", {})
        self._tell("workspace/didChangeConfiguration", {"settings": _SETTINGS})

    def diagnostics(self, text: str, schema: str) -> list[tuple[int, str]]:
        """What is wrong in a file: for each the line, counted from 1, and the message."""
        uri = self._open(text, schema)
        while uri not in self._published:
            self._take(self._receive())
        found = self._published[uri]
        return sorted((entry["range"]["start"]["line"], entry["message"]) for entry in found)

    def completions(self, text: str, schema: str) -> dict[str, dict[str, Any]]:
        """What is offered at the cursor, by label."""
        found = self._at_cursor("textDocument/completion", text, schema)
        return {item["label"]: item for item in reversed(found["items"])}

    def hover(self, text: str, schema: str) -> str:
        """What is shown where the cursor is; nothing is an empty text."""
        found = self._at_cursor("textDocument/hover", text, schema)
        return "" if found is None else str(found["contents"]["value"])

    def _at_cursor(self, method: str, text: str, schema: str) -> Any:
        before, cursor, after = text.partition(CURSOR)
        assert cursor, text
        uri = self._open(before + after, schema)
        place = {"line": before.count("\n") + 1, "character": len(before.rpartition("\n")[2])}
        return self._ask(method, {"textDocument": {"uri": uri}, "position": place})

    def _open(self, text: str, schema: str) -> str:
        """The address of a file that is opened; the comment is its first line."""
        self._count += 1
        uri = (self.folder / f"{self._count}.yaml").as_uri()
        text = f"# yaml-language-server: $schema={schema}\n{text}"
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._tell("textDocument/didOpen", {"textDocument": document})
        return uri

    # --- the protocol -------------------------------------------------------------------

    def _ask(self, method: str, params: Any) -> Any:
        self._count += 1
        number = self._count
        self._send({"id": number, "method": method, "params": params})
        while (message := self._receive()).get("id") != number or "method" in message:
            self._take(message)
        assert "error" not in message, message
        return message["result"]

    def _tell(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def _take(self, message: Any) -> None:
        """What the server says or asks by itself."""
        if message.get("method") == "textDocument/publishDiagnostics":
            told = message["params"]
            self._published[told["uri"]] = told["diagnostics"]
        elif "method" in message and "id" in message:
            asked = message["method"] == "workspace/configuration"
            items = message["params"]["items"] if asked else []
            result = [_SETTINGS.get(item.get("section"), {}) for item in items] if asked else None
            self._send({"id": message["id"], "result": result})

    def _send(self, message: dict[str, Any]) -> None:
        assert self.server.stdin is not None
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.server.stdin.flush()

    def _receive(self) -> Any:
        out = self.server.stdout
        assert out is not None
        length = 0
        while (line := out.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        assert length, "the language server has ended, or did not answer in time"
        return json.loads(out.read(length))


@contextmanager
def editor(folder: Path, seconds: float = 300) -> Iterator[Editor]:
    """A language server for a folder; it is ended after so many seconds, whatever it does."""
    assert NODE is not None
    command = [NODE, str(SERVER), "--stdio"]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    timer = Timer(seconds, server.kill)
    timer.start()
    try:
        yield Editor(folder, server)
    finally:
        timer.cancel()
        server.kill()
        server.communicate()
