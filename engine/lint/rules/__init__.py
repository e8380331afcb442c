"""The rules, one module each, in the order of their codes."""

from typing import Final

from engine.lint.rule import Rule, rule_of
from engine.lint.rules import (
    call_without_end,
    cannot_end,
    constant_guard,
    ends_by_command_or_timer,
    loop_without_wait,
    missing_case,
    missing_translation,
    never_heard,
    never_read,
    never_taken,
    number_label,
    read_before_written,
    retry_without_way_out,
    shadowed_trigger,
    unheard_event,
    unreachable_flow,
    unreachable_state,
)

RULES: Final[tuple[Rule, ...]] = tuple(
    map(
        rule_of,
        (
            unreachable_state,
            unreachable_flow,
            cannot_end,
            ends_by_command_or_timer,
            loop_without_wait,
            call_without_end,
            read_before_written,
            never_read,
            constant_guard,
            never_taken,
            missing_case,
            retry_without_way_out,
            never_heard,
            unheard_event,
            shadowed_trigger,
            number_label,
            missing_translation,
        ),
    )
)
