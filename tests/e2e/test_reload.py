"""`run --watch`: a bot takes its changed files while people talk with it."""

from pathlib import Path

from tests.e2e.dialogue import telegram

FLOW = """\
flow: pizza
version: 1
description: Order a pizza.
triggers: [/start]
data: {size: {type: int, min: 1, max: 9}, name: {type: text}, did: {type: text, optional: true}}
initial: size
states:
  size: {ask: How large?, next: name}
  name: {ask: Your name?, next: baking}
  baking:
    invoke: {action: bake, with: {name: name}, timeout: 5s, into: did, done: done, error: failed}
  done: {type: final, say: "{size} for {did}."}
  failed: {type: final, say: It burnt.}
"""
ACTIONS = """\
from engine import ActionCall, action


@action("bake")
async def bake(call: ActionCall, name: str) -> str:
    return f"old {name}"
"""
TAKEN = "pizza goes on with the changed files"
REFUSED = "the change is refused: the bot goes on as it was"


async def test_changed_files_are_taken_in_the_middle_of_conversations(tmp_path: Path) -> None:
    folder = tmp_path / "pizza"
    folder.mkdir()
    flow, actions = folder / "pizza.yaml", folder / "actions.py"
    flow.write_text(FLOW)
    actions.write_text(ACTIONS)
    async with (
        telegram(tmp_path / "data") as account,
        account.bot(str(folder), "--watch") as process,
    ):
        await process.ready()
        ann, ben = account.person(100), account.person(101)
        await ann.says("/start")
        await ann.hears("How large?")
        await ben.says("/start")
        await ben.hears("How large?")

        # Ann's conversation goes on in the new version; an action is another one from now on.
        flow.write_text(FLOW.replace("Your name?", "Who are you?"))
        actions.write_text(ACTIONS.replace("old", "new"))
        await process.line(TAKEN)
        await ann.says("3")
        await ann.hears("Who are you?")
        await ann.says("Ann")
        await ann.hears("3 for new Ann.")

        # What is broken is told with its place, and changes nothing.
        flow.write_text(FLOW.replace("next: name", "next: nowhere"))
        await process.line(REFUSED)
        assert "there is no state `nowhere`" in process.log
        await ben.says("5")
        await ben.hears("Who are you?")

        # Ben's state is gone: he finishes in the version in which he stands.
        away = FLOW.replace("name: {ask: Your name?", "who: {ask: You?, into: name").replace(
            "next: name", "next: who"
        )
        flow.write_text(away.replace("/start", "/begin"))
        await process.line(TAKEN, 2)
        await ben.says("Ben")
        await ben.hears("5 for new Ben.")
        menus = account.gate.of("setMyCommands")
        assert "begin" in menus[-1].fields["commands"]

        # What is fixed at the start is told, and asks for a restart.
        (folder / "bot.yaml").write_text("bot: pasta\n")
        await process.line(REFUSED, 2)
        assert "[release:restart]" in process.log
        assert await process.stop() == 0


async def test_an_action_that_cannot_be_imported_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "pizza"
    folder.mkdir()
    (folder / "pizza.yaml").write_text(FLOW)
    (folder / "actions.py").write_text(ACTIONS)
    async with (
        telegram(tmp_path / "data") as account,
        account.bot(str(folder), "--watch") as process,
    ):
        await process.ready()
        (folder / "actions.py").write_text(
            ACTIONS.replace("from engine", "import nothing_there\nfrom engine")
        )
        await process.line(REFUSED)
        assert "[actions:import]" in process.log
        ann = account.person(100)
        await ann.says("/start", "3", "Ann")
        await ann.hears("How large?", "Your name?", "3 for old Ann.")
        assert await process.stop() == 0
