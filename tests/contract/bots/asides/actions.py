"""Looks at the sky."""

from engine import ActionCall, action


@action("sky.look")
async def look(_call: ActionCall) -> str:
    """What the weather is like."""
    return "sunny"
