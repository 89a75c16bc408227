"""Everything a turn may look at besides the conversation: rules, words, places. Immutable; a new edit makes a new one.

Belongs here: loading the content folders into one value. Does not: state, clocks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from bot.conversation.messages import Text
from bot.conversation.wording import Wordings
from bot.eligibility.memory import Memory
from bot.eligibility.tree import RuleBase
from bot.language.search import Index, build_index
from bot.language.understand import Reader

BANGKOK = ZoneInfo("Asia/Bangkok")


@dataclass(frozen=True)
class World:
    base: RuleBase
    words: Wordings
    reader: Reader
    reason_templates: Mapping[str, Any]

    @cached_property
    def asked(self) -> Memory[Text]:
        """Questions with their choices, by all they depend on; they name kin, not people."""
        return Memory(4000)

    @cached_property
    def index(self) -> Index:
        """Names of the entitlements, for finding the one that is asked about."""
        return build_index(self.base.rules.values())


def thai_day(now: Any) -> date:
    """The calendar day in Thailand at a moment (with a time zone)."""
    if now.tzinfo is None:
        raise ValueError("a moment without a time zone")
    day: date = now.astimezone(BANGKOK).date()
    return day
