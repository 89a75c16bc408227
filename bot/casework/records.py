"""The moves of the smaller things under a case: assessments, plans, tasks, people.

Belongs here: role, version, preconditions. Does not: referrals and consent (`referrals.py`), safe contact (`contact.py`), storage.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.casework.model import Case, Staff, TimerKind
from bot.casework.moves import Change, Event, check_version, need, need_human
from bot.casework.record_types import (
    Assessment,
    PersonInRole,
    Plan,
    Task,
    TaskState,
)

ROLES = frozenset({"victim", "child", "reporter", "alleged_abuser", "relative", "other"})
TASK_KINDS = frozenset({"follow_up", "legal", "referral", "no_contact", "review", "other"})


def add_person(person: PersonInRole, actor: Staff) -> Change[PersonInRole]:
    need_human(actor)
    need(person.role in ROLES and (person.age is None or 0 <= person.age <= 130), "input")
    return Change(person, (Event("person added", {"role": person.role}),))


def correct_person(person: PersonInRole, actor: Staff, version: int, told: PersonInRole) -> Change[PersonInRole]:
    """What is known of somebody, put right. `told` carries the new values."""
    need_human(actor)
    check_version(person.version, version)
    need(told.role in ROLES and (told.age is None or 0 <= told.age <= 130), "input")
    new = replace(told, uid=person.uid, version=version + 1)
    return Change(new, (Event("person corrected", {"role": new.role, "was": person.role}),))


def assess(assessment: Assessment, actor: Staff) -> Change[Assessment]:
    need_human(actor)
    need(1 <= assessment.risk <= 4 and bool(assessment.form) and assessment.by == actor.id, "input")
    return Change(assessment, (Event("risk assessed", {"risk": assessment.risk, "form": assessment.form}),))


def write_plan(plan: Plan, actor: Staff) -> Change[Plan]:
    need_human(actor)
    need(bool(plan.items) and not plan.approver and plan.author == actor.id, "input")
    return Change(plan, (Event("plan written", {"items": len(plan.items)}),))


def approve_plan(plan: Plan, actor: Staff, version: int) -> Change[Plan]:
    """By somebody else than the author."""
    need_human(actor)
    check_version(plan.version, version)
    need(not plan.approver, "state")
    need(actor.id != plan.author, "second person")
    return Change(replace(plan, approver=actor.id, version=version + 1), (Event("plan approved"),))


def tick(plan: Plan, actor: Staff, version: int, item: int, done: bool, now_ms: int) -> Change[Plan]:
    """An item of the plan is done (by whom and when stands beside it), or is not after all."""
    need_human(actor)
    check_version(plan.version, version)
    need(0 <= item < len(plan.items), "input")
    ticked = replace(plan.items[item], done=done, done_by=actor.id if done else "", done_ms=now_ms if done else 0)
    items = (*plan.items[:item], ticked, *plan.items[item + 1 :])
    return Change(replace(plan, items=items, version=version + 1), (Event("plan item", {"item": item, "done": done}),))


def set_task(task: Task, actor: Staff) -> Change[Task]:
    """By staff or by a clock."""
    need(task.kind in TASK_KINDS and bool(task.what) and task.state is TaskState.OPEN, "input")
    return Change(task, (Event("task set", {"kind": task.kind, "due_ms": task.due_ms}),))


def do_task(task: Task, actor: Staff, version: int, evidence: str, now_ms: int) -> Change[Task]:
    """Done, with a word on how."""
    need_human(actor)
    check_version(task.version, version)
    need(task.state is TaskState.OPEN, "state")
    need(bool(evidence.strip()), "evidence")
    new = replace(task, state=TaskState.DONE, done_by=actor.id, done_ms=now_ms, evidence=evidence, version=version + 1)
    return Change(new, (Event("task done", {"kind": task.kind, "late": now_ms > task.due_ms}),))


def tries(tasks: Iterable[Task]) -> int:
    """Documented tries to reach the person."""
    return sum(task.kind == "no_contact" and task.state is TaskState.DONE for task in tasks)


#: Kind of task that a clock sets for the owner when it goes off.
REMINDERS = {
    TimerKind.TRIAGE: "other",
    TimerKind.FOLLOW_UP: "follow_up",
    TimerKind.PLAN_REVIEW: "review",
    TimerKind.HOLD_END: "review",
    TimerKind.WATCH: "follow_up",
    TimerKind.NO_CONTACT: "no_contact",
    TimerKind.CONSENT_END: "review",
    TimerKind.REFERRAL_ANSWER: "referral",
    TimerKind.REFERRAL_DONE: "referral",
    TimerKind.REFERRAL_STALLED: "referral",
    TimerKind.LEGAL_72H: "legal",
    TimerKind.LEGAL_120H: "legal",
    TimerKind.LEGAL_60D: "legal",
    TimerKind.LEGAL_80D: "legal",
    TimerKind.LEGAL_3M: "legal",
    TimerKind.LEGAL_1Y: "legal",
}


def reminder(case: Case, kind: TimerKind, uid: str, now_ms: int) -> Task:
    """The task that a clock sets."""
    return Task(uid, REMINDERS[kind], kind.value, now_ms, case.owner, now_ms)
