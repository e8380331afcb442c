"""The registration (`flows/registration`): four questions, and a member is stored."""

from dataclasses import replace
from typing import Final

from bench.faults.model.form import HOUR, MINUTE, Silence, State, Turn, UnknownError, passes

CITIES: Final = {"Berlin": "berlin", "Vienna": "vienna"}
FALLBACK: Final = "Sorry, I did not get that. Send /start to register, /help for help."
ADDRESS: Final = ("street", "postcode")


class Registration:
    """The model; its data are `name`, `age`, `city`, `street`, `postcode`."""

    silences = (
        Silence(10 * MINUTE, "Are you still there?", ends=False),
        Silence(24 * HOUR, "This form has expired.", ends=True),
    )
    acting = frozenset({"save"})

    def hears(self, state: State, text: str) -> Turn:
        heard = replace(state, silences=0)
        if not state.at:
            return self._begins(state, text)
        if text == "/cancel":
            return Turn(state.over(), ("Cancelled.",))
        if text == "/help":
            help_ = "Send /back to correct, /cancel to stop."
            return Turn(heard, (help_, self.question(state)))
        if text == "/back" and state.back:
            earlier = replace(state.back[-1], back=state.back[:-1], kept=state.kept)
            return Turn(earlier, (self.question(earlier),))
        if text == "/skip" and state.at in ADDRESS:
            return self._asks(state.answered("review", street=None, postcode=None))
        return self._answered(heard, text)

    def ends(self, state: State) -> tuple[Turn, ...]:
        data = state.data
        whole = {"street": data["street"], "postcode": data["postcode"], "city": data["city"]}
        member = {
            "name": data["name"], "age": data["age"], "city": data["city"],
            "address": whole if data["street"] else None,
        }  # fmt: skip
        done = replace(state.over(), kept=(*state.kept, member))
        failed = "Something broke. We will write to you."
        return (
            Turn(done, (f"Done, {data['name']}!",)),
            Turn(state.over(), (failed,), member),
        )

    def passes(self, state: State) -> Turn | None:
        return passes(state, self.silences)

    def question(self, state: State) -> str:
        """The open question."""
        data = state.data
        match state.at:
            case "name":
                return "What is your name?"
            case "age":
                return f"How old are you, {data['name']}?"
            case "city":
                return "Where do you live?"
            case "street":
                return "Which street and number? Send /skip to leave the address out."
            case "postcode":
                return "And the postcode?"
            case _:
                city = {id_: label for label, id_ in CITIES.items()}[str(data["city"])]
                return f"{data['name']}, {data['age']}, {city}. Correct?"

    def _begins(self, state: State, text: str) -> Turn:
        if text == "/start":
            begun = replace(state, at="name")
            return Turn(begun, ("Welcome! Four short questions.", self.question(begun)))
        if text == "/help":
            return Turn(state, (FALLBACK,))
        return Turn(state, (FALLBACK,))

    def _answered(self, state: State, text: str) -> Turn:  # noqa: C901, PLR0911 - a case analysis
        match state.at:
            case "name" if len(text) >= 2:
                return self._asks(state.answered("age", name=text))
            case "age":
                if text.isdigit() and 16 <= int(text) <= 120:
                    return self._asks(state.answered("city", age=int(text)))
                if state.tries == 2:
                    gave_up = "Let us stop here. Send /start to try again."
                    return Turn(state.over(), (gave_up,))
                wrong = "Please send a number from 16 to 120."
                return Turn(replace(state, tries=state.tries + 1), (wrong,))
            case "city" if text in CITIES:
                return self._asks(state.answered("street", city=CITIES[text]))
            case "street":
                return self._asks(state.answered("postcode", street=text))
            case "postcode":
                if text.isdigit() and len(text) in (4, 5):
                    return self._asks(state.answered("review", postcode=text))
                wrong = "A postcode has 4 or 5 digits."
                return Turn(replace(state, tries=state.tries + 1), (wrong,))
            case "review" if text == "Change":
                return self._asks(state.answered("name"))
            case "review" if text == "Yes":
                return Turn(state.to("save"), ())
        raise UnknownError(f"the crowd does not say {text!r} in {state.at}")

    def _asks(self, state: State) -> Turn:
        return Turn(state, (self.question(state),))
