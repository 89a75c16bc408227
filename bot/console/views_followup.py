"""Nobody falls through: how far people came with each right, and whom to call next, with a form for what they say.

Belongs here: these pages. Does not: counting (`bot/followup/funnel.py`), who stands on the list (`bot/store/worklist.py`).
"""

from __future__ import annotations

import re
from typing import cast

from starlette.responses import Response

from bot.casework.disclosure import to_csv
from bot.casework.moves import need
from bot.console.pages import WORKERS, Page, Visit
from bot.console.views_reports import REPORTERS, bars, csv_file
from bot.conversation.effects import Progress
from bot.conversation.world import thai_day
from bot.followup import funnel
from bot.followup.progress import Step, advance
from bot.store import duty, nudges, outcomes, worklist
from bot.store.casefiles import Conflict, NotFound
from bot.store.nudges import moment
from bot.store.outcomes import Stand

#: What may be written down after a call: the steps, and what leaves the step as it is.
STEPS: tuple[Step, ...] = ("applied", "approved", "received", "refused", "gave_up")
_WAITS = ("not_yet", "later")
_NO_ANSWER = "no_answer"


# ---------------------------------------------------------------- the funnel
def funnel_page(visit: Visit) -> Response:
    found = funnel.figures(outcomes.funnel(visit.connection, visit.console.store.sealer, _provinces(visit)))
    tables = []
    for slice_ in funnel.SLICES:
        rows = [
            (
                part_name(visit, slice_, part),
                found.told(**{slice_: part}),
                [found.told(**{slice_: part, "step": step}) for step in funnel.STANDS],
            )
            for part in found.values[slice_]
        ]
        tables.append((slice_, sorted(rows, key=lambda row: (-(row[1] or 0), row[0]))))
    return visit.show(
        "funnel.html",
        tables=tables,
        steps=funnel.STANDS,
        stands=bars([(visit.say(f"stand.{step}"), found.told(step=step)) for step in funnel.STANDS]),
        reached=bars([(visit.say(f"reached.{step}"), funnel.reached(found, step)) for step in funnel.REACHED]),
        lost=[(slice_, bars([(name, numbers[0]) for name, _, numbers in rows])) for slice_, rows in tables],
    )


def funnel_file(visit: Visit) -> Response:
    found = funnel.figures(outcomes.funnel(visit.connection, visit.console.store.sealer, _provinces(visit)))
    heads, *rows = funnel.rows(found, visit.say("reports.hidden"))
    named = [[visit.console.words.name(visit.language, "funnel_column", head) for head in heads]]
    for by, part, *numbers in rows:
        named.append(
            [visit.console.words.name(visit.language, "slice", by), part_name(visit, by, part) if by in funnel.SLICES else "", *numbers]
        )
    return csv_file(to_csv(named), "funnel.csv")


def part_name(visit: Visit, slice_: str, part: str) -> str:
    return right_name(visit, part) if slice_ == "entitlement" else part or visit.say("reports.no_place")


def right_name(visit: Visit, entitlement: str) -> str:
    """As people call the right; its id where there is no such rule any more."""
    rule = visit.console.rules().base.rules.get(entitlement)
    return (rule.name.get(visit.language) or rule.name["th"]) if rule else entitlement


def member_name(visit: Visit, ref: str) -> str:
    """child2 → ลูก 2."""
    found = re.fullmatch(r"([a-z]+)(\d*)", ref)
    return f"{visit.console.words.name(visit.language, 'member', found[1])} {found[2]}".strip() if found else ref


def _provinces(visit: Visit) -> frozenset[str] | None:
    return worklist.provinces_of(visit.staff, duty.centres(visit.connection))


# ---------------------------------------------------------------- the calls
def calls_page(visit: Visit) -> Response:
    return _calls(visit, None)


def _calls(visit: Visit, conflict: Conflict | None) -> Response:
    today = thai_day(moment(visit.now_ms))
    found = worklist.worklist(visit.connection, visit.registry, visit.staff, _provinces(visit), today, visit.now_ms)
    worklist.note(visit.connection, visit.registry, visit.staff, "worklist read", "", "", visit.now_ms)
    return visit.show(
        "calls.html",
        calls=found.calls,
        through_case=found.through_case,
        right=lambda entitlement: right_name(visit, entitlement),
        member=lambda ref: member_name(visit, ref),
        reason=lambda one: _reason(visit, one),
        may_follow=lambda stand: [step for step in STEPS if _changes(stand, step, visit)],
        day=lambda day: visit.console.words.day(visit.language, day),
        minute=lambda n: f"{n // 60:02}:{n % 60:02}",
        weekdays=lambda days: " ".join(visit.say(f"weekday.d{day}") for day in sorted(days)),
        saved=visit.request.query_params.get("saved") == "1",
        draft=(visit.text("uid", 40), visit.text("text", 1000)) if visit.problem else ("", ""),
        conflict=conflict is not None,
    )


def _reason(visit: Visit, stand: Stand) -> str:
    """Why it was refused, in the person's words."""
    if stand.outcome.step != "refused":
        return ""
    one = stand.outcome
    found = outcomes.reason_of(visit.connection, visit.console.store.sealer, stand.chat, one.member, one.entitlement)
    if found:
        worklist.note(visit.connection, visit.registry, visit.staff, "reason read", stand.uid, "", visit.now_ms)
    return found or ""


def _changes(stand: Stand, step: Step, visit: Visit) -> bool:
    return advance(stand.outcome, step, thai_day(moment(visit.now_ms))) != stand.outcome


def record(visit: Visit) -> Response:
    """What the person said on the phone: the same steps as in the chat."""
    stand, happened = _stand(visit), visit.text("happened", 20)
    if visit.text("was", 40) != stand.version:
        raise Conflict(stand, 0)
    if happened == _NO_ANSWER:
        worklist.note(visit.connection, visit.registry, visit.staff, worklist.TRIED, stand.uid, "", visit.now_ms)
        return visit.go("/console/calls?saved=1")
    need(happened in STEPS or happened in _WAITS, "input")
    need(happened in _WAITS or _changes(stand, cast(Step, happened), visit), "state")
    need(visit.console.followup is not None, "other")
    told = Progress(stand.outcome.entitlement, stand.outcome.member, happened, visit.text("text", 1000))  # type: ignore[arg-type]
    if visit.console.followup is not None:
        visit.console.followup.take(visit.connection, stand.chat, (told,), visit.now_ms)
    nudges.mark_unreached(visit.connection, stand.chat, False)
    worklist.note(visit.connection, visit.registry, visit.staff, worklist.RECORDED, stand.uid, happened, visit.now_ms)
    return visit.go("/console/calls?saved=1")


def _stand(visit: Visit) -> Stand:
    found = worklist.callable_stand(visit.connection, visit.registry, _provinces(visit), visit.text("uid", 40))
    if found is None:
        raise NotFound("outcome")
    return found


def write_to(visit: Visit) -> Response:
    """Take the talk on LINE."""
    alert = worklist.start_talk(visit.connection, visit.registry, visit.staff, _stand(visit), visit.now_ms)
    return visit.go(f"/console/alert/{alert.uid}")


PAGES = (
    Page("GET", "/console/funnel", REPORTERS, funnel_page),
    Page("GET", "/console/funnel.csv", REPORTERS, funnel_file),
    Page("GET", "/console/calls", WORKERS, calls_page),
    Page("POST", "/console/calls", WORKERS, record, _calls),
    Page("POST", "/console/calls/talk", WORKERS, write_to, _calls),
)
