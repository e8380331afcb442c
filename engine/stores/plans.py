"""The stored form of timers: those of runs, and those that begin a flow."""

from collections.abc import Mapping
from typing import Any, Final

from engine.core.session import Plan, Timer

_NOTHING: Final[Mapping[str, Any]] = {}


def encode_timer(timer: Timer) -> dict[str, Any]:
    document: dict[str, Any] = {
        "id": timer.id, "due": timer.due, "chat": timer.chat, "run": timer.run, "key": timer.key,
    }  # fmt: skip
    if timer.plan is not None:
        document["plan"] = encode_plan(timer.plan)
    return document


def decode_timer(document: Mapping[str, Any]) -> Timer:
    plan = document.get("plan")
    return Timer(
        document["id"], document["due"], document["chat"], document["run"], document["key"],
        None if plan is None else decode_plan(plan),
    )  # fmt: skip


def encode_plan(plan: Plan) -> dict[str, Any]:
    document: dict[str, Any] = {"name": plan.name, "flow": plan.flow}
    if plan.given:
        document["given"] = plan.given
    if plan.every is not None:
        document["every"] = plan.every
    return document


def decode_plan(document: Mapping[str, Any]) -> Plan:
    given = document.get("given", _NOTHING)
    if given.__class__ is not dict and given is not _NOTHING:
        raise ValueError("`given` of a timer is no object")
    return Plan(document["name"], document["flow"], given, document.get("every"))
