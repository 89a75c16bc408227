"""The first answer to danger: calm, believing, with numbers to tap, before anything else.

Belongs here: choosing the words and numbers for an alarm. Does not: reading the alarm (bot/language), finding staff (bot/casework).
Sources: facts on triage and safe contact (WHO LIVES; national hotlines), see docs/safety.md.
"""

from __future__ import annotations

from bot.conversation.events import OnDuty
from bot.conversation.messages import Card, Cards, Choice, Message, Row, Text
from bot.conversation.wording import Wordings, date_text
from bot.conversation.world import BANGKOK
from bot.language.reading import Alarm

Area = tuple[str, ...]
#: Numbers offered first for a kind, before 191 / 1669 / 1300, which always stand there.
_SPECIAL = {
    "violence_child": ("1387",),
    "child_labour": ("1387",),
    "suicide_selfharm": ("1323",),
    "unready_pregnancy": ("1663",),
    "online_sexual_exploitation": ("1441",),
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


def first_reply(words: Wordings, alarm: Alarm, language: str, on_duty: OnDuty | None = None, area: Area = ()) -> tuple[Message, ...]:
    """The answer to `raise`. It promises nothing that is not sure: staff were told, who is there now, 1300 answers at all hours."""
    other = alarm.subject == "other"

    def say(key: str) -> str:
        ending = "_other" if other else ""
        candidates = (f"danger.{key}_{alarm.kind}{ending}", f"danger.{key}{ending}", f"danger.{key}")
        return words.say(next(one for one in candidates if one in words.texts["th"]), language)

    rows = [Row(say("now"), "warning"), Row(_kind_text(words, alarm, language))]
    if alarm.severity == 1 and not other:
        rows.append(Row(say("cannot_talk")))
    rows.append(Row(who_answers(words, language, on_duty, area), "small"))
    if not other:
        rows.append(Row(words.say("danger.hide_hint", language), "small"))
    card = Card(say("title"), tuple(rows), call_choices(words, alarm.kind, language), tone="danger", subtitle=say("believe"))
    return (Cards((card,), alt=say("alt"), choices=place_and_go_on(words, language)),)


def who_answers(words: Wordings, language: str, on_duty: OnDuty | None, area: Area) -> str:
    """What happens next and when; honest when nobody is on duty."""
    if on_duty is None:
        return words.say("danger.told", language)
    if on_duty.covers(area):
        return words.say("danger.told_on", language)
    if on_duty.back_at is None:
        return words.say("danger.told_off", language)
    back = on_duty.back_at.astimezone(BANGKOK)
    return words.say("danger.told_off_until", language, date=date_text(words, back.date(), language), time=f"{back:%H:%M}")


def again(words: Wordings, kind: str, language: str) -> tuple[Message, ...]:
    """Another cry about the same: short, because the long card stands just above."""
    rows = (Row(words.say("danger.now", language), "warning"), Row(words.say("danger.again", language)))
    card = Card(words.say("danger.title", language), rows, call_choices(words, kind, language), tone="danger")
    return (Cards((card,), alt=words.say("danger.alt", language), choices=place_and_go_on(words, language)),)


def plain_numbers(words: Wordings, language: str) -> tuple[Message, ...]:
    """The numbers and nothing about anybody: for a tap of the menu while the matter is hidden."""
    card = Card(words.say("danger.numbers", language), (), call_choices(words, "none", language))
    return (Cards((card,), alt=words.say("danger.alt", language)),)


def in_talk(words: Wordings, text: str, kind: str, language: str, choices: tuple[Choice, ...] = (), *, numbers: bool = True) -> Message:
    """A sentence in a talk about danger: what is asked first, then the numbers, a way out and back to the ordinary. As a card, because
    a locked screen shows what a plain text says."""
    calls = call_choices(words, kind, language) if numbers else ()
    offered = (*choices, *calls, hide_choice(words, language), go_on_choice(words, language))
    return Cards((Card("", (Row(text),)),), alt=words.say("danger.alt", language), choices=offered)


def taken(words: Wordings, name: str, language: str) -> tuple[Message, ...]:
    """Somebody has it now. A lock screen shows it: it says nothing of what."""
    return (Text(words.say("danger.taken", language, name=name), (hide_choice(words, language),)),)


def nobody_yet(words: Wordings) -> tuple[Message, ...]:
    """Nobody has answered for five minutes: the numbers once more, in both languages, behind a title that gives nothing away."""
    rows = tuple(Row(words.say("nobody_yet", language)) for language in ("th", "en"))
    card = Card(words.say("danger.sign", "th"), rows, call_choices(words, "none", "th"))
    return (Cards((card,), alt=words.say("danger.alt", "th"), choices=(hide_choice(words, "th"),)),)


def hide_choice(words: Wordings, language: str) -> Choice:
    return Choice(words.say("button.hide", language), data="hide", quiet=True)


def go_on_choice(words: Wordings, language: str) -> Choice:
    return Choice(words.say("button.go_on", language), data="go_on", text=words.say("button.go_on", language))


def place_and_go_on(words: Wordings, language: str) -> tuple[Choice, ...]:
    return (
        Choice(words.say("button.share_place", language), kind="location"),
        Choice(words.say("button.human", language), data="menu:human", text=words.say("button.human", language)),
        hide_choice(words, language),
        go_on_choice(words, language),
    )


def place_noted(words: Wordings, language: str) -> tuple[Message, ...]:
    """After an alarm somebody tells where they are: no benefits now, only who has been told and whom to ring."""
    card = Card(
        words.say("danger.place_title", language), (Row(words.say("danger.place_noted", language)),), call_choices(words, "none", language)
    )
    return (Cards((card,), alt=words.say("danger.alt", language), choices=place_and_go_on(words, language)[1:]),)


def unsure(words: Wordings, kind: str, language: str) -> tuple[Message, ...]:
    """They cannot say whether they are safe."""
    card = Card(words.say("danger.title", language), (Row(words.say("danger.unclear", language)),), call_choices(words, kind, language))
    return (Cards((card,), alt=words.say("danger.alt", language), choices=place_and_go_on(words, language)),)


def media_noted(words: Wordings, language: str) -> tuple[Message, ...]:
    """After an alarm somebody sends a picture or their voice: who will look at it, and whom to ring meanwhile."""
    rows = (Row(words.say("danger.media_noted", language)),)
    card = Card(words.say("danger.sign", language), rows, call_choices(words, "none", language))
    return (Cards((card,), alt=words.say("danger.alt", language), choices=place_and_go_on(words, language)),)


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
    )
    rows = (Row(words.say("danger.check_suicide" if suicide else "danger.check", language)),)
    card = Card(words.say("danger.check_title", language), rows, call_choices(words, alarm.kind, language))
    return (Cards((card,), alt=words.say("danger.alt", language), choices=(*choices, hide_choice(words, language))),)
