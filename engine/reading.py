"""How a person's words are read, for actions and plugins: as a question of a flow reads them.

```python
from engine import Person, WrongAnswer, read_value

by = read_value("date", "next friday", Person(call.lang, tz, now), min=now)
```

`tz` and `now` are what the flow hands on: `with: {tz: session.tz, now: now}`.
"""

from collections.abc import Sequence

from engine.core import inputs
from engine.core.datatypes.kind import Limit, Speaker, Variable
from engine.core.faults import Fault
from engine.core.suggest import one_of
from engine.core.values import Value
from engine.errors import StatechatError


def read_value(
    type_: str,
    text: str,
    person: Speaker,
    *,
    min: Limit = None,  # noqa: A002 - as in YAML
    max: Limit = None,  # noqa: A002 - as in YAML
    values: Sequence[str] | None = None,
    region: str | None = None,
    currency: Sequence[str] = (),
) -> Value:
    """The value of a type that a text means, in a person's language and time zone.

    The options are those of a variable's declaration, limits as they stand there. A moment comes as
    the ISO text that flows hold: `2026-11-24T14:00:00Z`.

    Raises:
        WrongAnswer: it means none, could mean several, or is beyond the limits; `hint` says what to
            send, in the person's language.
        StatechatError: `type:unknown`, `type:limit`.
    """
    kind = inputs.TYPES.get(type_)
    if kind is None or kind.read is None:
        known = sorted(name for name, one in inputs.TYPES.items() if one.read is not None)
        raise StatechatError(
            "type:unknown",
            f"There is no type `{type_}` that people write.",
            cure=one_of(type_, known),
        )
    variable = Variable(
        "", type_, min=min, max=max, values=None if values is None else tuple(values),
        region=region, currency=tuple(currency),
    )  # fmt: skip
    try:
        return inputs.read(variable, text, person)
    except Fault as fault:
        raise StatechatError(
            "type:limit",
            f"A limit of `{type_}` cannot be used: {fault.message.rstrip('.')}.",
            cure="Give a value of the type, such as 5, or a date or a moment as an ISO text.",
        ) from fault
