"""The list of calls: who stands on it and why, who must not, and what is written down after a call."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from client import Client
from desk import HERE, HOST, THERE, Desk, csrf_of
from sqlalchemy import insert, select, update

from bot.casework.model import Centre, Tier
from bot.casework.record_types import SafeContact
from bot.conversation.effects import RaiseAlert
from bot.conversation.world import thai_day
from bot.followup.hours import Manners
from bot.followup.nudge import identity
from bot.followup.progress import Outcome, Step
from bot.line.followups import Followups
from bot.store import alerts, audit, caserecords, duty, nudges, outcomes
from bot.store.case_tables import case_file
from bot.store.database import read, write
from bot.store.nudge_tables import NudgeState, nudge, outcome
from bot.store.tables import conversation

RIGHT = "old-age-allowance"
WORRY = "ขาดใบรับรอง <b>"


class Street:
    """People with outcomes in the desk's database."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        with write(desk.store.engine) as connection:
            for centre, province in ((HERE, "เชียงราย"), (THERE, "น่าน")):
                duty.save_centre(connection, Centre(centre, centre, Tier.PROVINCE, province))
        world: Any = None
        followups = Followups(desk.store, lambda: world, Manners(), lambda: desk.now, desk.registry.chance)
        object.__setattr__(desk.console, "followup", followups)

    @property
    def today(self) -> date:
        return thai_day(nudges.moment(self.desk.now))

    def person(self, name: str, step: Step = "told", province: str = "เชียงราย", reachable: bool = True) -> str:
        """Returns the chat."""
        sealer = self.desk.store.sealer
        chat = sealer.hash("chat", name)
        address = {"source": "user", "address_sealed": b"", "reachable": reachable, "updated_ms": self.desk.now}
        with write(self.desk.store.engine) as connection:
            connection.execute(insert(conversation).values(chat=chat, **address))
            outcomes.start(connection, sealer, chat, [Outcome(RIGHT, "self", step, self.today)], province, self.desk.now)
        return chat

    def asked(self, chat: str, times: int, kind: str = "applied", on: date | None = None) -> None:
        row = {
            "chat": chat,
            "member": "self",
            "entitlement": RIGHT,
            "kind": kind,
            "due_ms": self.desk.now,
            "on_day": on.isoformat() if on else "",
        }
        row |= {"reason": kind, "cancel": "", "priority": 2, "state": int(NudgeState.SENT), "history": "[]"}
        with write(self.desk.store.engine) as connection:
            for n in range(times):
                connection.execute(insert(nudge).values(id=f"{chat[:20]}{n}", **row))

    def uid(self, chat: str) -> str:
        return identity(chat, "self", RIGHT, "outcome", "")

    def step(self, chat: str) -> str | None:
        with read(self.desk.store.engine) as connection:
            return connection.scalar(select(outcome.c.step).where(outcome.c.chat == chat))


@pytest.fixture
def street(desk: Desk) -> Street:
    return Street(desk)


@pytest.fixture
def staff(street: Street) -> Client:
    return street.desk.signed_in(f"staff-{HERE}")


def listed(client: Client) -> list[tuple[str, str]]:
    """(code, why) in order."""
    return re.findall(r"<h2>([0-9A-F]{6}) · ([^·<]+?)(?: ·[^<]*)?</h2>", client.get("/console/calls?lang=en").text)


def post(client: Client, street: Street, chat: str, happened: str, path: str = "/console/calls", **more: str) -> int:
    form = {"csrf": csrf_of(client), "uid": street.uid(chat), "was": f"told {street.today}", "happened": happened, **more}
    return client.post(path, form, {"Origin": HOST}).status_code


def test_the_list_says_who_and_why_most_pressing_first(street: Street, staff: Client) -> None:
    silent, refused, closing, blocked = (street.person(name) for name in ("silent", "refused", "closing", "blocked"))
    street.asked(silent, 2)
    street.asked(closing, 1, "apply", street.today + timedelta(days=5))
    with write(street.desk.store.engine) as connection:
        connection.execute(update(outcome).where(outcome.c.chat == refused).values(step="refused"))
        outcomes.save_reason(connection, street.desk.store.sealer, refused, "self", RIGHT, WORRY)
        nudges.mark_unreached(connection, blocked, True)
    street.asked(street.person("asked once"), 1)
    street.person("only told")
    expected = [
        (closing, "window closes soon"),
        (refused, "application refused"),
        (blocked, "message did not arrive"),
        (silent, "reminded, no answer"),
    ]
    assert listed(staff) == [(chat[:6].upper(), why) for chat, why in expected]
    page = staff.get("/console/calls").text
    assert "ขาดใบรับรอง &lt;b&gt;" in page


def test_whoever_told_of_danger_and_whoever_lives_elsewhere_is_not_on_the_list(street: Street, staff: Client) -> None:
    unsafe, far = street.person("unsafe", "refused"), street.person("far", "refused", "น่าน")
    with write(street.desk.store.engine) as connection:
        alert = RaiseAlert(2, "violence_domestic", "self", "raise", ("test",), "secret")
        alerts.raise_alerts(connection, street.desk.registry, [("a1", unsafe, alert)], street.desk.now)
    assert listed(staff) == []
    for chat in (unsafe, far):
        for path in ("/console/calls", "/console/calls/talk"):
            assert post(staff, street, chat, "gave_up", path) == 404
    assert street.step(unsafe) == "refused"


def test_through_their_case_staff_see_when_writing_is_safe(street: Street, staff: Client) -> None:
    unsafe, actor = street.person("unsafe", "refused"), street.desk.actor(f"staff-{HERE}")
    case = street.desk.case(HERE)
    with write(street.desk.store.engine) as connection:
        connection.execute(update(case_file).where(case_file.c.uid == case.uid).values(chat=unsafe))
    assert "no safe time on LINE agreed" in staff.get("/console/calls?lang=en").text
    safe = SafeContact("s1", actor.id, street.desk.now, "line", (2,), 13 * 60, 14 * 60)
    with write(street.desk.store.engine) as connection:
        caserecords.agree_safe_contact(connection, street.desk.registry, actor, case.uid, safe, street.desk.now)
    page = staff.get("/console/calls?lang=en").text
    assert listed(staff) == []
    assert case.number in page
    assert "13:00–14:00" in page


def test_what_they_say_on_the_phone_is_the_same_step_as_in_the_chat(street: Street, staff: Client) -> None:
    chat = street.person("silent")
    street.asked(chat, 2)
    assert post(staff, street, chat, "applied", text="ยื่นเมื่อวาน") == 303
    assert street.step(chat) == "applied"
    assert listed(staff) == []
    with read(street.desk.store.engine) as connection:
        planned = {one.kind for one, state, _ in nudges.history(connection, chat) if state is NudgeState.PLANNED}
        assert planned == {"approved", "received"}
        assert audit.first_broken(connection, street.desk.store.sealer) is None


def test_no_answer_keeps_them_on_the_list_behind_the_others(street: Street, staff: Client) -> None:
    first, second = sorted(street.person(name) for name in ("a", "b"))
    street.asked(first, 2)
    street.asked(second, 2)
    assert post(staff, street, first, "no_answer") == 303
    assert [code for code, _ in listed(staff)] == [second[:6].upper(), first[:6].upper()]
    assert street.step(first) == "told"
    assert "tried 1 times" in staff.get("/console/calls?lang=en").text


def test_a_step_that_changed_meanwhile_is_a_choice_and_nothing_is_lost(street: Street, staff: Client) -> None:
    chat = street.person("silent")
    street.asked(chat, 2)
    with write(street.desk.store.engine) as connection:
        outcomes.save(connection, chat, Outcome(RIGHT, "self", "applied", street.today), street.desk.now)
    form = {"csrf": csrf_of(staff), "uid": street.uid(chat), "was": f"told {street.today}", "happened": "gave_up", "text": "typed words"}
    answer = staff.post("/console/calls", form, {"Origin": HOST})
    assert answer.status_code == 409
    assert "typed words" in answer.text
    assert street.step(chat) == "applied"
    assert post(staff, street, chat, "received", was=f"applied {street.today}") == 303
    assert post(staff, street, chat, "applied", was=f"received {street.today}") == 422


def test_staff_take_the_talk_on_line_unless_it_is_blocked(street: Street, staff: Client) -> None:
    open_, blocked = street.person("open"), street.person("blocked", reachable=False)
    assert post(staff, street, blocked, "", "/console/calls/talk") == 422
    answer = staff.post("/console/calls/talk", {"csrf": csrf_of(staff), "uid": street.uid(open_)}, {"Origin": HOST})
    assert answer.status_code == 303
    assert staff.get(answer.headers["location"]).status_code == 200


def test_the_funnel_shows_where_people_stand_here_and_hides_small_numbers(street: Street) -> None:
    for n in range(7):
        street.person(f"told {n}")
    for n in range(2):
        street.person(f"got {n}", "received")
    street.person("far", "told", "น่าน")
    boss = street.desk.signed_in(f"supervisor-{HERE}")
    lines = boss.get("/console/funnel.csv?lang=en").text.splitlines()
    assert lines[1] == f"right,{RIGHT},9,hidden,0,0,hidden,0,0"
    assert "น่าน" not in boss.get("/console/funnel").text
