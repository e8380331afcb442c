"""One attempt of an action: whatever becomes of it is a value or a failure with a code."""

import asyncio
from collections.abc import Mapping

from engine.actions import ActionCall, ActionError
from engine.core.events import Failure
from engine.core.values import Value
from engine.runtime.actions import Action, ArgumentsError
from engine.runtime.privacy import logger
from engine.runtime.results import as_value

log = logger("statechat.actions")


async def attempt(
    action: Action, call: ActionCall, args: Mapping[str, Value], limit: int | None
) -> tuple[Value, Failure | None]:
    """Run an action for at most `limit` milliseconds; with none, no event loop is needed."""
    try:
        if limit is None:
            returned = await action.begin(call, args)
        else:
            async with asyncio.timeout(limit / 1000):
                returned = await action.begin(call, args)
    except ArgumentsError as error:
        return None, Failure("action:arguments", str(error))
    except ActionError as error:
        return None, Failure(error.code, error.message, error.transient)
    except TimeoutError:
        return None, Failure("timeout", f"it took longer than {limit} ms", transient=True)
    except Exception as error:  # an author's function may raise anything
        log.exception("%s of %s crashed", action.name, call.key)
        return None, Failure("action:crashed", type(error).__name__)
    try:
        return as_value(returned), None
    except ValueError as error:
        return None, Failure("action:value", str(error))
