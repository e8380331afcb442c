"""The order (`flows/order`): a pizza, and a payment of at most 60 euros is taken."""

from dataclasses import replace
from typing import Final

from bench.faults.model.form import HOUR, MINUTE, Silence, State, Turn, UnknownError, passes

DISHES: Final = {"Margherita, 8 €": 8.0, "Marinara, 7 €": 7.0, "Diavola, 9.50 €": 9.5}
LIMIT: Final = 60.0
FALLBACK: Final = "Sorry, I did not get that. Send /menu to order, /help for help."
HOURS: Final = {
    "Monday to Friday": "Monday to Friday we bake from 11 to 22.",
    "Saturday and Sunday": "On Saturday and Sunday we bake from 12 to 24.",
}


class Order:
    """The model; its data are `dish`, `quantity`, `extras`, `address`, `note`, `email`."""

    silences = (
        Silence(15 * MINUTE, "Your order is waiting for you.", ends=False),
        Silence(2 * HOUR, "Your order has expired. Send /menu to begin again.", ends=True),
    )
    acting = frozenset({"pay"})

    def hears(self, state: State, text: str) -> Turn:
        if not state.at:
            if text != "/menu":
                return Turn(state, (FALLBACK,))
            return self._asks(replace(state, at="dish", data={"extras": ()}))
        if text == "/cancel":
            return Turn(state.over(), ("Your order is cancelled. Nothing was charged.",))
        if text == "/back" and state.back:
            earlier = replace(state.back[-1], back=state.back[:-1], kept=state.kept)
            return Turn(earlier, (self.question(earlier),))
        return self._answered(replace(state, silences=0), text)

    def ends(self, state: State) -> tuple[Turn, ...]:
        receipt = {
            "amount": self.price(state), "currency": "EUR", "email": state.data["email"],
        }  # fmt: skip
        silent = "The payment service does not answer. Nothing was charged; please try again later."
        ends = Turn(state.over(), (silent,), receipt)
        if self.price(state) > LIMIT:
            declined = replace(state.to("declined"), back=state.back)
            return Turn(declined, (self.question(declined),)), ends
        thanks = (
            f"Thank you! Receipt {{receipt}} is on its way to {state.data['email']}, "
            f"and the pizza to {state.data['address']}."
        )
        return Turn(replace(state.over(), kept=(*state.kept, receipt)), (thanks,)), ends

    def passes(self, state: State) -> Turn | None:
        return passes(state, self.silences)

    def price(self, state: State) -> float:
        """What the order costs."""
        extras = state.data["extras"]
        quantity = state.data["quantity"]
        assert isinstance(extras, tuple)
        assert isinstance(quantity, int)
        return quantity * (DISHES[str(state.data["dish"])] + len(extras))

    def question(self, state: State) -> str:
        """The open question."""
        match state.at:
            case "dish":
                return "What would you like?"
            case "quantity":
                return "How many? (1 to 9)"
            case "extras":
                return "Anything on top? Each is 1 €."
            case "address":
                return "Where shall we bring it?"
            case "note":
                return "Anything that our driver should know?"
            case "email":
                return "Your e-mail address, for the receipt?"
            case "declined":
                return f"The payment was declined (more than {LIMIT:.0f} EUR). Try again?"
            case _:
                return self._summary(state)

    def _summary(self, state: State) -> str:
        data = state.data
        extras = data["extras"]
        assert isinstance(extras, tuple)
        *first, last = extras or ("",)
        listed = f"{', '.join(first)} and {last}" if first else last
        with_ = f" with {listed}" if extras else ""
        note = f" ({data['note']})" if data["note"] else ""
        return (
            f"{data['quantity']} × {data['dish']}{with_} to {data['address']}{note}: "  # noqa: RUF001 - the bot's sign
            f"€{self.price(state):.2f}. Shall we bake?"
        )

    def _answered(self, state: State, text: str) -> Turn:  # noqa: C901, PLR0911, PLR0912 - a case analysis
        match state.at:
            case "dish" if text in DISHES:
                return self._asks(state.answered("quantity", dish=text))
            case "quantity":
                if text.isdigit() and 1 <= int(text) <= 9:
                    return self._asks(state.answered("extras", quantity=int(text)))
                if state.tries == 3:
                    return Turn(state.over(), ("Let us stop here. Send /menu to order.",))
                wrong = "We bake 1 to 9 at once. How many shall it be?"
                return Turn(replace(state, tries=state.tries + 1), (wrong,))
            case "extras":
                extras = () if text == "Done" else tuple(text.split(", "))
                return self._asks(state.answered("address", extras=extras))
            case "address" if len(text) < 5:  # what follows an address that was set aside
                wrong = "Please send a text of 5 to 200 characters."
                return Turn(replace(state, tries=state.tries + 1), (wrong,))
            case "address":
                return self._asks(state.answered("note", address=text))
            case "note":
                note = None if text == "Skip" else text
                return self._asks(state.answered("email", note=note))
            case "email":
                return self._asks(state.answered("confirm", email=text))
            case "confirm" if text == "Change the order":
                return self._asks(state.answered("dish"))
            case "confirm" | "declined" if text == "Cancel":
                return Turn(state.over(), ("Your order is cancelled. Nothing was charged.",))
            case "confirm" if text == "Pay and bake":
                return Turn(state.to("pay"), ("One moment, your payment is on its way …",))
            case "declined" if text == "Try again":
                return Turn(state.to("pay"), ("One moment, your payment is on its way …",))
        raise UnknownError(f"the crowd does not say {text!r} in {state.at}")

    def _asks(self, state: State) -> Turn:
        return Turn(state, (self.question(state),))
