"""What the registration does outside of the conversation: it keeps the members."""

from engine import ActionCall, action


@action("users.register", pii=["name", "address"])
async def register(
    call: ActionCall,
    name: str,
    age: int,
    city: str,
    address: dict[str, str] | None = None,
) -> str:
    """Register a member once; gives the member's id.

    A name that another member has is a `duplicate`, as bot.yaml declares it. An attempt that is
    repeated after a crash finds what it has stored already.
    """
    values = {"name": name, "age": age, "city": city, "address": address}
    member = await call.db.put("members", values)
    return str(member["id"])
