"""What `statechat check` found, before it is written in any format."""

from collections.abc import Mapping

from engine.classes import dataclass
from engine.diagnostics import Diagnostic


@dataclass(frozen=True, slots=True)
class Report:
    """The findings of one run.

    Attributes:
        found: sorted by file, line and column.
        sources: the texts of the files that were read, by the names that the findings use.
        bots: how many bots were looked at.
        flows: how many flows those of them have that are without errors.
        color: whether a terminal shows it.
    """

    found: tuple[Diagnostic, ...]
    sources: Mapping[str, str]
    bots: int
    flows: int
    color: bool = False

    @property
    def counts(self) -> str:
        return f"{count(self.bots, 'bot')}, {count(self.flows, 'flow')}"


def count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
