"""Running the system: accounts, centres, holidays, canned replies, roster, what got stuck, the audit log. Admins and auditors only."""

from __future__ import annotations

import html
import re

import pyotp
import pytest
from client import Answer, Client
from desk import HERE, HOST, PASSWORD, THERE, Desk, csrf_of, sign_in
from sqlalchemy import insert, select, update

from bot.casework.model import Role
from bot.conversation.effects import RaiseAlert
from bot.store import alerts, audit, staff
from bot.store.database import read, write
from bot.store.tables import InboxState, OutboxState, inbox, outbox
from bot.store.tables import audit as audit_table

WHO = f"staff-{HERE}"


@pytest.fixture(scope="module")
def desk(shared: Desk) -> Desk:
    return shared


@pytest.fixture(scope="module")
def admin(desk: Desk) -> Client:
    return desk.signed_in(f"admin-{HERE}")


def person(desk: Desk, login: str) -> str:
    """One more member of staff here."""
    with write(desk.store.engine) as connection:
        desk.secrets[login] = staff.enrol(connection, desk.store.sealer, login, login, HERE, Role.STAFF, login, PASSWORD)
    return login


def post(client: Client, path: str, **form: str) -> Answer:
    return client.post(path, {"csrf": csrf_of(client), **form}, {"Origin": HOST})


def was(client: Client, id_: str) -> str:
    """The version of an account on the page."""
    found = re.search(f'name="id" value="{id_}"><input type="hidden" name="was" value="([^"]+)"', client.get("/console/staff").text)
    assert found
    return html.unescape(found[1])


def entries(desk: Desk, what: str) -> list[tuple[str, str]]:
    with read(desk.store.engine) as connection:
        assert audit.first_broken(connection, desk.store.sealer) is None
        return [(row.actor, row.subject) for row in connection.execute(select(audit_table).where(audit_table.c.what == what))]


class TestAccounts:
    def test_an_invited_person_signs_in_with_the_keys_that_are_shown_once(self, desk: Desk, admin: Client) -> None:
        page = post(admin, "/console/staff/invite", login="somsri", name="สมศรี", role="staff", centre=HERE).text
        login, password, secret = re.findall(r"<code[^>]*>([^<]+)</code>", page)
        assert 'aria-label="รหัส QR' in page
        assert password not in admin.get("/console/staff").text
        code = pyotp.TOTP(secret).at(desk.now // 1000)
        assert sign_in(desk.client(), login, password, code) == 303
        assert [actor for actor, _ in entries(desk, "staff added")][-1] == f"staff:admin-{HERE}"
        assert post(admin, "/console/staff/invite", login="somsri", name="x", role="staff", centre=HERE).status_code == 422

    def test_a_new_password_makes_the_old_one_and_all_sessions_worthless(self, desk: Desk, admin: Client) -> None:
        who = person(desk, "forgetful")
        signed = desk.signed_in(who)
        page = post(admin, "/console/staff/reset", id=who, was=was(admin, who)).text
        _, password, secret = re.findall(r"<code[^>]*>([^<]+)</code>", page)
        assert signed.get("/console").status_code == 303
        assert sign_in(desk.client(), who, PASSWORD, desk.code(who)) == 401
        assert sign_in(desk.client(), who, password, pyotp.TOTP(secret).at(desk.now // 1000)) == 303

    def test_switching_off_ends_sessions_at_once_and_two_admins_collide_openly(self, desk: Desk, admin: Client) -> None:
        who = person(desk, "leaving")
        signed, seen = desk.signed_in(who), was(admin, who)
        form = {"id": who, "was": seen, "role": "staff", "centre": HERE, "active": "0"}
        assert post(admin, "/console/staff", **form).status_code == 303
        assert signed.get("/console").status_code == 303
        assert post(admin, "/console/staff", **form).status_code == 409
        assert entries(desk, "staff changed") == [(f"staff:admin-{HERE}", who)]

    def test_nobody_elsewhere_and_not_oneself(self, desk: Desk, admin: Client) -> None:
        other, me = f"staff-{THERE}", f"admin-{HERE}"
        assert other not in admin.get("/console/staff").text
        keys = {"was": f"staff {THERE} 1", "role": "staff", "centre": HERE, "active": "0"}
        assert post(admin, "/console/staff", id=other, **keys).status_code == 404
        assert post(admin, "/console/staff/reset", id=other, **keys).status_code == 404
        mine = {"was": f"admin {HERE} 1", "role": "auditor", "centre": HERE, "active": "1"}
        assert post(admin, "/console/staff", id=me, **mine).status_code == 422
        assert post(admin, "/console/staff/invite", login="x", name="x", role="staff", centre=THERE).status_code == 422
        assert post(admin, "/console/staff/invite", login="x", name="x", role="system", centre=HERE).status_code == 422


class TestCentres:
    def test_a_centre_is_added_below_ones_own_and_never_in_a_ring(self, desk: Desk, admin: Client) -> None:
        new = {"id": "tambon-1", "name": "ศูนย์ตำบล", "tier": "tambon", "area": "แม่สาย", "parent": HERE, "was": ""}
        assert post(admin, "/console/centres", **new).status_code == 303
        assert "ศูนย์ตำบล" in admin.get("/console/centres").text
        assert post(admin, "/console/centres", **new).status_code == 409
        ring = {"id": HERE, "name": HERE, "tier": "province", "area": "", "parent": "tambon-1", "was": f"{HERE}|province||"}
        assert post(admin, "/console/centres", **ring).status_code == 422
        elsewhere = {**new, "id": "tambon-2", "parent": THERE}
        assert post(admin, "/console/centres", **elsewhere).status_code == 422
        assert entries(desk, "centre saved") == [(f"staff:admin-{HERE}", "tambon-1")]

    def test_holidays_come_and_go_with_a_line_in_the_log(self, desk: Desk, admin: Client) -> None:
        assert post(admin, "/console/holidays", day="2027-04-13", name="สงกรานต์").status_code == 303
        assert "13 เม.ย. 2570 · สงกรานต์" in admin.get("/console/holidays").text
        assert post(admin, "/console/holidays", day="2027-04-13", drop="1").status_code == 303
        assert "สงกรานต์" not in admin.get("/console/holidays").text
        assert post(admin, "/console/holidays", day="soon", name="x").status_code == 422
        assert len(entries(desk, "holiday saved")) == len(entries(desk, "holiday dropped")) == 1

    def test_who_is_put_on_duty_and_taken_off_stands_in_the_log(self, desk: Desk, admin: Client) -> None:
        form = {"staff": WHO, "rank": "0", "from": "2099-01-01T08:00", "until": "2099-01-01T16:00"}
        assert post(admin, "/console/roster", **form).status_code == 303
        assert post(admin, "/console/roster/off", staff=WHO).status_code == 303
        assert entries(desk, "duty set") == entries(desk, "duty ended") == [(f"staff:admin-{HERE}", WHO)]


class TestCanned:
    def test_an_edited_reply_is_what_staff_get_and_its_versions_count_up(self, desk: Desk, admin: Client) -> None:
        alert, client = desk.case(HERE), desk.signed_in(WHO)
        edit = {"key": "1", "version": "0", "th": "สวัสดีค่ะ <b>", "en": "Hello"}
        assert post(admin, "/console/canned", **edit).status_code == 303
        assert post(admin, "/console/canned", **{**edit, "th": "อีกแบบ"}).status_code == 409
        assert "สวัสดีค่ะ &lt;b&gt;" in admin.get("/console/canned").text
        assert "ฉบับที่ 1" in admin.get("/console/canned").text
        assert post(admin, "/console/canned", key="1", version="1", drop="1").status_code == 303
        assert "สวัสดีค่ะ &lt;b&gt;" not in admin.get("/console/canned").text
        assert client.get(f"/console/case/{alert.uid}").status_code == 200
        assert len(entries(desk, "canned reply saved")) == 2

    def test_a_reply_in_one_language_only_is_refused_and_keeps_what_was_typed(self, admin: Client) -> None:
        answer = post(admin, "/console/canned", key="1", version="0", th="ค่ะ ยังไม่แปล", en="")
        assert answer.status_code == 422
        assert "ค่ะ ยังไม่แปล" in answer.text


class TestStuck:
    def put(self, desk: Desk, chat: str, state: OutboxState, age_ms: int = 0, urgent: bool = False) -> int:
        row = {
            "chat": chat,
            "state": int(state),
            "urgent": urgent,
            "due_ms": 0,
            "created_ms": desk.now - age_ms,
            "sealed": b"x",
            "status": 400,
        }
        with write(desk.store.engine) as connection:
            made = connection.execute(insert(outbox).values(uid=f"{chat}{state}{age_ms}{urgent}", **_defaults(), **row))
            return int(made.inserted_primary_key[0])  # type: ignore[index]

    def state(self, desk: Desk, id_: int) -> int | None:
        with read(desk.store.engine) as connection:
            return connection.scalar(select(outbox.c.state).where(outbox.c.id == id_))

    def test_a_failed_event_gets_another_turn(self, desk: Desk, admin: Client) -> None:
        with write(desk.store.engine) as connection:
            row = {
                "event_id": "e1",
                "chat": "c" * 40,
                "state": int(InboxState.FAILED),
                "at_ms": 0,
                "received_ms": desk.now,
                "tries": 1,
                "sealed": b"x",
            }
            connection.execute(insert(inbox).values(row))
        assert "CCCCCC" in admin.get("/console/dead").text
        assert post(admin, "/console/dead", box="inbox", id="1").status_code == 303
        with read(desk.store.engine) as connection:
            assert connection.scalar(select(inbox.c.state).where(inbox.c.id == 1)) == InboxState.PENDING
        assert post(admin, "/console/dead", box="inbox", id="1").status_code == 404
        assert entries(desk, "inbox tried again") == [(f"staff:admin-{HERE}", "1")]

    def test_only_what_surely_did_not_arrive_is_sent_again_and_only_soon(self, desk: Desk, admin: Client) -> None:
        failed = self.put(desk, "a", OutboxState.FAILED)
        others = [self.put(desk, "a", OutboxState.UNCERTAIN), self.put(desk, "a", OutboxState.FAILED, 25 * 3_600_000)]
        assert post(admin, "/console/dead", box="outbox", id=str(failed)).status_code == 303
        assert self.state(desk, failed) == OutboxState.WAITING
        assert [post(admin, "/console/dead", box="outbox", id=str(one)).status_code for one in others] == [422, 422]

    def test_nothing_late_is_sent_to_somebody_who_told_of_danger(self, desk: Desk, admin: Client) -> None:
        with write(desk.store.engine) as connection:
            raised = RaiseAlert(2, "violence_domestic", "self", "raise", ("test",), "secret")
            alerts.raise_alerts(connection, desk.registry, [("a1", "unsafe", raised)], desk.now)
        ordinary, urgent = (self.put(desk, "unsafe", OutboxState.FAILED, urgent=urgent) for urgent in (False, True))
        assert post(admin, "/console/dead", box="outbox", id=str(ordinary)).status_code == 422
        assert post(admin, "/console/dead", box="outbox", id=str(urgent)).status_code == 303


def _defaults() -> dict[str, object]:
    numbers = dict.fromkeys(("tries", "lease_ms", "token_until_ms", "until_ms", "settled_ms"), 0)
    return {**numbers, "forget": False, "doubt": False, "worker": "", "request_id": ""}


class TestAudit:
    def test_an_auditor_sees_what_the_centre_did_and_nothing_of_others(self, desk: Desk) -> None:
        mine, theirs = desk.case(HERE), desk.case(THERE)
        page = desk.signed_in(f"auditor-{HERE}").get("/console/audit").text
        assert f"/console/case/{mine.uid}" in page
        assert theirs.uid not in page
        assert f"staff-{THERE}" not in page

    def test_the_log_is_searched_and_paged(self, desk: Desk) -> None:
        client = desk.signed_in(f"auditor-{HERE}")
        where = (desk.store.sealer, [audit.Entry(f"staff:auditor-{HERE}", "report made")] * 110, desk.now)
        with write(desk.store.engine) as connection:
            audit.append(connection, *where)
        page = client.get(f"/console/audit?what=report&who=auditor-{HERE}").text
        older = re.search(r'href="(/console/audit\?before=[^"]+)"', page)
        assert older
        assert client.get(html.unescape(older[1])).text.count("<tr>") == 11
        assert "%" not in client.get("/console/audit?what=%25").text.partition("<tbody>")[2].partition("</tbody>")[0]


def test_the_state_of_the_system_says_what_waits_and_since_when(desk: Desk, admin: Client) -> None:
    with write(desk.store.engine) as connection:
        row = {"event_id": "e2", "chat": "c", "at_ms": 0, "received_ms": desk.now - 300_000, "tries": 0, "sealed": b"x", "state": 0}
        connection.execute(insert(inbox).values(row))
    page = admin.get("/console/system").text
    assert re.search(r'ยังไม่อ่าน</th><td>\d</td><td class="late">\d+ นาที', page)
    assert "ยังไม่เคยทำ" in page


def test_a_changed_line_of_the_log_is_told(desk: Desk) -> None:
    case, client = desk.case(HERE), desk.signed_in(f"auditor-{HERE}")
    assert "ไม่ถูกแก้" in post(client, "/console/audit").text
    with write(desk.store.engine) as connection:
        connection.execute(update(audit_table).where(audit_table.c.subject == case.uid).values(actor="staff:ben"))
    assert "บันทึกถูกแก้หรือหายไป" in post(client, "/console/audit").text
