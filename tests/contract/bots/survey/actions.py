"""Stands in for a check that asks somebody; the tests give its results."""

from engine import ActionCall, check


@check("names.free")
async def free(call: ActionCall, value: str) -> bool | str:
    raise NotImplementedError
