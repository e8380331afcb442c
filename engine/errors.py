"""The one root of every error that a user of Statechat can see."""

from engine.classes import dataclass

DOCS = "docs/reference/errors.md"


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a source file. Lines and columns count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class StatechatError(Exception):
    """What went wrong, where, and how to cure it.

    `code` is stable and has the form `area:reason` (`store:locked`); `cure` is one sentence
    that tells the reader what to do; `page` names the documentation that explains the code.
    """

    def __init__(
        self, code: str, message: str, *, place: Place | None = None, cure: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.place = place
        self.cure = cure

    @property
    def page(self) -> str:
        return f"{DOCS}#{self.code.replace(':', '-').replace('_', '-')}"

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        cure = f" {self.cure}" if self.cure else ""
        return f"{where}{self.message} [{self.code}]{cure}"
