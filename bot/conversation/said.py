"""What to do with a text: danger first, then the wish, then the facts.

Belongs here: the order of readings and their consequences. Does not: reading itself (bot/language), what comes next (`steps.py`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Literal

from bot.conversation import agreeing, alarmed, following, hiding, steps, wishes
from bot.conversation import danger as words_of_danger
from bot.conversation.effects import Effect, Plan, Progress, RaiseAlert, Reply, TellStaff
from bot.conversation.events import Said
from bot.conversation.learn import Change, forget_message, give_up, learn, mention, put
from bot.conversation.safety import CRIES_KEPT
from bot.conversation.sense import makes_sense
from bot.conversation.state import Bubble, Conversation, area_of, changed, known, remember_bubble
from bot.conversation.world import World, thai_day
from bot.eligibility.household import kind_of
from bot.eligibility.tree import Fact
from bot.eligibility.values import Unknown
from bot.language.alarm import read_alarm
from bot.language.alarm_answer import read_check_answer
from bot.language.answers import SHORT_ANSWER, Answer, Decline, DontKnow, read_answer, read_refusal, read_yes_no
from bot.language.intent import read_intent
from bot.language.normal import normalise
from bot.language.people import NUMBERED
from bot.language.reading import Alarm, Asked, Reading, Statement
from bot.language.search import asks_about
from bot.language.understand import understand

Turned = tuple[Conversation, tuple[Effect, ...]]

#: Bubbles this close together are read as one cry for help.
ONE_CRY = timedelta(minutes=10)
#: A Thai text of this length is a sentence, not a name: the talk goes on in Thai.
_A_SENTENCE = 12


def said(conversation: Conversation, message: Said, world: World, now: datetime) -> Turned:
    if message.edited:
        conversation = forget_message(conversation, message.message_id)
    about_the_talk = hiding.said(conversation, message.text, world, now)
    if about_the_talk:
        return about_the_talk
    if conversation.safety.hidden:
        return _said_hidden(conversation, message, world, now)
    return danger(conversation, message, world, now) or _calm(conversation, message, world, now)


def _calm(conversation: Conversation, message: Said, world: World, now: datetime) -> Turned:
    """A text without danger in it."""
    heard = _heard(conversation, message, now)
    reading = _understood(heard, message, world, now)
    heard = _in_their_language(heard, reading)
    if reading.language == "other" and not reading.statements and not heard.asked:
        return alarmed.unread(heard, message.text, world)
    still = alarmed.heard(heard, reading, message.message_id, world, now)
    return still or _answered(alarmed.gone_on(heard), reading, message, world, now)


def _said_hidden(conversation: Conversation, message: Said, world: World, now: datetime) -> Turned:
    """Ordinary talk; a worry is told to staff without a word, and a new cry ends the hiding."""
    before = [b.text for b in conversation.bubbles if now - b.at <= ONE_CRY]
    alarm = read_alarm(message.text, before=before)
    if alarm.level == "raise" and not conversation.safety.stranger:
        return raise_alarm(_heard(conversation, message, now), alarm, message, world, now)
    why = (*alarm.why, *(("somebody else may be writing",) if conversation.safety.stranger else ()))
    alert = RaiseAlert(alarm.severity, alarm.kind, alarm.subject, alarm.level, why, message.text, area_of(conversation))
    quiet: tuple[Effect, ...] = () if alarm.level == "none" else (alert,)
    state, effects = (_as_stranger if conversation.safety.stranger else _calm)(conversation, message, world, now)
    return state, (*quiet, *effects)


def _as_stranger(conversation: Conversation, message: Said, world: World, now: datetime) -> Turned:
    """Whoever else writes is answered as somebody new, and nothing of it is taken for the person's. Erasing stays everybody's right."""
    if conversation.phase == "erasing":
        return _calm(conversation, message, world, now)
    blank = Conversation(language=conversation.language, phase="screening", seen_at=now, safety=conversation.safety)
    state, effects = _calm(blank, message, world, now)
    if state.phase == "erasing":
        return changed(conversation, phase="erasing"), effects
    return conversation, tuple(effect for effect in effects if not isinstance(effect, Plan | Progress))


def _heard(conversation: Conversation, message: Said, now: datetime) -> Conversation:
    return remember_bubble(conversation, Bubble(now, message.text[:1000], message.message_id), now - ONE_CRY)


def _understood(conversation: Conversation, message: Said, world: World, now: datetime) -> Reading:
    reading = understand(
        message.text,
        reader=world.reader,
        index=world.index,
        today=thai_day(now),
        asked=conversation.asked,
        members=tuple(conversation.members),
        alarm=Alarm(),
    )
    sound = tuple(s for s in reading.statements if makes_sense(world, s.member, s.fact, s.value))
    return _at_the_right_one(conversation, reading if sound == reading.statements else replace(reading, statements=sound))


def _at_the_right_one(conversation: Conversation, reading: Reading) -> Reading:
    """ "ไม่ใช่ 72 นะ 74" names nobody: it corrects whoever is 72. "มีบัตรพิการแล้วค่ะ", of a mother told of before, is said of her."""
    if not reading.statements:
        return reading
    moved = tuple(replace(s, member=_meant(conversation, s, reading.text)) for s in reading.statements)
    if not reading.named:
        moved = tuple(replace(s, member=_spoken_of(conversation, s)) for s in moved)
        moved = tuple(s for s in moved if s.fact != "sex" or any(o.member == s.member and o is not s for o in moved))
    if moved == reading.statements:
        return reading
    named = {s.member for s in moved} | {ref for ref in reading.mentioned if ref not in {s.member for s in reading.statements}}
    return replace(reading, statements=moved, mentioned=tuple(named))


def _meant(conversation: Conversation, statement: Statement, text: str) -> str:
    if not statement.corrects or statement.member != "self" or known(conversation, "self", statement.fact) is not None:
        return statement.member
    plain = normalise(text).text
    having = [(ref, known(conversation, ref, statement.fact)) for ref in conversation.members]
    same = [ref for ref, value in having if isinstance(value, int | float) and re.search(rf"(?<!\d){value:g}(?!\d)", plain)]
    return same[0] if len(same) == 1 else statement.member


#: Facts that fit only who is known to have this one.
_FITS = {"has_disability_card": "disability", "disability_type": "disability", "pregnancy_months": "pregnant"}


def _spoken_of(conversation: Conversation, statement: Statement) -> str:
    """Whose fact it is when nobody was named: the writer's only if she ever told of herself."""
    others = [ref for ref in conversation.members if ref != "self"]
    if statement.member != "self" or statement.corrects or statement.fact == "sex" or conversation.members.get("self") or not others:
        return statement.member
    fitting = [ref for ref in others if known(conversation, ref, _FITS.get(statement.fact, "")) is True]
    open_ones = [ref for ref in fitting or others if known(conversation, ref, statement.fact) in (None, statement.value)]
    grown_up = [ref for ref in open_ones if kind_of(ref) not in NUMBERED]
    return (grown_up or open_ones or ["self"])[0]


def _in_their_language(conversation: Conversation, reading: Reading) -> Conversation:
    """The talk follows the language people write in; a single name or number does not change it."""
    if reading.language == "en" and len(reading.text.split()) >= (1 if conversation.phase == "new" else 2):
        return changed(conversation, language="en")
    if reading.language == "th" and conversation.language == "en" and len(reading.text) >= _A_SENTENCE:
        return changed(conversation, language="th")
    return conversation


# ---------------------------------------------------------------- danger
def danger(conversation: Conversation, message: Said, world: World, now: datetime) -> Turned | None:
    """The turn if the text is alarming or answers a gentle question about danger; None if it is neither."""
    before = [b.text for b in conversation.bubbles if now - b.at <= ONE_CRY]
    if before and _adds_nothing(conversation, message.text, world, thai_day(now)):
        before = []
    alarm = read_alarm(message.text, before=before)
    if conversation.check and alarm.level != "raise":
        settled = read_check_answer(message.text)
        if settled != "unclear":
            return settle(conversation, settled, message.text, world, now)
    if alarm.level == "none":
        return None
    heard = _heard(conversation, message, now)
    if alarm.level == "check" and conversation.check == alarm.kind:
        return None  # asked already and not answered: staff know, the talk may go on
    return raise_alarm(heard, alarm, message, world, now)


def _adds_nothing(conversation: Conversation, text: str, world: World, today: date) -> bool:
    """A bare answer to the open question or a wish about the talk makes nothing graver that was read before."""
    asked = conversation.asked
    fact = world.base.facts.get(asked.fact) if asked else None
    if asked and fact and len(text) <= _BARE and _answer(text, asked, fact, today):
        return True
    if read_yes_no(text) is not None or read_refusal(text) or _A_NUMBER.fullmatch(text):
        return True
    return len(text) <= SHORT_ANSWER and read_intent(normalise(text).text.strip(), world.reader.intents) in _ABOUT_THE_TALK


#: An answer of this length tells nothing besides.
_BARE = 16
#: Wishes about the talk itself. Thanks and farewells are none: they can be the last bubble of a cry for help.
_ABOUT_THE_TALK = frozenset({"screen", "results", "why", "skip", "back", "correct", "my_data", "own_copy", "language_en", "language_th"})
_A_NUMBER = re.compile(r"[\s\d.,๐-๙-]*(?:บาท|คน|ปี|เดือน|วัน|ขวบ)?[\s.]*")


def raise_alarm(conversation: Conversation, alarm: Alarm, message: Said, world: World, now: datetime) -> Turned:
    """Staff are told, the person gets the numbers at once. Facts of the same message are kept, so that nobody has to tell twice."""
    cries = (*conversation.safety.cries, message.message_id)[-CRIES_KEPT:]
    learned = changed(_quietly(conversation, message, world, now), safety=replace(conversation.safety, cries=cries))
    alert = RaiseAlert(alarm.severity, alarm.kind, alarm.subject, alarm.level, alarm.why, message.text, area_of(learned))
    if alarm.level == "check":
        asking = changed(learned, check=alarm.kind)
        return asking, (alert, Reply(words_of_danger.gentle_check(world.words, alarm, asking.language), keep=True, urgent=True))
    state, reply = alarmed.answer(learned, alarm, world, now)
    return state, (alert, reply)


def _quietly(conversation: Conversation, message: Said, world: World, now: datetime) -> Conversation:
    """Facts said along with a cry for help; whatever goes wrong in reading them must not touch the alarm."""
    try:
        reading = _understood(conversation, message, world, now)
    except Exception:  # the alarm goes out whatever happens here
        return conversation
    kept = [s for s in reading.statements if s.sure]
    # Nobody joins the household by being accused; only who something is known of.
    return learn(_in_their_language(conversation, reading), kept, thai_day(now), message.message_id)[0]


def settle(conversation: Conversation, answer: str, text: str, world: World, now: datetime) -> Turned:
    """The gentle question was answered: `danger`, `safe` or `unclear`."""
    kind = conversation.check or "none"
    calm = changed(conversation, check=None, bubbles=())
    if answer == "safe":
        state, effects = steps.go_on(alarmed.gone_on(calm), world, now, before=world.words.say("danger.safe", calm.language))
        return state, (TellStaff("safe said"), *effects)
    if answer == "danger":
        alarm = Alarm("raise", 2, kind, "unknown", ("answered the gentle question",))
        state, reply = alarmed.answer(calm, alarm, world, now)
        return state, (RaiseAlert(2, kind, "unknown", "raise", alarm.why, text, area_of(calm)), reply)
    alert = RaiseAlert(3, kind, "unknown", "check", ("not sure whether safe",), text, area_of(calm))
    return calm, (alert, Reply(words_of_danger.unsure(world.words, kind, calm.language), keep=True, urgent=True))


# ---------------------------------------------------------------- everything else
#: A no to a question put to the whole family: go person by person.
NOT_ALL: Literal["not all"] = "not all"
#: Wishes that stand before any fact in the same message.
_FIRST = frozenset({"forget", "restart", "language_en", "language_th", "my_data", "own_copy", "consents"})
#: Wishes that are carried out after the facts of the message were taken in.
_THEN = frozenset({"human", "results", "why", "back", "skip", "correct", "about", "help", "thanks", "cancel"})


def _answered(conversation: Conversation, reading: Reading, message: Said, world: World, now: datetime) -> Turned:
    if conversation.phase == "erasing":
        sure = wishes.read_erase_answer(reading)
        if sure is not None:
            return wishes.erase(conversation, sure, world, now)
        conversation = changed(conversation, phase="screening")  # another subject: nothing is erased
    if reading.intent in _FIRST:
        return wishes.WISHES[reading.intent](conversation, reading, world, now)
    today = thai_day(now)
    agreed = agreeing.heard(conversation, reading, world, now)
    if agreed:
        return agreed
    if conversation.asking is not None:
        conversation = changed(conversation, asking=None)
    if conversation.unsure:
        confirmed = _confirmed(conversation, reading, today)
        if confirmed is not None:
            return steps.go_on(confirmed, world, now, before=world.words.say("readback.noted", conversation.language))
        conversation = changed(conversation, unsure=())
    followed = following.heard(conversation, reading, world, now)
    if followed:
        return followed
    if conversation.refusal is not None:
        conversation = changed(conversation, refusal=None)
    if reading.intent == "about" and not reading.statements and not asks_about(normalise(reading.text).text):
        answered = _answer_in_context(conversation, reading, message, world, now)  # บัตรทองทั้งคู่ names a right and is an answer
        if answered:
            return answered
    if reading.intent in _THEN and not reading.statements:
        return wishes.WISHES[reading.intent](conversation, reading, world, now)
    return _answer_in_context(conversation, reading, message, world, now) or _told(conversation, reading, message, world, now)


def _confirmed(conversation: Conversation, reading: Reading, today: date) -> Conversation | None:
    """A yes or no to "did I get this right?"; None when the text says something else."""
    answer = read_yes_no(reading.text)
    if answer is None:
        return None
    cleared = changed(conversation, unsure=())
    facts = [(member, fact, entry.value) for member, fact, entry in conversation.unsure]
    return put(cleared, facts, today)[0] if answer else cleared


def _answer_in_context(conversation: Conversation, reading: Reading, message: Said, world: World, now: datetime) -> Turned | None:
    """The turn if the text answers the question just asked."""
    asked = conversation.asked
    fact = world.base.facts.get(asked.fact) if asked else None
    if asked is None or fact is None:
        return None
    if any(s.corrects and s.fact != asked.fact for s in reading.statements):
        return None  # "ไม่ใช่ 72 นะ 74" begins like a no and is none
    if _yes_of_another(message.text, asked, reading.statements):
        return None
    answer = _answer(message.text, asked, fact, thai_day(now))
    if answer == NOT_ALL:
        return steps.ask_each(conversation, world, now)
    if answer is None:
        return None
    if isinstance(answer, Decline | DontKnow):
        return gave_up(conversation, isinstance(answer, Decline), world, now)
    if reading.intent == "ask" and not any(s.fact == asked.fact for s in reading.statements):
        return None  # "ได้เท่าไหร่คะ" begins like a yes and is a question
    answer = (*answer, *_of_everybody(conversation, message.text, asked, answer))
    answer = tuple(s for s in answer if makes_sense(world, s.member, s.fact, s.value))
    if not answer:
        return None
    own = {(s.member, s.fact) for s in answer}
    more = tuple(s for s in reading.statements if (s.member, s.fact) not in own and s.fact != asked.fact)
    if not more and len(message.text) <= SHORT_ANSWER:
        conversation = changed(conversation, bubbles=conversation.bubbles[:-1])  # an answer is no piece of a cry for help
    return _learned(conversation, (*answer, *more), reading, message, world, now)


_EVERYBODY = re.compile(r"ทั้งคู่|ทั้งสอง|ทุกคน|ทั้งหมด|เหมือนกัน|กันหมด|both of|all of us|everybody|everyone")


def _of_everybody(conversation: Conversation, text: str, asked: Asked, answer: Sequence[Statement]) -> tuple[Statement, ...]:
    """บัตรทองทั้งคู่, after a question about one of them: the same holds for everybody of whom it is not known."""
    own = [s for s in answer if s.fact == asked.fact and s.member in asked.members]
    if len(asked.members) != 1 or len(own) != 1 or own[0].fact in _ONES_OWN or not _EVERYBODY.search(text):
        return ()
    told = {s.member for s in answer}
    others = [ref for ref in conversation.members if ref not in told and known(conversation, ref, asked.fact) is None]
    return tuple(replace(own[0], member=ref) for ref in others)


_ONES_OWN = frozenset({"age_years", "age_months", "birth_date", "sex", "pregnant", "income_month", "income_day", "income_year"})
_BEGINS = re.compile(r"\s*(?:ใช่|มี|ไม่มี|ไม่ใช่|ไม่|เป็น|ไม่เป็น|ได้|ไม่ได้|ค่ะ|คะ|ครับ|คับ|ครบ|บ่|แม่น|yes|no)")
_HOLDS = re.compile(r"(?:^|\s)(?:ก็|แต่ก็|แต่)?(?:ไม่|ยังไม่|บ่|ไม่เคย)?(?:มี|ได้|เป็น|ใช้|ถือ|รับ)(?:แค่|แต่)?$")


def _yes_of_another(text: str, asked: Asked, statements: Sequence[Statement]) -> bool:
    """มีบัตรพิการแล้ว, แฟนอายุ 24, after a question about the identity card: something else was told, no yes was said to the question."""
    others = [s for s in statements if s.fact != "sex"]
    if not others or any(s.fact == asked.fact for s in others):
        return False
    return not _BEGINS.match(text) or any(_HOLDS.search(text, 0, s.span[0]) for s in others)


def _answer(text: str, asked: Asked, fact: Fact, today: date) -> Answer | Literal["not all"]:
    """As `read_answer`; for a choice that a plain yes answers, yes and no are understood for each person."""
    answer = read_answer(text, asked, fact, today=today)
    if answer or fact.yes is None:
        return answer
    whole = (0, len(text))
    plain = read_yes_no(text)
    if plain is None:
        each = read_answer(text, asked, replace(fact, type="boolean"), today=today)
        have = tuple(replace(s, value=fact.yes) for s in each if s.value is True) if isinstance(each, tuple) else ()
        return have or (NOT_ALL if each else each)
    return tuple(Statement(ref, fact.name, fact.yes, whole) for ref in asked.members) if plain else NOT_ALL


def gave_up(conversation: Conversation, declined: bool, world: World, now: datetime) -> Turned:
    """The person does not know the answer to the open question, or would rather not give it."""
    if conversation.asked is None:
        return steps.go_on(conversation, world, now)
    state = give_up(conversation, conversation.asked, Unknown.DECLINED if declined else Unknown.DONT_KNOW, thai_day(now))
    key = "ask.declined" if declined else "ask.not_known"
    return steps.go_on(state, world, now, before=world.words.say(key, state.language))


def _learned(
    conversation: Conversation, statements: tuple[Statement, ...], reading: Reading, message: Said, world: World, now: datetime
) -> Turned:
    present = mention(changed(conversation, misses=0), reading.mentioned or _only_the_writer(conversation, statements))
    learned, changes = learn(present, statements, thai_day(now), message.message_id)
    corrected = any(s.corrects for s in statements)
    before = "" if _plain_yes_or_no(conversation, changes) else steps.readback(world, learned, changes, corrected=corrected)
    return steps.go_on(learned, world, now, before=before)


_OF_PLACE = frozenset({"province", "district", "subdistrict"})


def _only_the_writer(conversation: Conversation, statements: Sequence[Statement]) -> tuple[str, ...]:
    """นาผมจมหมด: who tells of the home and names nobody speaks of her own; a place alone says nothing of whom."""
    return ("self",) if not conversation.members and any(s.fact not in _OF_PLACE for s in statements) else ()


def _plain_yes_or_no(conversation: Conversation, changes: Sequence[Change]) -> bool:
    """A yes or no to the open question and nothing else: an echo would only be noise."""
    asked = conversation.asked
    return asked is not None and bool(changes) and all(fact == asked.fact and isinstance(value, bool) for _, fact, value in changes)


def _told(conversation: Conversation, reading: Reading, message: Said, world: World, now: datetime) -> Turned:
    """Facts volunteered; then whatever else was wished."""
    if reading.statements or reading.mentioned:
        learned, effects = _learned(conversation, reading.statements, reading, message, world, now)
        if reading.intent in _THEN - {"correct", "about"}:
            return wishes.WISHES[reading.intent](learned, reading, world, now)
        return learned, effects
    return wishes.WISHES.get(reading.intent, wishes.unclear)(conversation, reading, world, now)
