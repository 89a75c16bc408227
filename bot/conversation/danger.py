"""The first answer to danger: calm, believing, with numbers to tap, before anything else.

Belongs here: choosing the words and numbers for an alarm. Does not: reading the alarm (bot/language), finding staff (bot/casework).
Sources: facts on triage and safe contact (WHO LIVES; national hotlines), see docs/safety.md.
"""

from __future__ import annotations

from bot.conversation.messages import Card, Cards, Choice, Message, Row, Text
from bot.conversation.wording import Wordings
from bot.language.reading import Alarm

#: Numbers offered first for a kind, before 191 / 1669 / 1300, which always stand there.
_SPECIAL = {
    "violence_child": ("1387",),
    "child_labour": ("1387",),
    "suicide_selfharm": ("1323",),
    "unready_pregnancy": ("1663",),
}
_ALWAYS = ("191", "1669", "1300")
_MEDICAL_FIRST = frozenset({"suicide_selfharm", "neglect_abandonment"})


def numbers_for(kind: str) -> tuple[str, ...]:
    """Hotlines in the order to show."""
    always = ("1669", "191", "1300") if kind in _MEDICAL_FIRST else _ALWAYS
    return (*always, *_SPECIAL.get(kind, ()))


def call_choices(words: Wordings, kind: str, language: str) -> tuple[Choice, ...]:
    return tuple(Choice(words.say("button.call", language, number=n), kind="link", uri=f"tel:{n}") for n in numbers_for(kind))


def _kind_text(words: Wordings, alarm: Alarm, language: str) -> str:
    for key in (f"danger.kind.{alarm.kind}_{alarm.subject}", f"danger.kind.{alarm.kind}", "danger.kind.none"):
        if key in words.texts["th"]:
            return words.say(key, language)
    raise KeyError("danger.kind.none")


def first_reply(words: Wordings, alarm: Alarm, language: str) -> tuple[Message, ...]:
    """The answer to `raise`. It promises nothing that is not sure: staff were told, 1300 answers at all hours."""
    other = alarm.subject == "other"

    def say(key: str) -> str:
        both = f"danger.{key}_other"
        return words.say(both if other and both in words.texts["th"] else f"danger.{key}", language)

    rows = [Row(say("now"), "warning"), Row(_kind_text(words, alarm, language))]
    if alarm.severity == 1 and not other:
        rows.append(Row(say("cannot_talk")))
    rows.append(Row(say("told"), "small"))
    card = Card(say("title"), tuple(rows), call_choices(words, alarm.kind, language), tone="danger", subtitle=say("believe"))
    return (Cards((card,), alt=say("alt"), choices=place_and_go_on(words, language)),)


def place_and_go_on(words: Wordings, language: str) -> tuple[Choice, ...]:
    return (
        Choice(words.say("button.share_place", language), kind="location"),
        Choice(words.say("button.human", language), data="menu:human", text=words.say("button.human", language)),
        Choice(words.say("button.go_on", language), data="go_on", text=words.say("button.go_on", language)),
    )


def place_noted(words: Wordings, language: str) -> tuple[Message, ...]:
    """After an alarm somebody tells where they are: no benefits now, only who has been told and whom to ring."""
    choices = (*call_choices(words, "none", language), *place_and_go_on(words, language)[1:])
    return (Text(words.say("danger.place_noted", language), choices),)


def media_noted(words: Wordings, language: str) -> tuple[Message, ...]:
    """After an alarm somebody sends a picture or their voice: who will look at it, and whom to ring meanwhile."""
    choices = (*call_choices(words, "none", language), *place_and_go_on(words, language))
    return (Text(words.say("danger.media_noted", language), choices),)


def gentle_check(words: Wordings, alarm: Alarm, language: str) -> tuple[Message, ...]:
    """The one closed question of `check`, with the numbers in sight."""
    suicide = alarm.kind == "suicide_selfharm"
    yes = words.say("danger.check_yes_suicide" if suicide else "button.not_safe", language)
    no = words.say("danger.check_no_suicide" if suicide else "button.safe", language)
    maybe = words.say("button.maybe_safe", language)
    choices = (
        Choice(yes, data="check:danger", text=yes),
        Choice(no, data="check:safe", text=no),
        Choice(maybe, data="check:unclear", text=maybe),
        *call_choices(words, alarm.kind, language),
    )
    return (Text(words.say("danger.check_suicide" if suicide else "danger.check", language), choices),)
