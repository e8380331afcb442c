"""An action and a check."""

from engine import ActionCall, ActionError, Person, WrongAnswer, action, check, read_value
from statechat_sample import heavy

__all__ = ["heavy", "lend", "may_borrow", "until"]


@action("library.lend")
async def lend(call: ActionCall, isbn: str, days: int = 14) -> dict[str, int | str]:
    """Lend a book, once for each call."""
    try:
        await call.db.put("lent", {"to": call.owner}, id=isbn, new=True)
    except ActionError as error:
        if error.code != "duplicate":
            raise
        raise ActionError("lent", "somebody has it") from error
    return {"isbn": isbn, "days": days}


@action("library.until")
async def until(call: ActionCall, text: str, now: str, tz: str | None = None) -> str:
    """Until when a book is wanted, as somebody has written it."""
    try:
        day = read_value("date", text, Person(call.lang, tz, now), min=now)
    except WrongAnswer as wrong:
        raise ActionError("unclear", wrong.hint) from None
    return str(day)


@check("library.member")
async def may_borrow(call: ActionCall, value: str, letter: str = "M") -> bool | str:
    """Whether a number is a member's."""
    return value.startswith(letter) or f"A number of a member begins with {letter}."
