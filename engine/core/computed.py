"""Variables that are computed whenever they are read, and never stored."""

from engine.classes import dataclass
from engine.core.expr import Expression
from engine.core.faults import Fault
from engine.core.inputs import Variable, fits
from engine.core.scope import Scope
from engine.core.values import Value


@dataclass(frozen=True, slots=True)
class ComputedValue:
    """What gives the value of a computed variable; it must be of the variable's type, or null."""

    variable: Variable
    expression: Expression

    def __call__(self, scope: Scope) -> Value:
        value = self.expression(scope)
        reason = None if value is None else fits(self.variable, value, scope)
        if reason is not None:
            place = self.expression.place
            raise Fault("data:type", f"`{self.variable.name}`: {reason}", place)
        return value
