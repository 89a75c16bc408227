"""What staff do under a case: people, assessments, plans, tasks, safe contact, closing.

Every function loads the case as `actor` may see it, then the record under that case. Errors as in `casework.py`. The case row is locked
first, so nothing under a case changes twice at once. Belongs here: these actions. Does not: what goes to other centres (`passing.py`),
decisions (`bot/casework`).
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from bot.casework import cases, closing, contact
from bot.casework import records as moves
from bot.casework.model import (
    Alert,
    Case,
    Staff,
)
from bot.casework.moves import Change, Stale, need
from bot.casework.record_types import (
    Assessment,
    PersonInRole,
    Plan,
    PlanItem,
    Referral,
    SafeContact,
    Task,
)
from bot.casework.scope import Power, may
from bot.store.casefiles import (
    Conflict,
    R,
    Registry,
    add_record,
    apply_case,
    apply_record,
    load_case,
    record,
    records,
)
from bot.store.casework import alerts_of, move_case


def add(connection: Connection, registry: Registry, actor: Staff, case_uid: str, make: Callable[[Case], Change[R]], now_ms: int) -> R:
    case = load_case(connection, registry, actor, case_uid, now_ms, lock=True)
    need(may(actor, Power.WORK), "role")
    return add_record(connection, registry, actor, case, make(case), now_ms)


def move_record(
    connection: Connection,
    registry: Registry,
    actor: Staff,
    case_uid: str,
    type_: type[R],
    uid: str,
    move: Callable[[R, Case], Change[R]],
    now_ms: int,
) -> R:
    case = load_case(connection, registry, actor, case_uid, now_ms, lock=True)
    return move_under(connection, registry, actor, case, record(connection, registry, case, type_, uid), move, now_ms)


def move_under(
    connection: Connection, registry: Registry, actor: Staff, case: Case, before: R, move: Callable[[R, Case], Change[R]], now_ms: int
) -> R:
    try:
        change = move(before, case)
    except Stale as stale:
        raise Conflict(before, stale.mine) from None
    return apply_record(connection, registry, actor, case, before, change, now_ms)


def add_person(
    connection: Connection,
    registry: Registry,
    actor: Staff,
    case_uid: str,
    role: str,
    now_ms: int,
    name: str = "",
    age: int | None = None,
    phone: str = "",
    note: str = "",
) -> PersonInRole:
    person = PersonInRole(registry.uid(), role, name, age, phone, note)
    return add(connection, registry, actor, case_uid, lambda case: moves.add_person(person, actor), now_ms)


def correct_person(
    connection: Connection, registry: Registry, actor: Staff, case_uid: str, uid: str, version: int, told: PersonInRole, now_ms: int
) -> PersonInRole:
    """`told` carries what is right."""

    def move(person: PersonInRole, _: Case) -> Change[PersonInRole]:
        return moves.correct_person(person, actor, version, told)

    return move_record(connection, registry, actor, case_uid, PersonInRole, uid, move, now_ms)


def assess(
    connection: Connection,
    registry: Registry,
    actor: Staff,
    case_uid: str,
    risk: int,
    form: str,
    answers: dict[str, str],
    now_ms: int,
    note: str = "",
) -> Assessment:
    """Writes an assessment. A higher risk counts at once; a lower one when somebody else agrees (`lower_risk`)."""
    made = Assessment(registry.uid(), actor.id, now_ms, risk, form, answers, note)
    written = add(connection, registry, actor, case_uid, lambda case: moves.assess(made, actor), now_ms)
    case = load_case(connection, registry, actor, case_uid, now_ms)
    if risk < case.risk:
        apply_case(connection, registry, actor, case, cases.raise_risk(case, actor, case.version, risk, now_ms), now_ms)
    return written


def lower_risk(connection: Connection, registry: Registry, actor: Staff, case_uid: str, version: int, assessment: str, now_ms: int) -> Case:
    """Agree with an assessment somebody else made since the risk last changed."""

    def move(case: Case) -> Change[Case]:
        return cases.lower_risk(case, actor, version, record(connection, registry, case, Assessment, assessment), now_ms)

    return move_case(connection, registry, actor, case_uid, version, move, now_ms)


def write_plan(
    connection: Connection, registry: Registry, actor: Staff, case_uid: str, items: tuple[PlanItem, ...], now_ms: int, safety: str = ""
) -> Plan:
    plan = Plan(registry.uid(), actor.id, now_ms, items, safety)
    return add(connection, registry, actor, case_uid, lambda case: moves.write_plan(plan, actor), now_ms)


def approve_plan(connection: Connection, registry: Registry, actor: Staff, case_uid: str, uid: str, version: int, now_ms: int) -> Plan:
    return move_record(connection, registry, actor, case_uid, Plan, uid, lambda plan, _: moves.approve_plan(plan, actor, version), now_ms)


def tick_plan(
    connection: Connection, registry: Registry, actor: Staff, case_uid: str, uid: str, version: int, item: int, done: bool, now_ms: int
) -> Plan:
    return move_record(
        connection, registry, actor, case_uid, Plan, uid, lambda plan, _: moves.tick(plan, actor, version, item, done, now_ms), now_ms
    )


def start_plan(connection: Connection, registry: Registry, actor: Staff, case_uid: str, version: int, now_ms: int) -> Case:
    """Assessment → plan; needs an assessment."""

    def move(case: Case) -> Change[Case]:
        return cases.start_plan(case, actor, version, records(connection, registry, case, Assessment), now_ms)

    return move_case(connection, registry, actor, case_uid, version, move, now_ms)


def start_work(connection: Connection, registry: Registry, actor: Staff, case_uid: str, version: int, now_ms: int) -> Case:
    """Plan → active; needs an approved plan."""

    def move(case: Case) -> Change[Case]:
        return cases.start_work(case, actor, version, records(connection, registry, case, Plan), now_ms)

    return move_case(connection, registry, actor, case_uid, version, move, now_ms)


def set_task(
    connection: Connection, registry: Registry, actor: Staff, case_uid: str, kind: str, what: str, due_ms: int, now_ms: int, owner: str = ""
) -> Task:
    def make(case: Case) -> Change[Task]:
        return moves.set_task(Task(registry.uid(), kind, what, due_ms, owner or case.owner, now_ms), actor)

    return add(connection, registry, actor, case_uid, make, now_ms)


def do_task(
    connection: Connection, registry: Registry, actor: Staff, case_uid: str, uid: str, version: int, evidence: str, now_ms: int
) -> Task:
    return move_record(
        connection, registry, actor, case_uid, Task, uid, lambda task, _: moves.do_task(task, actor, version, evidence, now_ms), now_ms
    )


def agree_safe_contact(
    connection: Connection, registry: Registry, actor: Staff, case_uid: str, agreed: SafeContact, now_ms: int
) -> SafeContact:
    """A new agreement; the one before stays on file. `uid`, `by` and `at_ms` of `agreed` must be fresh (`registry.uid()`)."""
    return add(connection, registry, actor, case_uid, lambda case: contact.agreed(agreed), now_ms)


# Closing


def request_closing(
    connection: Connection,
    registry: Registry,
    actor: Staff,
    case_uid: str,
    version: int,
    outcome: str,
    answer: str,
    now_ms: int,
) -> Case:
    """`answer`: what the person said. Without one, three tries to reach them must stand as tasks done (kind no_contact)."""

    def move(case: Case) -> Change[Case]:
        tries = moves.tries(records(connection, registry, case, Task))
        return closing.request_closing(case, actor, version, outcome, answer, tries, left_open(connection, registry, case), now_ms)

    return move_case(connection, registry, actor, case_uid, version, move, now_ms)


def close(connection: Connection, registry: Registry, actor: Staff, case_uid: str, version: int, now_ms: int) -> Case:
    def move(case: Case) -> Change[Case]:
        return closing.close(case, actor, version, left_open(connection, registry, case), now_ms)

    return move_case(connection, registry, actor, case_uid, version, move, now_ms)


def left_open(connection: Connection, registry: Registry, case: Case) -> closing.Open:
    """What still stands open under a case."""
    alerts: list[Alert] = alerts_of(connection, case)
    return closing.still_open(records(connection, registry, case, Task), records(connection, registry, case, Referral), alerts)
