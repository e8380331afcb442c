"""What a checker or a compiler has to say about a source file."""

from collections.abc import Iterable
from typing import Literal

from engine.classes import dataclass
from engine.errors import Place, StatechatError

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that a finding speaks of, and what is there: "first here"."""

    place: Place
    note: str
    length: int = 1

    def __str__(self) -> str:
        return f"{self.place}: {self.note}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    `code` is a key of `CODES`, `length` the width of the caret, `evidence` the lines of a
    conversation that shows it, `related` the other places that it speaks of.
    """

    code: str
    message: str
    place: Place
    cure: str | None = None
    severity: Severity = "error"
    length: int = 1
    evidence: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        return (self.place.file, self.place.line, self.place.column, self.code, self.message)


class FlowInvalid(StatechatError):  # noqa: N818 - reads as the state of the flow, like SystemExit
    """A bot that cannot be compiled; carries every finding of the run, sorted."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(sorted(diagnostics, key=lambda found: found.sort_key))
        super().__init__("flow:invalid", f"{len(self.diagnostics)} faults in the bot's files")


CODES: dict[str, str] = {
    "SC001": "yaml-syntax",
    "SC002": "duplicate-key",
    "SC003": "yaml-feature",
    "SC004": "yaml-limit",
    "SC005": "not-utf8",
    "SC010": "schema",
    "SC011": "missing-key",
    "SC012": "unknown-key",
    "SC020": "unknown-target",
    "SC021": "unknown-flow",
    "SC022": "unknown-variable",
    "SC023": "unknown-action",
    "SC024": "unknown-choice",
    "SC025": "unknown-translation",
    "SC026": "placeholder",
    "SC027": "name-taken",
    "SC028": "unknown-event",
    "SC029": "file",
    "SC030": "expression",
    "SC031": "text",
    "SC032": "pattern",
    "SC040": "structure",
    "SC041": "final-unhandled",
    "SC042": "argument",
    "SC043": "limit",
    "SC044": "python-syntax",
    "SC045": "circle",
    "SC046": "unknown-record",
    "SC047": "http-host",
    "SC048": "unknown-chat",
    "SC050": "test-file",
    "SC060": "plugin",
    "SC100": "unused-noqa",
    "SC101": "unreachable-state",
    "SC102": "unreachable-flow",
    "SC103": "cannot-end",
    "SC104": "ends-by-command-or-timer",
    "SC105": "loop-without-wait",
    "SC106": "call-without-end",
    "SC107": "livelock",
    "SC201": "read-before-written",
    "SC202": "never-read",
    "SC203": "constant-guard",
    "SC204": "never-taken",
    "SC205": "missing-case",
    "SC206": "output-never-fits",
    "SC207": "wrong-type",
    "SC208": "no-way-on",
    "SC209": "never-written",
    "SC210": "shared-user",
    "SC301": "retry-without-way-out",
    "SC302": "never-heard",
    "SC303": "unheard-event",
    "SC304": "shadowed-trigger",
    "SC305": "number-label",
    "SC306": "unheard-kind",
    "SC307": "same-beginning",
    "SC401": "missing-translation",
    "SC402": "unspoken-language",
    "SC403": "text-in-parts",
    "SC404": "long-label",
    "SC405": "loose-mark",
    "SC501": "timer-never-fires",
    "SC502": "retry-storm",
    "SC503": "timeout-never-reached",
    "SC504": "timer-beyond-expiry",
    "SC505": "endless-attempts",
    "SC601": "command-menu",
    "SC602": "press-only",
    "SC701": "unhandled-failure",
    "SC702": "unknown-failure",
    "SC703": "missing-timeout",
    "SC801": "plain-http",
    "SC802": "pii-in-address",
    "SC803": "pii-to-action",
    "SC804": "pii-in-log",
    "SC805": "unmarked-pii",
    "SC901": "name-style",
    "SC902": "lone-list",
    "SC951": "deprecated-action",
}
"""Names of findings by their codes; from `SC101` on they are those of `engine.lint.rules`."""
