"""An action and a check."""

from engine import ActionCall, ActionError, action, check
from statechat_sample import heavy

__all__ = ["heavy", "lend", "may_borrow"]


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


@check("library.member")
async def may_borrow(call: ActionCall, value: str, letter: str = "M") -> bool | str:
    """Whether a number is a member's."""
    return value.startswith(letter) or f"A number of a member begins with {letter}."
