"""What the environment adds to a bot's rules, and how transports spell persons."""

import pytest

from engine.core.access import Access
from engine.errors import StatechatError
from engine.runtime.rules import read_access, spelled
from engine.runtime.settings import Settings
from transports.console import Console
from transports.nostr.keys import Key
from transports.nostr.transport import Nostr

NPUB = "npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg"
HEX = "7e7e9c42a91bfef19fa929e5fda1b72e0ebc1a4c1141673e2794234d86addf4e"


def test_an_environment_that_says_nothing_changes_nothing() -> None:
    assert read_access({"STATECHAT_ALLOW": " ", "STATECHAT_ROLES": ""}) == Access()


def test_persons_are_separated_by_commas_or_blanks() -> None:
    access = Settings.from_environment(
        {
            "STATECHAT_ALLOW": "telegram:1, telegram:2\nconsole",
            "STATECHAT_DENY": "telegram:3",
            "STATECHAT_ADMINS": "telegram:1",
            "STATECHAT_ROLES": "editor=telegram:1,telegram:2; cook = nostr ;",
        }
    ).access
    assert access == Access(
        frozenset({"telegram:1", "telegram:2", "console"}),
        frozenset({"telegram:3"}),
        frozenset({"telegram:1"}),
        {"editor": frozenset({"telegram:1", "telegram:2"}), "cook": frozenset({"nostr"})},
    )


@pytest.mark.parametrize(
    "variables",
    [
        {"STATECHAT_ALLOW": "@ann"},
        {"STATECHAT_DENY": "telegram:"},
        {"STATECHAT_ADMINS": "4711"},
        {"STATECHAT_ROLES": "telegram:1"},
        {"STATECHAT_ROLES": "=telegram:1"},
        {"STATECHAT_ROLES": "a b=telegram:1"},
        {"STATECHAT_ROLES": "a=Ann"},
    ],
)
def test_what_is_no_person_is_refused(variables: dict[str, str]) -> None:
    with pytest.raises(StatechatError) as caught:
        read_access(variables)
    assert caught.value.code == "settings:access"
    assert next(iter(variables)) in caught.value.message


def test_a_person_on_nostr_may_be_written_as_npub() -> None:
    nostr = Nostr(Key(bytes([1] * 32)), ["ws://127.0.0.1:1"])
    written = Access(frozenset({f"nostr:{NPUB}", "nostr", "telegram:1"}), admins=frozenset())
    assert spelled(written, [nostr]).allow == {f"nostr:{HEX}", "nostr", "telegram:1"}
    assert nostr.user(HEX.upper()) == HEX
    with pytest.raises(StatechatError) as caught:
        spelled(Access(deny=frozenset({"nostr:npub1x"})), [nostr])
    assert caught.value.code == "nostr:person"


def test_other_transports_have_one_spelling() -> None:
    access = Access(deny=frozenset({"console:ann"}))
    assert spelled(access, [Console("ann", None)]) == access  # type: ignore[arg-type]  # not shown
