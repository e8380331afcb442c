"""A client of the YAML language server, over the pipes that an editor would use."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any, Final

FOLDER: Final = Path(__file__).parent / "yaml_server"
PROGRAM: Final = FOLDER / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"
PATIENCE: Final = 60.0
"""Longest wait for an answer, in seconds: the server takes its time to start on a busy machine."""


def missing() -> str | None:
    """Why the server cannot be started here, if so."""
    if shutil.which("node") is None:
        return "there is no node here"
    if not PROGRAM.exists():
        return "run `npm ci` in tests/servers/yaml_server"
    return None


class Editor:
    """What an editor says to the server, and what it hears."""

    def __init__(
        self, process: "subprocess.Popen[bytes]", settings: dict[str, object], root: Path | None
    ) -> None:
        self._settings = settings
        self._process = process
        self._heard: Queue[dict[str, Any] | None] = Queue()
        self._count = 0
        self._faults: dict[str, list[dict[str, Any]]] = {}
        Thread(target=self._listen, daemon=True).start()
        at = root.as_uri() if root else None
        self._ask("initialize", processId=None, rootUri=at, capabilities={
            "workspace": {"configuration": True},
            "textDocument": {
                "hover": {"contentFormat": ["markdown"]},
                "completion": {"completionItem": {"documentationFormat": ["markdown"]}},
            },
        })  # fmt: skip
        self._tell("initialized")

    def open(self, path: Path, text: str) -> list[str]:
        """Show a file; what the server finds wrong with it."""
        uri = path.as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._tell("textDocument/didOpen", textDocument=document)
        while uri not in self._faults:
            self._next()
        return [str(fault["message"]) for fault in self._faults.pop(uri)]

    def complete(self, path: Path, line: int, column: int) -> dict[str, str]:
        """What is offered at a place (both count from 0), with its explanation."""
        found = self._ask("textDocument/completion", **_at(path, line, column))
        items = found["items"] if isinstance(found, dict) else found
        return {item["label"]: str(item.get("documentation", "")) for item in items}

    def hover(self, path: Path, line: int, column: int) -> str:
        """What is said of the word at a place."""
        found = self._ask("textDocument/hover", **_at(path, line, column))
        return str(found["contents"]["value"]) if found else ""

    def _ask(self, method: str, **parameters: object) -> Any:  # noqa: ANN401 - any JSON
        self._count += 1
        number = self._count
        self._send({"id": number, "method": method, "params": parameters})
        while True:
            message = self._next()
            if message.get("id") == number and "method" not in message:
                assert "error" not in message, message
                return message["result"]

    def _tell(self, method: str, **parameters: object) -> None:
        self._send({"method": method, "params": parameters})

    def _send(self, message: dict[str, object]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._process.stdin.flush()

    def _next(self) -> dict[str, Any]:
        """The next message; what the server asks of an editor is answered on the way."""
        try:
            message = self._heard.get(timeout=PATIENCE)
        except Empty:
            raise TimeoutError("the language server does not answer") from None
        assert message is not None, "the language server has ended"
        if "id" in message and "method" in message:
            items = message.get("params", {}).get("items", [])
            wanted = [self._settings.get(item.get("section")) for item in items]
            self._send({"id": message["id"], "result": wanted or None})
        if message.get("method") == "textDocument/publishDiagnostics":
            parameters = message["params"]
            self._faults[parameters["uri"]] = parameters["diagnostics"]
        return message

    def _listen(self) -> None:
        source = self._process.stdout
        assert source is not None
        while True:
            length = 0
            while (line := source.readline()).strip():
                name, _, value = line.decode().partition(":")
                length = int(value) if name.lower() == "content-length" else length
            if not line:
                self._heard.put(None)
                return
            self._heard.put(json.loads(source.read(length)))


def _at(path: Path, line: int, column: int) -> dict[str, object]:
    return {
        "textDocument": {"uri": path.as_uri()},
        "position": {"line": line, "character": column},
    }


@contextmanager
def editor(settings: dict[str, object] | None = None, root: Path | None = None) -> Iterator[Editor]:
    """An editor with a language server of its own; `root` is the folder that it has open."""
    node = shutil.which("node")
    assert node is not None
    process = subprocess.Popen(
        [node, str(PROGRAM), "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        yield Editor(process, settings or {}, root)
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
