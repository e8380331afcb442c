"""The functions of expressions that make amounts of money, and numbers of them."""

from decimal import Decimal
from typing import Final

from engine.core.datatypes.money import amount_of, is_currency, is_money, make
from engine.core.faults import Fault
from engine.core.operators import kind
from engine.core.registry import Function, function, list_argument, text_argument
from engine.core.values import Value

MONEY_FUNCTIONS: Final[dict[str, Function]] = {}


@function(
    MONEY_FUNCTIONS,
    "money(amount, currency)",
    "An amount of money, rounded to the digits of its currency; a half goes to the even neighbour.",
    ("money(2.5 * 3, 'EUR')", {"amount": "7.50", "currency": "EUR"}),
)
def _money(amount: Value, currency: Value) -> Value:
    code = text_argument(currency, "money()")
    if not is_currency(code):
        raise Fault("expr:type", f"There is no currency {code[:10]!r}.")
    return make(amount_of(amount, "money()"), code)


@function(
    MONEY_FUNCTIONS,
    "amount(money)",
    "The amount as a number, to count with.",
    ("amount(money(7.5, 'EUR')) * 2", 15.0),
)
def _amount(value: Value) -> Value:
    if not is_money(value):
        raise Fault("expr:type", f"amount() needs an amount of money, not {kind(value)}.")
    return float(amount_of(value, "amount()"))


@function(
    MONEY_FUNCTIONS,
    "total(list)",
    "The exact sum of amounts of money in one currency; null of none.",
    (
        "total([money(0.1, 'EUR'), money(0.2, 'EUR')])",
        {"amount": "0.30", "currency": "EUR"},
    ),
)
def _total(items: Value) -> Value:
    total = Decimal(0)
    currency: str | None = None
    for each in list_argument(items, "total()"):
        if not is_money(each):
            raise Fault("expr:type", f"total() needs amounts of money, not {kind(each)}.")
        assert isinstance(each, dict)
        if currency not in (None, each["currency"]):
            raise Fault("expr:type", "Amounts in two currencies have no sum.")
        currency = each["currency"]
        total += amount_of(each, "total()")
    return None if currency is None else make(total, currency)
