"""What a test expects beside what the bot said, as lines of a dialogue."""

from collections.abc import Callable, Sequence

from engine.core.effects import Message
from engine.testing.said import Said, shown, wanted

EXPECTED = "- bot:  "
GOT = "+ bot:  "
SAME = "  bot:  "


def difference(
    expected: Sequence[Said],
    said: Sequence[Message],
    fits: Callable[[Said, Message], bool],
) -> tuple[str, ...]:
    """Lines in order: what fits once, else `-` for what was expected and `+` for what came.

    Aligned by a longest common subsequence: a message too much shifts nothing behind it.
    """
    rows, columns = len(expected), len(said)
    fitting = [[fits(one, message) for message in said] for one in expected]
    longest = [[0] * (columns + 1) for _ in range(rows + 1)]
    for row in reversed(range(rows)):
        for column in reversed(range(columns)):
            longest[row][column] = (
                longest[row + 1][column + 1] + 1
                if fitting[row][column]
                else max(longest[row + 1][column], longest[row][column + 1])
            )
    lines: list[str] = []
    row = column = 0
    while row < rows or column < columns:
        if row < rows and column < columns and fitting[row][column]:
            lines.append(SAME + shown(said[column]))
            row, column = row + 1, column + 1
        elif row < rows and (column == columns or longest[row + 1][column] >= longest[row][column]):
            lines.append(EXPECTED + wanted(expected[row]))
            row += 1
        else:
            lines.append(GOT + shown(said[column]))
            column += 1
    return tuple(lines)
