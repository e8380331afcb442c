"""What the author of a bot's `actions.py` imports.

```python
from engine import ActionCall, ActionError, action

@action("users.register")
async def register(call: ActionCall, name: str, age: int) -> str:
    user = await call.db.put("users", {"name": name, "age": age})
    return user["id"]
```

`users` is declared under `records:` in bot.yaml; where its names are unique, `put` raises
`ActionError("duplicate")`, which the flow can branch on.
"""

import inspect
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, Final, Protocol, TypeVar

from engine.classes import dataclass
from engine.core.values import Value
from engine.errors import StatechatError

ACTION: Final = "__statechat_action__"
"""The attribute of a registered function that holds its name."""

ActionT = TypeVar("ActionT", bound=Callable[..., Awaitable[Any]])
CheckT = TypeVar("CheckT", bound=Callable[..., Awaitable[bool | str]])


Row = dict[str, Any]
"""A record: `id`, its fields, `created` and `updated`; values of JSON."""
Where = Mapping[str, Any]
"""A filter: `{field: value}`, or `{field: {comparison: value}}`."""


class Records(Protocol):
    """The records of a bot, in the collections that bot.yaml declares.

    Each change is one durable write together with the call's key: an attempt that repeats it finds
    it done. Raises `ActionError`: `duplicate`, `missing`, `conflict`, `limit`, `invalid`,
    `too_many`, and, transient, `busy` and `unavailable`.
    """

    async def put(
        self, collection: str, values: Mapping[str, Any], *, id: str | None = None,  # noqa: A002 - as in YAML
        by: str | Sequence[str] | None = None, new: bool = False,
    ) -> Row:  # fmt: skip
        """Store a record: a new one, or in place of that of an id, or alike in unique fields.

        With `new`, an id that is there is a `duplicate`.
        """
        ...

    async def get(
        self, collection: str, id: str | None = None, *, where: Where | None = None  # noqa: A002 - as in YAML
    ) -> Row | None:  # fmt: skip
        """The record of an id, or the oldest that a filter lets through."""
        ...

    async def find(
        self, collection: str, *, where: Where | None = None, search: str | None = None,
        sort: Value = None, limit: int = 50, skip: int = 0, deleted: bool = False,
    ) -> list[Row]:  # fmt: skip
        """Records, the oldest first, by `sort`, or the most alike to `search` first."""
        ...

    async def count(
        self, collection: str, *, where: Where | None = None, deleted: bool = False
    ) -> int: ...

    async def update(
        self, collection: str, id: str | None = None, *, where: Where | None = None,  # noqa: A002 - as in YAML
        set: Mapping[str, Any] | None = None, add: Mapping[str, Any] | None = None,  # noqa: A002 - as above
        append: Mapping[str, Any] | None = None, drop: Mapping[str, Any] | None = None,
        restore: bool = False,
    ) -> Row | int:  # fmt: skip
        """Change the record of an id if `where` holds of it, and give it.

        Without an id: change all that `where` lets through, and give how many.
        """
        ...

    async def delete(
        self, collection: str, id: str | None = None, *, where: Where | None = None  # noqa: A002 - as in YAML
    ) -> int:  # fmt: skip
        """Delete the record of an id if `where` holds of it, or all that `where` lets through."""
        ...


@dataclass(frozen=True, slots=True)
class ActionCall:
    """One attempt of an action.

    Attributes:
        key: idempotency key, the same at each attempt: what this call changes, it changes once
            if the change is stored under the key.
        deadline: when the attempt is cancelled, in milliseconds since 1970 UTC.
        attempt: counts from 1. An attempt that a crash interrupted runs again under its number.
        owner: the session's id.
        chat: the chat in which it was called, as the transport names it.
        lang: the language that the person reads.
        db: the records of this bot.
        person: the session's id of the person who caused it; of a timer in a group, the chat's.
    """

    key: str
    deadline: int
    attempt: int
    log: logging.Logger
    owner: str
    chat: str
    lang: str
    db: Records
    person: str = ""


class ActionError(Exception):
    """How an action fails: `error.code` in the flow. `transient` says that a retry may help."""

    def __init__(self, code: str, message: str = "", *, transient: bool = False) -> None:
        super().__init__(message or code)
        self.code = code
        self.message = message
        self.transient = transient


def action(
    name: str,
    *,
    pii: Collection[str] = (),
    deprecated: str = "",  # noqa: ARG001 - `check` reads it in the source
) -> Callable[[ActionT], ActionT]:
    """Register a coroutine function as the action that flows invoke by this name.

    It takes an `ActionCall`, then the arguments in `with` by their names.

    Args:
        name: its name in flows.
        pii: the arguments that may say something about a person. `statechat check` reads them, so
            they are written out; a value of a variable with `pii` goes to no other argument.
        deprecated: what flows shall invoke instead, such as "Use `members.add`."; `statechat check`
            reads it and tells whoever invokes this.

    Raises:
        StatechatError: `actions:signature` for a function that is not `async`, or that does not
            take what `pii` names.
    """

    def register(function: ActionT) -> ActionT:
        is_async: bool = inspect.iscoroutinefunction(function)
        if not is_async:
            raise StatechatError(
                "actions:signature",
                f"The action `{name}` is not a coroutine function.",
                cure="Begin it with `async def`; run what blocks by `asyncio.to_thread`.",
            )
        parameters = inspect.signature(function).parameters
        for unknown in sorted(set(pii) - set(parameters)):
            raise StatechatError(
                "actions:signature",
                f"The action `{name}` takes no `{unknown}`, which its `pii` names.",
                cure="Name parameters of the function.",
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
