"""How a sentence is understood as a lesson: what the language of flows leaves to Python."""

import re

from engine import ActionCall, action

RELATIONS = {
    "refers to": 0.9, "represents": 0.9, "stands for": 0.9, "means": 0.9, "is": 0.8, "are": 0.75,
    "bezeichnet": 0.9, "steht für": 0.9, "bedeutet": 0.9, "ist": 0.8, "sind": 0.75,
}  # fmt: skip
"""What joins a subject with what is said of it, and how surely a sentence with it is a lesson."""
LESSON = re.compile(
    rf"(?P<subject>\S.{{0,450}}?)\s{{1,9}}(?P<relation>{'|'.join(RELATIONS)})\s+(?P<text>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
"""Its repetitions are bounded, so that no text of 64 KiB keeps it busy."""
ALIAS = re.compile(r"(?P<subject>\S.*?)\s*\((?P<alias>[^()]+)\)")
ARTICLE = re.compile(r"(?:an?|the|eine?|der|die|das)\s+", re.IGNORECASE)
VAGUE = frozenset(
    [
        "i",
        "you",
        "he",
        "she",
        "it",
        "we",
        "they",
        "this",
        "that",
        "there",
        "here",
        "these",
        "those",
        "what",
        "who",
        "where",
        "when",
        "why",
        "how",
        "which",
        "ich",
        "du",
        "er",
        "sie",
        "es",
        "wir",
        "ihr",
        "dies",
        "das",
        "hier",
        "dort",
        "da",
        "was",
        "wer",
        "wo",
        "wann",
        "warum",
        "wie",
        "welche",
        "and",
        "but",
        "or",
        "und",
        "aber",
        "oder",
        "if",
        "wenn",
    ]
)
"""Words with which a sentence speaks of what was said before, or asks."""
NAME = 200
"""Characters of a subject or an alias, as bot.yaml declares them."""
WORDS = 4
"""A name seldom has more words; each further one makes a lesson less likely."""
DOUBT, UNLIKELY = 0.1, 0.3


@action("lesson.read")
async def read(
    call: ActionCall,  # noqa: ARG001 - each action is given it
    sentence: str,
) -> dict[str, str | float | None] | None:
    """The fact that a sentence states, with a confidence from 0 to 1; null if it states none."""
    return lesson(sentence)


@action("lesson.take")
async def take(call: ActionCall, lines: str) -> int:
    """Learn each line that states a fact; gives how many did.

    A later line replaces an earlier one. An attempt that is repeated changes nothing twice.
    """
    taken = 0
    for line in lines.splitlines():
        if fact := lesson(line):
            del fact["confidence"]
            await call.db.put("facts", fact, by="subject")
            taken += 1
    return taken


def lesson(sentence: str) -> dict[str, str | float | None] | None:
    """Subject, alias, relation and text of a sentence such as `JavaScript (JS) is a language`."""
    match = LESSON.fullmatch(sentence.strip())
    if match is None:
        return None
    subject, alias = match["subject"], None
    if named := ALIAS.fullmatch(subject):
        subject, alias = named["subject"], named["alias"].strip() or None
    words = subject.casefold().split()
    subject = ARTICLE.sub("", subject, count=1) if ARTICLE.match(subject) else subject
    if not subject or max(len(subject), len(alias or "")) > NAME:
        return None
    relation = " ".join(match["relation"].casefold().split())
    confidence = RELATIONS[relation] - DOUBT * max(len(words) - WORDS, 0)
    if words[0] in VAGUE:
        confidence -= UNLIKELY
    if match["text"].rstrip().endswith("?"):
        confidence -= UNLIKELY
    return {
        "subject": subject,
        "alias": alias,
        "relation": relation,
        "text": match["text"].rstrip(),
        "confidence": round(max(confidence, 0.0), 2),
    }
