"""What the author of a bot's `actions.py` imports.

```python
from engine import ActionCall, ActionError, action

@action("users.register")
async def register(call: ActionCall, name: str, age: int) -> str:
    if not await call.db.add("users", call.key, {"name": name, "age": age}):
        raise ActionError("duplicate", "there is such a user already")
    return call.key
```
"""

import inspect
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from engine.errors import StatechatError
from engine.stores.protocol import Documents

ACTION: Final = "__statechat_action__"
"""The attribute of a registered function that holds its name."""

ActionT = TypeVar("ActionT", bound=Callable[..., Awaitable[Any]])
CheckT = TypeVar("CheckT", bound=Callable[..., Awaitable[bool | str]])


@dataclass(frozen=True, slots=True)
class ActionCall:
    """One attempt of an action.

    Attributes:
        key: idempotency key, the same at each attempt: what this call changes, it changes once
            if the change is stored under the key.
        deadline: when the attempt is cancelled, in milliseconds since 1970 UTC.
        attempt: counts from 1. An attempt that a crash interrupted runs again under its number.
        owner: the session's id.
        lang: the language that the person reads.
        db: documents of this bot; each call is one durable write.
    """

    key: str
    deadline: int
    attempt: int
    log: logging.Logger
    owner: str
    lang: str
    db: Documents


class ActionError(Exception):
    """How an action fails: `error.code` in the flow. `transient` says that a retry may help."""

    def __init__(self, code: str, message: str = "", *, transient: bool = False) -> None:
        super().__init__(message or code)
        self.code = code
        self.message = message
        self.transient = transient


def action(name: str) -> Callable[[ActionT], ActionT]:
    """Register a coroutine function as the action that flows invoke by this name.

    It takes an `ActionCall`, then the arguments in `with` by their names.

    Raises:
        StatechatError: `actions:signature` for a function that is not `async`.
    """

    def register(function: ActionT) -> ActionT:
        is_async: bool = inspect.iscoroutinefunction(function)
        if not is_async:
            raise StatechatError(
                "actions:signature",
                f"The action `{name}` is not a coroutine function.",
                cure="Begin it with `async def`; run what blocks by `asyncio.to_thread`.",
            )
        setattr(function, ACTION, name)
        return function

    return register


def check(name: str) -> Callable[[CheckT], CheckT]:
    """Register a coroutine function as the check that questions name.

    It takes an `ActionCall`, then what the person answered as `value`, then the arguments in `with`
    by their names. It returns true to take the answer, false or a hint to refuse it.

    ```python
    @check("zip_code")
    async def zip_code(call: ActionCall, value: str) -> bool | str:
        return len(value) == 5 or "A zip code has five digits."
    ```

    Raises:
        StatechatError: `actions:signature` for a function that is not `async`.
    """
    registered: Callable[[CheckT], CheckT] = action(name)
    return registered
