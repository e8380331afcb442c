"""What an operators' chat knows of persons."""

from engine.core.desk import without
from engine.core.session import Chat, Talk


def test_the_number_of_an_erased_person_is_given_to_nobody_else() -> None:
    ann = Talk(1, "demo/test:ann", "i", "1", 3, "Ann")
    bob = Talk(2, "demo/test:bob", "i", "1", 3, "Bob")
    left = without(Chat(talks=(ann, bob), parts={"m1": 1, "m2": 2}), bob.owner)
    assert [(talk.number, talk.owner, talk.who, talk.over) for talk in left.talks] == [
        (1, ann.owner, "Ann", False), (2, "", "", True),
    ]  # fmt: skip
    assert left.parts == {"m1": 1}
    assert without(left, ann.owner).talks == left.talks[1:]
