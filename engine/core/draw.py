"""Draws: chance that a replay repeats, because it comes from what identifies a visit."""

from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.core.activation import Activation


def draw(model: "Activation", key: str, weights: Sequence[float]) -> int:
    """An index into `weights`, each as likely as its weight says.

    It depends on the person, the chat, the run of the flow, the visit of the active state and `key`
    (what is drawn, such as the path of a state or a text), and on nothing else.
    """
    macrostep = model.macrostep
    name = f"{macrostep.session.id}\0{macrostep.at_chat}\0{model.run}\0{model.visit}\0{key}"
    share = int.from_bytes(sha256(name.encode()).digest()[:8], "big") / 2**64 * sum(weights)
    for index, weight in enumerate(weights):
        share -= weight
        if share < 0:
            return index
    return max(range(len(weights)), key=lambda index: weights[index] > 0)
