"""The payment of an order. A shop replaces this file's `charge` by a call of its provider."""

from engine import ActionCall, ActionError, action

LIMIT = 60
"""The sample account holds this much; a real provider decides by itself."""


@action("payment.charge", pii=["email"])
async def charge(call: ActionCall, amount: float, currency: str, email: str) -> str:
    """Charge an amount once, whatever happens to the attempts; gives the receipt's number."""
    if amount > LIMIT:
        raise ActionError("declined", f"more than {LIMIT} {currency}")
    values = {"amount": amount, "currency": currency, "email": email}
    receipt = await call.db.put("receipts", values)
    return f"R{receipt['id'][:8].upper()}"
