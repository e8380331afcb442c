"""Who may talk with a bot, and what they may do: by the names that `access` lists."""

import pytest

from engine.core.access import Access

ANN, BO = "demo/telegram:1", "demo/telegram:2"


def named(*names: str) -> frozenset[str]:
    return frozenset(names)


@pytest.mark.parametrize(
    ("access", "ann", "bo"),
    [
        (Access(), False, False),
        (Access(allow=named("telegram:1")), False, True),
        (Access(allow=named("telegram")), False, False),
        (Access(allow=named("nostr")), True, True),
        (Access(allow=named()), True, True),
        (Access(deny=named("telegram:2")), False, True),
        (Access(deny=named("telegram")), True, True),
        (Access(allow=named(), admins=named("telegram:1")), False, True),
        (Access(allow=named(), roles={"editor": named("telegram:2")}), True, False),
        (Access(deny=named("telegram:1"), admins=named("telegram:1")), True, False),
    ],
)
def test_who_is_refused(access: Access, *, ann: bool, bo: bool) -> None:
    assert (access.refuses(ANN), access.refuses(BO)) == (ann, bo)
    if ann or bo:
        assert access.closed


def test_a_person_is_not_known_by_a_part_of_the_name() -> None:
    access = Access(allow=named("telegram:11", "tele"), admins=named("1", ":1"))
    assert access.refuses(ANN)
    assert not access.is_admin(ANN)


def test_roles_come_in_the_order_of_their_names() -> None:
    access = Access(roles={"b": named("telegram:1"), "a": named("telegram"), "c": named()})
    assert access.roles_of(ANN) == ["a", "b"]
    assert access.roles_of(BO) == ["a"]


def test_rules_of_two_places_are_joined() -> None:
    first = Access(deny=named("x"), roles={"a": named("telegram:1")})
    second = Access(allow=named("y"), admins=named("z"), roles={"a": named("telegram:2")})
    both = first.joined(second)
    assert both == Access(
        named("y"), named("x"), named("z"), {"a": named("telegram:1", "telegram:2")}
    )
    assert Access().joined(Access()).allow is None


def test_names_are_spelled_anew_everywhere() -> None:
    access = Access(named("a"), named("b"), named("c"), {"r": named("d")})
    assert access.renamed(str.upper) == Access(
        named("A"), named("B"), named("C"), {"r": named("D")}
    )
    assert Access().renamed(str.upper) == Access()
