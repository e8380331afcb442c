"""How a request is split into a moment, a rule and a text, by the engine's own reader of dates."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from engine import ActionCall, Person, WrongAnswer, action, read_value

WORDS_MAX: Final = 10
"""How many words of a beginning can be its moment."""
CLOCK: Final = "09:00"
"""The time of day that is proposed where none was said."""
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
RULES: Final = (
    ("day", re.compile(r"(?:every day|daily|jeden tag|täglich)\b", re.IGNORECASE)),
    ("weekday", re.compile(
        r"(?:(?:on |every )?weekdays?|(?:an )?werktags|an werktagen|jeden werktag)\b", re.IGNORECASE
    )),
    ("month", re.compile(r"(?:every month|monthly|jeden monat|monatlich)\b", re.IGNORECASE)),
    ("year", re.compile(r"(?:every year|yearly|jedes jahr|jährlich)\b", re.IGNORECASE)),
    ("week", re.compile(
        r"(?:every week|weekly|jede woche|wöchentlich|every|jeden)(?=\s)", re.IGNORECASE
    )),
)  # fmt: skip
"""What says that something comes again; the last one stands before a day of the week."""
DAY_OF_MONTH: Final = re.compile(
    r"(?:on |am )?(?:the )?(?P<day>[12]?\d|3[01])(?:st|nd|rd|th|\.)?(?=\s|$)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Read:
    """A value at the beginning of a text, and what stands behind it."""

    value: str | None
    rest: str


@action("reminder.read")
async def read(call: ActionCall, text: str, now: str, tz: str | None) -> dict[str, object]:
    """Split a request: `at` (null where none is understood), `every`, `note`, and `sure`."""
    return split(text, Person(call.lang, tz, now))


@action("reminder.zone")
async def find_zone(_call: ActionCall, name: str) -> str | None:
    """Find the time zone of a name in any letter case."""
    known = {zone.casefold(): zone for zone in available_timezones()}
    return known.get(name.strip().replace(" ", "_").casefold())


def split(text: str, person: Person) -> dict[str, object]:
    """What a request says; what was filled in or could be meant otherwise is not `sure`."""
    text = text.strip()
    for every, pattern in RULES:
        said = pattern.match(text)
        if said:
            found = _again(every, text[said.end() :].strip(), person)
            if found:
                return found
    moment = _begins("datetime", text, person)
    if moment.value:
        return _once(moment.value, moment.rest, sure=True)
    day = _begins("date", text, person)
    if day.value:
        at = _read("datetime", f"{day.value} {CLOCK}", person)
        return _once(at, day.rest, sure=False)
    clock = _begins("time", text, person)
    if clock.value:
        return _once(_coming(clock.value, person), clock.rest, sure=False)
    ending = _ends(text, person)
    return _once(ending.value, ending.rest, sure=False)


def _once(at: str | None, note: str, *, sure: bool) -> dict[str, object]:
    return {"at": at, "every": None, "note": note, "sure": sure}


def _again(every: str, text: str, person: Person) -> dict[str, object] | None:
    """A rule; none where what the rule needs does not follow."""
    rule: dict[str, object] = {"every": every}
    if every in {"week", "year"}:
        later = datetime.fromisoformat(person.now) + timedelta(days=1)
        # On a Monday "Monday" could be two days; the day of the week is the same.
        speakers = (person, Person(person.lang, person.tz, f"{later:%Y-%m-%dT%H:%M:%SZ}"))
        tries = (_begins(kind, text, who) for who in speakers for kind in ("datetime", "date"))
        day = next((found for found in tries if found.value), None)
        if day is None or day.value is None:
            return None
        timed = "T" in day.value
        local = datetime.fromisoformat(day.value)
        if timed:
            local = local.astimezone(ZoneInfo(person.tz or "UTC"))
        if every == "week":
            rule["on"] = [DAYS[local.weekday()]]
        else:
            rule |= {"month": local.month, "day": local.day}
        rule["at"] = local.strftime("%H:%M") if timed else CLOCK
        return {"at": None, "every": rule, "note": day.rest, "sure": timed}
    if every == "month":
        number = DAY_OF_MONTH.match(text)
        if number is None or not int(number["day"]):
            return None
        rule["day"] = int(number["day"])
        text = text[number.end() :].strip()
    clock = _begins("time", text, person)
    rule["at"] = clock.value or CLOCK
    return {"at": None, "every": rule, "note": clock.rest, "sure": clock.value is not None}


def _begins(kind: str, text: str, person: Person) -> Read:
    """The longest beginning that is a value of a type."""
    ends = [word.end() for word in re.finditer(r"\S+", text)][:WORDS_MAX]
    for end in reversed(ends):
        value = _read(kind, text[:end], person)
        if value:
            return Read(value, text[end:].strip(" ,:\n"))
    return Read(None, text)


def _ends(text: str, person: Person) -> Read:
    """The longest end that is a moment."""
    for word in list(re.finditer(r"\S+", text))[-WORDS_MAX:]:
        value = _read("datetime", text[word.start() :], person)
        if value:
            return Read(value, text[: word.start()].strip(" ,:\n"))
    return Read(None, text)


def _coming(clock: str, person: Person) -> str | None:
    """The next time that a clock shows this."""
    now = datetime.fromisoformat(person.now).astimezone(ZoneInfo(person.tz or "UTC"))
    day = now.date().isoformat()
    at = _read("datetime", f"{day} {clock}", person)
    if at and at > person.now:
        return at
    day = (now.date() + timedelta(days=1)).isoformat()
    return _read("datetime", f"{day} {clock}", person)


def _read(kind: str, text: str, person: Person) -> str | None:
    try:
        value = read_value(kind, text, person)
    except WrongAnswer:
        return None
    return value if isinstance(value, str) else None
