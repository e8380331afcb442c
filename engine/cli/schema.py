"""`statechat schema`: the JSON Schemas of the files, for editors."""

import argparse
from pathlib import Path

from engine.cli.output import note, say
from schemas import AUTHORED, FOLDER

_DESCRIPTION = """\
Print the JSON Schema of one kind of file, or write those of all kinds into a folder. An editor with
a YAML language server completes and explains keys by them: name the schema on a file's first line,
  # yaml-language-server: $schema=.schemas/flow.v1.json
or in the settings of the editor, which --vscode prints."""

_EPILOG = """\
example:
  statechat schema flow
  statechat schema --to my_bot/.schemas
  statechat schema --vscode

exit code: 0 printed or written, 1 the folder cannot be written, 2 misuse"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    parser.add_argument(
        "kind", metavar="KIND", nargs="?", choices=AUTHORED,
        help="flow, bot or test; without it, the files of the schemas are named",
    )  # fmt: skip
    parser.add_argument("--to", metavar="FOLDER", help="write the schemas into this folder")
    parser.add_argument(
        "--vscode", action="store_true",
        help="print settings of VS Code that give bots in a folder `bots` their schemas",
    )  # fmt: skip


def execute(arguments: argparse.Namespace) -> int:
    if arguments.to is not None:
        from engine.authoring.saving import save  # noqa: PLC0415 - only for this option

        for name in AUTHORED:
            path = Path(arguments.to) / f"{name}.v1.json"
            save(path, (FOLDER / path.name).read_text(encoding="utf-8"))
            note(f"{path} is written")
    elif arguments.vscode:
        say(_settings())
    elif arguments.kind is not None:
        say((FOLDER / f"{arguments.kind}.v1.json").read_text(encoding="utf-8").rstrip("\n"))
    else:
        for name in AUTHORED:
            say(str(FOLDER / f"{name}.v1.json"))
    return 0


def _settings() -> str:
    import json  # noqa: PLC0415 - only for this option

    patterns = {
        "flow": ["bots/*/!(*.*|bot).yaml"],
        "bot": ["bots/*/bot.yaml"],
        "test": ["bots/*/*.test.yaml"],
    }
    found = {(FOLDER / f"{name}.v1.json").as_uri(): patterns[name] for name in AUTHORED}
    return json.dumps({"yaml.schemas": found}, indent=2)
