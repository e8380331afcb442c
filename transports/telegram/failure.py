"""How a call to the Bot API fails."""

from typing import Literal

Failure = Literal[
    "network", "server", "flood", "conflict", "unauthorized", "unknown", "moved", "refused"
]


class ApiError(Exception):
    """A call that failed: of which kind, why, and how long to wait where the server said so (ms).

    `network` and `server` pass by themselves, `unauthorized` and `unknown` (404: no such bot or
    method) concern the bot, `refused` this one request, `moved` a group whose number is `moved_to`
    now. The reason never holds the token.
    """

    def __init__(
        self,
        kind: Failure,
        reason: str,
        milliseconds: int | None = None,
        moved_to: int | None = None,
    ) -> None:
        super().__init__(f"{kind}: {reason}")
        self.kind = kind
        self.reason = reason
        self.milliseconds = milliseconds
        self.moved_to = moved_to
