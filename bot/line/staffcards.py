"""What staff read on LINE: a neutral card for a new alert and the answers to their taps. Whoever looks over a shoulder learns nothing.

Belongs here: choosing words. No name of a citizen, no text, no kind of danger ever stands here. Does not: whom to call, claiming.
"""

from __future__ import annotations

import orjson

from bot.casework.model import Alert
from bot.conversation.messages import Card, Cards, Choice, Message, Row, Text
from bot.conversation.wording import Wordings
from bot.line.render import batches

TAKE = "staff:take:"
_LEVELS = {1: "staff.level1", 2: "staff.level2", 3: "staff.level3", 4: "staff.level4"}
_MINUTE_MS = 60_000
_LANGUAGE = "th"  # the language of the desk; what staff read in the console they choose there


def rendered(messages: tuple[Message, ...]) -> bytes:
    """One call's messages as JSON."""
    return orjson.dumps(batches(messages)[0])


def new_alert(words: Wordings, alert: Alert, now_ms: int) -> tuple[Message, ...]:
    """The card of an alert nobody has taken: how urgent, how long it has waited, and a button that takes it."""
    level = _say(words, _LEVELS[alert.severity])
    minutes = (now_ms - alert.raised_ms) // _MINUTE_MS
    waited = _say(words, "staff.waited", n=minutes) if minutes > 0 else _say(words, "staff.just_now")
    take = _say(words, "staff.take")
    card = Card(
        _say(words, "staff.new"),
        (Row(level, "heading"), Row(waited)),
        (Choice(take, data=f"{TAKE}{alert.uid}", text=take),),
    )
    return (Cards((card,), alt=_say(words, "staff.alt", level=level)),)


def moved(words: Wordings, alert: Alert, page: str) -> tuple[Message, ...]:
    """For whoever has it already: something new was said there."""
    level, title = _say(words, _LEVELS[alert.severity]), _say(words, "staff.moved")
    card = Card(title, (Row(level, "heading"),), (Choice(_say(words, "staff.open"), kind="link", uri=page),))
    return (Cards((card,), alt=title),)


def page_of(public_url: str, uid: str) -> str:
    """Where an alert is worked on; in the phone's own browser, which remembers who is signed in."""
    return f"{public_url}/console/alert/{uid}?openExternalBrowser=1"


def taken(words: Wordings, name: str, page: str) -> tuple[Message, ...]:
    """`name` has it now; `page`: where to go on."""
    button = Choice(_say(words, "staff.open"), kind="link", uri=page)
    card = Card(_say(words, "staff.taken", name=name), (Row(_say(words, "staff.taken_hint"), "small"),), (button,))
    return (Cards((card,), alt=_say(words, "staff.taken", name=name)),)


def taken_before(words: Wordings, name: str) -> tuple[Message, ...]:
    """Somebody was faster. `name` empty: a colleague whose name is not for them to know."""
    return (Text(_say(words, "staff.taken_before", name=name) if name else _say(words, "staff.settled")),)


def not_theirs(words: Wordings) -> tuple[Message, ...]:
    """There is no such alert, or it is another centre's: the two look alike."""
    return (Text(_say(words, "staff.missing")),)


def not_linked(words: Wordings) -> tuple[Message, ...]:
    return (Text(_say(words, "staff.not_linked")),)


def linked(words: Wordings, name: str) -> tuple[Message, ...]:
    return (Text(_say(words, "staff.linked", name=name)),)


def group_linked(words: Wordings, centre: str) -> tuple[Message, ...]:
    return (Text(_say(words, "staff.group_linked", centre=centre)),)


def _say(words: Wordings, key: str, **fill: object) -> str:
    return words.say(key, _LANGUAGE, **fill)
