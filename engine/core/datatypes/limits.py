"""`min` and `max`: evaluated where they are expressions, and compared."""

from typing import Any, cast

from engine.core.datatypes.kind import Order, Person, Speaker, Variable
from engine.core.scope import Scope
from engine.core.values import Value


def limit(variable: Variable, name: str, speaker: Speaker) -> Value:
    """A limit's value; none where there is none, or where it is computed and there is no scope.

    Raises:
        Fault: the expression fails.
    """
    found = variable.min if name == "min" else variable.max
    if callable(found):
        # Whoever reads an answer within a flow has the whole scope.
        return None if isinstance(speaker, Person) else found(cast("Scope", speaker))
    return found


def within(variable: Variable, order: Order, value: Value, speaker: Speaker) -> bool:
    """Whether a value of the type lies within the variable's limits.

    Raises:
        Fault: a limit is an expression that fails, or gives nothing to compare with.
    """
    size: Any = order.measure(value)
    low = None if variable.min is None else limit(variable, "min", speaker)
    high = None if variable.max is None else limit(variable, "max", speaker)
    if low is not None and size < order.bound(low, speaker, True):  # noqa: FBT003 - the side
        return False
    return high is None or not size > order.bound(high, speaker, False)  # noqa: FBT003 - as above
