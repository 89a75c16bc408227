"""Which nudges follow from what was told and what has happened since.

`plan` is pure: the same facts on any day give the same nudges with the same ids, so planning again makes no second nudge.
Belongs here: what to ask and on which day. Does not: whether this is a good moment (`hours.py`), storage.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from bot.conversation.effects import Told
from bot.conversation.world import BANGKOK
from bot.followup.nudge import Kind, Nudge, Priority, identity
from bot.followup.progress import FINAL, STEPS, Outcome, Step

#: Rights a household is asked about at the same time: more would be a burden, and the rest is one tap away in the summary.
AT_ONCE = 4
#: How far ahead days are planned; talks silent for longer are erased.
HORIZON = timedelta(days=730)
#: People are told of a right this long before it begins, so that papers are ready.
BEFORE_OPENING = timedelta(days=30)
BEFORE_CHANGE = timedelta(days=7)
BEFORE_END = timedelta(days=30)
BEFORE_DEADLINE = (timedelta(days=14), timedelta(days=3))

#: Step → what is asked, so many days after the step began. Twice at most; after that a person is better (the work-list of staff).
_ASK: Mapping[Step, tuple[tuple[Kind, tuple[int, ...]], ...]] = {
    "told": (("prepare", (2,)), ("applied", (10, 30))),
    "applied": (("approved", (21,)), ("received", (45, 75))),
    "approved": (("received", (30, 60)),),
    "refused": (("refused", (7,)),),
}
_EARLIEST_HOUR = 9
_SPREAD_MINUTES = 180  # so that not everybody is written to in the same minute

Outcomes = Mapping[tuple[str, str], Outcome]


def plan(chat: str, told: Sequence[Told], outcomes: Outcomes, today: date) -> tuple[Nudge, ...]:
    """Every nudge that is to come for a chat. `told`: the last results, best first. `outcomes`: by (member, entitlement).

    Those of days gone by are left out, so that nobody is reminded of the past.
    """
    followed = _followed(told, outcomes)
    nudges = [nudge for outcome, deadline in followed for nudge in follow(chat, outcome, deadline)]
    nudges += [nudge for one in told for nudge in _days(chat, one, outcomes.get((one.member, one.entitlement)))]
    return tuple(n for n in nudges if today < n.due.astimezone(BANGKOK).date() <= today + HORIZON)


def _followed(told: Sequence[Told], outcomes: Outcomes) -> list[tuple[Outcome, date | None]]:
    """What was begun is followed to its end; of what was only told, the best few and whatever has a last day."""
    deadlines = {(one.member, one.entitlement): one.deadline for one in told}
    begun = [o for o in outcomes.values() if o.step in ("applied", "approved", "refused")]
    open_ones = [outcomes[key] for key in deadlines if key in outcomes and outcomes[key].step == "told"]
    urgent = [o for o in open_ones if deadlines[o.member, o.entitlement]]
    others = [o for o in open_ones if o not in urgent][: max(0, AT_ONCE - len(urgent))]
    return [(o, deadlines.get((o.member, o.entitlement))) for o in (*begun, *urgent, *others)]


def follow(chat: str, outcome: Outcome, deadline: date | None = None) -> tuple[Nudge, ...]:
    """What to ask from this step on."""
    passed = frozenset(STEPS[STEPS.index(outcome.step) + 1 :]) | FINAL
    asked = [
        _nudge(chat, outcome.member, outcome.entitlement, kind, outcome.on + timedelta(days=days), f"{outcome.on}+{days}", passed)
        for kind, waits in _ASK.get(outcome.step, ())
        for days in waits
    ]
    if outcome.step != "told" or deadline is None:
        return tuple(asked)
    last = [
        _nudge(
            chat,
            outcome.member,
            outcome.entitlement,
            "apply",
            day,
            f"{deadline}-{(deadline - day).days}",
            passed,
            Priority.DEADLINE,
            deadline,
        )
        for day in (deadline - wait for wait in BEFORE_DEADLINE)
    ]
    return tuple(last) + tuple(n for n in asked if n.kind != "prepare" and n.due.date() < deadline)


def ask_again(chat: str, outcome: Outcome, today: date, days: int) -> tuple[Nudge, ...]:
    """One more question about an open step, `days` from now: a snooze, or "not yet"."""
    kinds = [kind for kind, _ in _ASK.get(outcome.step, ())]
    if not kinds:
        return ()
    passed = frozenset(STEPS[STEPS.index(outcome.step) + 1 :]) | FINAL
    return (_nudge(chat, outcome.member, outcome.entitlement, kinds[-1], today + timedelta(days=days), f"again {today}", passed),)


def _days(chat: str, one: Told, outcome: Outcome | None) -> list[Nudge]:
    """Days that the rules know: a right begins, its amount changes, it ends."""
    day = one.changes_on
    if day is None or (outcome is not None and outcome.step == "gave_up"):
        return []
    gave_up: frozenset[Step] = frozenset({"gave_up"})
    has_it = one.status == "receiving" or (outcome is not None and outcome.step == "received")
    if one.status == "almost":
        if one.changes_to not in ("eligible", "officer"):
            return []
        kind: Kind = "opens"
        early = BEFORE_OPENING
    elif not has_it:
        return []
    else:
        kind, early = ("ends", BEFORE_END) if one.changes_to == "ineligible" else ("changes", BEFORE_CHANGE)
    return [_nudge(chat, one.member, one.entitlement, kind, day - early, str(day.year), gave_up, Priority.CHECK_UP, day)]


def _nudge(
    chat: str,
    member: str,
    entitlement: str,
    kind: Kind,
    day: date,
    anchor: str,
    cancel: frozenset[Step],
    priority: Priority = Priority.CHECK_UP,
    on: date | None = None,
) -> Nudge:
    due = datetime.combine(day, time(_EARLIEST_HOUR), BANGKOK) + timedelta(minutes=zlib.crc32(chat.encode()) % _SPREAD_MINUTES)
    return Nudge(identity(chat, member, entitlement, kind, anchor), chat, member, entitlement, kind, due, kind, cancel, priority, on)
