"""Remembers which files their schema has passed, so that most starts need not load a validator.

A verdict is a hash over all that it depends on: the file, its schema, the compiler's own code, the
libraries that read and judge. Only that a file is clean is remembered, never a fault: whatever is
missing, torn or stale in the memory costs time and hides nothing.
"""

import hashlib
import importlib.util
import sys
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import schemas
from engine import classes
from engine.compiler.nodes import Node
from engine.core import values
from engine.diagnostics import Diagnostic

if TYPE_CHECKING:
    from engine.compiler.allowed import Kind

SIZE_MAX: Final = 1_048_576
"""Bytes of the memory, about 16,000 verdicts; one that is larger is begun anew."""
LIBRARIES: Final = ("jsonschema", "yaml")


class Verdicts:
    """The memory, a file with one hash a line, which any number of processes may extend at once.

    Lines are appended, each in one write. One that is torn all the same equals no hash. Where
    the file cannot be read or written, nothing is remembered.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def of_user(cls) -> "Verdicts":
        """The memory in the platform's folder for caches; it may be deleted at any time."""
        import platformdirs  # noqa: PLC0415 - 10 ms that only a start from files pays

        return cls(Path(platformdirs.user_cache_dir("statechat", appauthor=False)) / "clean")

    def passed(self, kind: "Kind", raw: bytes) -> bool:
        """Whether the schema is known to allow the file."""
        verdict = _verdict(kind, raw)
        return verdict is not None and self.has(verdict)

    def keep(self, kind: "Kind", raw: bytes) -> None:
        """Remember that the schema allows the file."""
        verdict = _verdict(kind, raw)
        if verdict is not None:
            self.add(verdict)

    def has(self, verdict: bytes) -> bool:
        """Whether a verdict, a hash in hexadecimal digits, is remembered."""
        return b"\n%b\n" % verdict in self._known

    def add(self, verdict: bytes) -> None:
        """Remember a verdict."""
        if not self._path.is_absolute():  # there is no home
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            anew = len(self._known) > SIZE_MAX
            with self._path.open("wb" if anew else "ab", buffering=0) as file:
                file.write(b"\n%b\n" % verdict)  # ends what another may have torn
        except OSError:  # a disk that is full or read-only: the next start validates again
            return
        if anew:
            self._known = b"\n"

    @cached_property
    def _known(self) -> bytes:
        try:
            with self._path.open("rb") as file:
                return b"\n" + file.read(SIZE_MAX + 1)
        except OSError:
            return b"\n"


def validated(node: Node, kind: "Kind", raw: bytes, verdicts: Verdicts | None) -> list[Diagnostic]:
    """`document.validate` for the tree of a file's bytes, skipped where the file is known."""
    if verdicts is not None and verdicts.passed(kind, raw):
        return []
    from engine.compiler.document import validate  # noqa: PLC0415 - what is known needs none of it

    found = validate(node, kind)
    if verdicts is not None and not found:
        verdicts.keep(kind, raw)
    return found


def _verdict(kind: "Kind", raw: bytes) -> bytes | None:
    judge = _judge(kind)
    return judge and hashlib.sha256(judge + raw).hexdigest().encode()


@cache
def _judge(kind: "Kind") -> bytes | None:
    """A hash over what judges a file of this kind; none where our own code cannot be read."""
    ours = (
        Path(schemas.__file__).with_name(f"{kind}.v1.json"),
        *sorted(Path(__file__).parent.glob("*.py")),
        Path(values.__file__),
        Path(classes.__file__),
    )
    digest = hashlib.sha256(f"{kind} {sys.version} {[library(one) for one in LIBRARIES]}".encode())
    try:
        for path in ours:
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    except OSError:
        return None
    return digest.digest()


def library(name: str) -> tuple[str, int, int] | None:
    """Which installation of a library it is; asking it for its version would load it."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        return None
    try:
        found = Path(spec.origin).stat()
    except OSError:
        return None
    return spec.origin, found.st_size, found.st_mtime_ns
