"""What the registration does outside of the conversation: it keeps the members."""

from engine import ActionCall, ActionError, action


@action("users.register")
async def register(
    call: ActionCall,
    name: str,
    age: int,
    city: str,
    address: dict[str, str] | None = None,
) -> str:
    """Register a member once; gives the member's id.

    The id is the call's idempotency key, so an attempt that is repeated after a crash finds what it
    has stored already.
    """
    member = name.casefold()
    if await call.db.add(
        "members",
        member,
        {"id": call.key, "name": name, "age": age, "city": city, "address": address},
    ):
        return call.key
    known = await call.db.get("members", member)
    if known is not None and known.get("id") == call.key:
        return call.key
    raise ActionError("duplicate", "a member of this name is registered already")
