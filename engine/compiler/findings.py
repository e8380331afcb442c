"""Collects what is wrong, so that one run reports all of it."""

from collections.abc import Iterable

from engine.compiler.nodes import Fields, Items, Scalar
from engine.core.suggest import did_you_mean
from engine.diagnostics import Diagnostic, Related, Severity
from engine.errors import Place, StatechatError


class Findings:
    """An append-only list of diagnostics; the same one is kept once.

    Attributes:
        unread: flows whose files could not be read; whoever calls one of them is not to blame.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[str, Place, str], Diagnostic] = {}
        self._said: frozenset[Place] = frozenset()
        self.unread: set[str] = set()

    @property
    def all(self) -> tuple[Diagnostic, ...]:
        return tuple(self._found.values())

    @property
    def faulty(self) -> bool:
        """Whether something was found that keeps the bot from running."""
        return any(found.severity == "error" for found in self._found.values())

    def add(
        self,
        code: str,
        message: str,
        at: Scalar | Items | Fields | Place,
        cure: str | None = None,
        *,
        severity: Severity = "error",
        related: Iterable[Related] = (),
    ) -> None:
        place = at if isinstance(at, Place) else at.place
        length = at.width if isinstance(at, Scalar) else 1
        self.keep(Diagnostic(code, message, place, cure, severity, length, related=tuple(related)))

    def unknown(self, code: str, what: str, at: Scalar, name: str, known: Iterable[str]) -> None:
        """Something that is referred to and nowhere declared, with what was probably meant."""
        names = sorted(known)
        cure = did_you_mean(name, names)
        if cure is None and names:
            listed = ", ".join(f"`{known_name}`" for known_name in names[:8])
            cure = f"Known: {listed}{', …' if len(names) > 8 else ''}."
        self.add(code, f"there is no {what} `{name}`", at, cure)

    def caught(self, code: str, error: StatechatError, at: Scalar) -> None:
        """An error of an expression, a text or a pattern, at its own place within the scalar."""
        if error.code.startswith("plugin:"):
            code = "SC060"
        self.keep(Diagnostic(code, error.message, error.place or at.place, error.cure))

    def settle(self) -> None:
        """From now on, say nothing about places where something is wrong already.

        What a schema has refused would only be refused again, in other words.
        """
        self._said = frozenset(
            found.place for found in self._found.values() if found.severity == "error"
        )

    def blamed(self, node: Fields) -> bool:
        """Whether a key of this mapping is wrong already, so that what is missing may be meant."""
        return any(entry.key.place in self._said for entry in node.entries.values())

    def keep(self, diagnostic: Diagnostic) -> None:
        if diagnostic.place in self._said:
            return
        key = (diagnostic.code, diagnostic.place, diagnostic.message)
        self._found.setdefault(key, diagnostic)
