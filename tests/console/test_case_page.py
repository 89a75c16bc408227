"""The work with one person, through the pages: by whom each step may be done, and who sees what of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from client import Answer, Client
from databases import KINDS, fresh_database
from desk import HERE, HOST, THERE, Desk
from recipes import act, alert, boss_of, case, sent, staff_of, watched
from sqlalchemy import select

from bot.casework import clocks
from bot.casework.model import Case, CaseState
from bot.store import audit, caserecords, casework, firing, glass
from bot.store.case_tables import page as page_table
from bot.store.database import read, write
from bot.store.tables import outbox

STAFF, BOSS, FAR = staff_of(HERE), boss_of(HERE), staff_of(THERE)


@dataclass
class Office:
    """A desk and the browsers of those who work at it."""

    desk: Desk

    def __post_init__(self) -> None:
        self.clients: dict[str, tuple[Client, int]] = {}

    def client(self, who: str = STAFF) -> Client:
        """Signed in anew when the test's clock has run on."""
        if who not in self.clients or self.desk.now - self.clients[who][1] > 20 * clocks.MINUTE:
            self.clients[who] = self.desk.signed_in(who), self.desk.now
        return self.clients[who][0]

    def see(self, uid: str, who: str = STAFF, place: str = "case") -> str:
        answer = self.client(who).get(f"/console/{place}/{uid}")
        return answer.text if answer.status_code == 200 else str(answer.status_code)

    def send(self, path: str, who: str = STAFF, /, **fields: str) -> Answer:
        return self.client(who).post(f"/console/{path}", fields, {"Origin": HOST})

    def form(self, uid: str, name: str, who: str = STAFF, /, **fields: str) -> Answer:
        """A form of the case page as it stands now: with the version that the page shows."""
        return self.send(f"case/{uid}/{name}", who, **{"version": str(self.case(uid).version), **fields})

    def case(self, uid: str) -> Case:
        """As it stands, whoever may see it."""
        with read(self.desk.store.engine) as connection:
            from bot.casework.model import CLOCK
            from bot.store.casefiles import load_case

            return load_case(connection, self.desk.registry, CLOCK, uid, self.desk.now)

    def view(self, uid: str, who: str = STAFF) -> casework.CaseView:
        view: casework.CaseView = act(self.desk, who, casework.case_view, uid)
        return view

    def told(self, who: str) -> list[str]:
        with read(self.desk.store.engine) as connection:
            return list(connection.scalars(select(page_table.c.why).where(page_table.c.staff == who, page_table.c.why != "")))

    def written(self, about: str) -> list[str]:
        with read(self.desk.store.engine) as connection:
            return [entry.what for entry in casework.timeline(connection, about)]


@pytest.fixture(scope="module", params=KINDS)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    with fresh_database(request.param, folder) as url:
        desk = Desk(folder, url)
        yield Office(desk)
        with read(desk.store.engine) as connection:
            assert audit.first_broken(connection, desk.store.sealer) is None
        desk.store.engine.dispose()


def not_now(desk: Desk) -> dict[str, str]:
    """A safe window that is not now."""
    hour = (clocks.local(desk.now).hour + 5) % 24
    days = {f"day{n}": "1" for n in range(7)}
    return {"channel": "line", "from": f"{hour:02}:00", "until": f"{hour:02}:30", **days}


class TestSafeContact:
    def test_what_was_agreed_stands_big_at_the_reply_box_with_code_word_and_who_else_reads(self, office: Office) -> None:
        one = case(office.desk, HERE)
        assert "ยังไม่ได้ตกลง" in office.see(one.uid)
        agreed = {
            **not_now(office.desk),
            "readers": "his mother",
            "code_word": "flowers",
            "stop_word": "rice",
            "if_other": "say wrong number",
        }
        assert office.form(one.uid, "safe-contact", **agreed).status_code == 303
        talk = re.search(r'<section class="card talk".*?</section>', office.see(one.uid), re.S)
        assert talk is not None
        for word in ("ตอนนี้ยังเขียนไม่ปลอดภัย", "his mother", "flowers", "rice"):
            assert word in talk.group(0)

    def test_writing_outside_the_window_needs_a_reason_which_stays_on_file(self, office: Office) -> None:
        one = case(office.desk, HERE)
        office.form(one.uid, "safe-contact", **not_now(office.desk))
        refused = office.form(one.uid, "reply", text="are you there")
        assert refused.status_code == 422
        assert "are you there" in refused.text
        assert 'name="despite"' in refused.text
        assert office.form(one.uid, "reply", text="are you there", despite="she wrote just now").status_code == 303
        page = office.see(one.uid)
        assert "she wrote just now" in page
        assert "sent outside safe hours" in office.written(one.uid)

    def test_an_agreement_binds_replies_to_a_new_alert_of_the_same_person_too(self, office: Office) -> None:
        from dataclasses import replace

        from bot.store import alerts as raising

        one = case(office.desk, HERE)
        office.form(one.uid, "safe-contact", **not_now(office.desk))
        fresh = replace(alert(office.desk, HERE), uid=office.desk.registry.uid(), chat=one.chat)
        with write(office.desk.store.engine) as connection:
            raising.insert_alert(connection, office.desk.store.sealer, fresh, ("test",), "again")
        office.send(f"alert/{fresh.uid}/take", version="1")
        assert office.send(f"alert/{fresh.uid}/reply", version="2", text="hello").status_code == 422
        assert office.send(f"alert/{fresh.uid}/reply", version="2", text="hello", despite="she asked").status_code == 303

    def test_agreement_that_cannot_be_kept_is_refused_and_what_was_typed_stays(self, office: Office) -> None:
        one = case(office.desk, HERE)
        same = {**not_now(office.desk), "code_word": "rice", "stop_word": "Rice", "readers": "her son"}
        refused = office.form(one.uid, "safe-contact", **same)
        assert refused.status_code == 422
        assert "her son" in refused.text
        assert office.view(one.uid).safe_contacts == []


class TestDelivery:
    def test_what_did_not_arrive_is_marked_and_goes_out_again_once(self, office: Office) -> None:
        from recipes import case_again

        one = case(office.desk, HERE)
        lost = case_again(office.desk, HERE, one)["record"]
        page = office.see(one.uid)
        assert "ส่งไม่ได้" in page
        assert lost in page
        assert office.form(one.uid, "again", record=lost).status_code == 303
        with read(office.desk.store.engine) as connection:
            assert len(connection.execute(select(outbox.c.id).where(outbox.c.chat == one.chat)).all()) == 2
        latest = re.findall(r'name="record" value="([^"]+)"><button>ส่งอีกครั้ง', office.see(one.uid))
        assert latest == [lost]

    def test_message_of_another_talk_or_one_that_arrived_is_not_sent_again(self, office: Office) -> None:
        from recipes import case_again

        one, another = case(office.desk, HERE), case(office.desk, HERE)
        lost = case_again(office.desk, HERE, another)["record"]
        assert office.form(one.uid, "again", record=lost).status_code == 404

    def test_whoever_blocked_us_is_shown_as_unreachable(self, office: Office) -> None:
        from bot.store.tables import conversation

        one = case(office.desk, HERE)
        with write(office.desk.store.engine) as connection:
            connection.execute(conversation.update().where(conversation.c.chat == one.chat).values(reachable=False))
        assert "บล็อกหรือเลิกติดตาม" in office.see(one.uid)
        refused = office.form(one.uid, "reply", text="hello")
        assert refused.status_code == 422
        assert "hello" in refused.text


class TestOtherCentres:
    def test_transfer_shows_the_receiver_little_until_accepted_then_all_and_the_sender_only_how_it_goes(self, office: Office) -> None:
        one = case(office.desk, HERE)
        assert office.form(one.uid, "transfer", to=THERE, purpose="she moved", ground="consent", how="spoken").status_code == 303
        record = office.view(one.uid).transfers[0]
        assert office.see(one.uid, FAR) == "404"
        seen = office.see(record.uid, FAR, "received")
        assert "she moved" in seen
        assert "secret summary" not in seen
        accepted = office.send(f"received/{record.uid}/transfer", FAR, version="1", accept="1")
        assert accepted.headers["location"] == f"/console/case/{one.uid}"
        assert "secret summary" in office.see(one.uid, FAR)
        assert office.see(one.uid) == "404"
        listed = office.client().get("/console/received").text
        assert one.number in listed
        assert "รับโอนแล้ว" in listed

    def test_transfer_without_consent_is_refused_and_the_case_stays(self, office: Office) -> None:
        one = case(office.desk, HERE)
        assert office.form(one.uid, "transfer", to=THERE, purpose="she moved", ground="").status_code == 422
        assert office.case(one.uid).state is CaseState.INTAKE

    def test_transfer_that_is_not_wanted_comes_back_with_a_reason_and_its_owner_is_told(self, office: Office) -> None:
        one = case(office.desk, HERE)
        office.form(one.uid, "transfer", to=THERE, purpose="she moved", ground="consent", how="spoken")
        record = office.view(one.uid).transfers[0]
        assert office.send(f"received/{record.uid}/transfer", FAR, version="1", accept="0").status_code == 422
        assert office.send(f"received/{record.uid}/transfer", FAR, version="1", accept="0", text="no bed").status_code == 303
        assert office.case(one.uid).state is CaseState.INTAKE
        assert "no bed" in office.see(one.uid)
        assert "transfer_rejected" in office.told(STAFF)

    def test_referral_goes_all_the_way_at_the_receiver_who_never_sees_the_case(self, office: Office) -> None:
        one = case(office.desk, HERE)
        fields = {"to": THERE, "purpose": "shelter", "shared": "needs a bed", "ground": "consent", "how": "spoken"}
        assert office.form(one.uid, "refer", **fields).status_code == 303
        record = office.view(one.uid).referrals[0]
        for version, to, text in (("3", "accepted", ""), ("4", "in_service", ""), ("5", "done", "housed")):
            assert office.send(f"received/{record.uid}/answer", FAR, version=version, to=to, text=text).status_code == 303
        seen = office.see(record.uid, FAR, "received")
        assert "needs a bed" in seen
        assert "secret summary" not in seen
        assert "housed" in office.see(one.uid)
        assert office.see(one.uid, FAR) == "404"

    def test_referral_sent_back_late_becomes_a_task_and_its_content_is_gone_for_the_receiver(self, office: Office) -> None:
        one = case(office.desk, HERE)
        record = sent(office.desk, HERE, one)
        office.send(f"received/{record.uid}/answer", FAR, version="3", to="accepted")
        assert office.send(f"received/{record.uid}/answer", FAR, version="4", to="rejected", text="full").status_code == 303
        seen = office.see(record.uid, FAR, "received")
        assert "secret words" not in seen
        page = office.see(one.uid)
        assert "full" in page
        assert "ผู้รับส่งเรื่องกลับ" in page

    def test_withdrawn_consent_takes_back_what_nobody_accepted_and_tells_the_owner_of_the_rest(self, office: Office) -> None:
        one = case(office.desk, HERE)
        record = sent(office.desk, HERE, one)
        given = office.view(one.uid).consents[0]
        answer = office.send(f"case/{one.uid}/withdraw-consent", record=given.uid, version="1")
        assert answer.status_code == 303
        assert office.view(one.uid).referrals[0].state == "revoked"
        assert "secret words" not in office.see(record.uid, FAR, "received")
        served = case(office.desk, HERE)
        record = sent(office.desk, HERE, served)
        office.send(f"received/{record.uid}/answer", FAR, version="3", to="accepted")
        office.send(f"case/{served.uid}/withdraw-consent", record=office.view(served.uid).consents[0].uid, version="1")
        assert [task.what for task in office.view(served.uid).tasks] == ["consent_withdrawn"]

    def test_override_waits_for_a_second_person_and_then_goes(self, office: Office) -> None:
        one = case(office.desk, HERE)
        fields = {"to": THERE, "purpose": "shelter", "shared": "needs a bed", "ground": "override", "how": "she said no"}
        assert office.form(one.uid, "refer", **fields).status_code == 422  # which law?
        assert office.form(one.uid, "refer", **fields, law="court_order").status_code == 303
        view = office.view(one.uid)
        given, record = view.consents[0], view.referrals[0]
        assert record.state == "draft"
        assert office.send(f"case/{one.uid}/send-referral", record=record.uid, version="1").status_code == 422
        assert office.send(f"case/{one.uid}/second-consent", record=given.uid, version="1").status_code == 422  # by the same person
        assert office.send(f"case/{one.uid}/second-consent", BOSS, record=given.uid, version="1").status_code == 303
        assert office.send(f"case/{one.uid}/send-referral", record=record.uid, version="1").status_code == 303

    def test_emergency_goes_at_once_and_is_looked_at_by_a_second_person_afterwards(self, office: Office) -> None:
        one = case(office.desk, HERE, 1)
        fields = {"to": THERE, "purpose": "shelter", "shared": "needs a bed", "ground": "emergency", "how": "knife"}
        assert office.form(one.uid, "refer", **fields).status_code == 303
        assert office.view(one.uid).referrals[0].state == "sent"
        assert "ตรวจย้อนหลัง" in office.see(one.uid)
        given = office.view(one.uid).consents[0]
        assert office.send(f"case/{one.uid}/second-consent", BOSS, record=given.uid, version="1").status_code == 303
        assert "รอคนที่สองตรวจย้อนหลัง" not in office.see(one.uid)


class TestBreakGlass:
    def test_it_opens_one_case_for_an_hour_tells_owner_and_supervisor_and_ends(self, office: Office) -> None:
        one = case(office.desk, THERE)
        assert office.send("glass", number=one.number).status_code == 422  # no reason
        assert office.send("glass", number="2569-0000-0000-0000", reason="x").status_code == 422
        opened = office.send("glass", number=one.number.replace("-", ""), reason="she stands here")
        assert opened.headers["location"] == f"/console/case/{one.uid}"
        assert "secret summary of there" in office.see(one.uid)
        assert "เปิดแบบฉุกเฉินถึง" in office.see(one.uid)
        assert office.told(FAR).count("glass") >= 1
        assert office.told(boss_of(THERE)).count("glass") >= 1
        assert {"glass broken", "case read"} <= set(office.written(one.uid))
        assert "she stands here" in office.client(boss_of(THERE)).get("/console/glass").text
        assert one.number not in office.client(BOSS).get("/console/glass").text
        assert one.number in office.client(boss_of(THERE)).get("/console").text
        office.desk.now += clocks.BREAK_GLASS
        assert office.see(one.uid) == "404"

    def test_a_supervisor_of_the_case_ends_it_at_once_and_nobody_else_does(self, office: Office) -> None:
        one = case(office.desk, THERE)
        office.send("glass", number=one.number, reason="she stands here")
        broken = act(office.desk, boss_of(THERE), glass.broken)
        grant = next(entry for entry in broken if entry.case.uid == one.uid)
        assert office.send("glass/end", FAR, record=grant.uid).status_code == 404
        assert office.send("glass/end", boss_of(THERE), record=grant.uid).status_code == 303
        assert office.see(one.uid) == "404"


class TestTheCaseItself:
    def test_merging_moves_everything_and_the_old_number_leads_on(self, office: Office) -> None:
        into, one = case(office.desk, HERE, 3), case(office.desk, HERE, 2, chat=False)
        act(office.desk, STAFF, caserecords.set_task, one.uid, "other", "call the school", office.desk.now)
        assert office.form(one.uid, "merge", number=into.number, reason="").status_code == 422
        assert office.form(one.uid, "merge", number=into.number, reason="same person").status_code == 303
        page = office.see(into.uid)
        assert "call the school" in page
        assert office.case(into.uid).risk == 2
        gone = office.see(one.uid)
        assert into.number in gone
        assert office.case(one.uid).state is CaseState.MERGED

    def test_two_chats_never_become_one(self, office: Office) -> None:
        into, one = case(office.desk, HERE), case(office.desk, HERE)
        assert office.form(one.uid, "merge", number=into.number, reason="same person").status_code == 422
        assert office.case(one.uid).state is CaseState.INTAKE

    def test_case_of_another_centre_is_no_target_for_merging(self, office: Office) -> None:
        one, theirs = case(office.desk, HERE, chat=False), case(office.desk, THERE)
        assert office.form(one.uid, "merge", number=theirs.number, reason="same person").status_code == 422

    def test_kind_and_risk_change_with_a_reason_that_colleagues_can_read(self, office: Office) -> None:
        one = case(office.desk, HERE)
        assert office.form(one.uid, "kind", kind="sexual", reason="").status_code == 422
        assert office.form(one.uid, "kind", kind="sexual", reason="she told me").status_code == 303
        assert office.form(one.uid, "risk", risk="1", reason="he has a key").status_code == 303
        page = office.see(one.uid)
        assert [text in page for text in ("she told me", "he has a key")] == [True, True]
        kinds = {timer.kind for timer in office.view(one.uid).timers}
        assert {"legal_72h", "legal_120h"} <= kinds

    def test_hold_has_a_date_and_comes_back_by_itself(self, office: Office) -> None:
        one = case(office.desk, HERE)
        assert office.form(one.uid, "hold", why="legal", until="2020-01-01", reason="court").status_code == 422
        day = clocks.local(office.desk.now + 3 * clocks.DAY).strftime("%Y-%m-%d")
        assert office.form(one.uid, "hold", why="legal", until=day, reason="court").status_code == 303
        assert "พักไว้ถึง" in office.see(one.uid)
        firing.fire_due(office.desk.store.engine, office.desk.registry, office.desk.now + 5 * clocks.DAY)
        assert office.case(one.uid).state is CaseState.INTAKE

    def test_plan_of_several_goals_is_ticked_with_name_and_time(self, office: Office) -> None:
        one = case(office.desk, HERE)
        rows = {"goal0": "safe home", "due0": "2027-01-01", "goal1": "school", "due1": "2027-02-01"}
        assert office.form(one.uid, "plan", **rows).status_code == 303
        [plan] = office.view(one.uid).plans
        assert [item.goal for item in plan.items] == ["safe home", "school"]
        assert office.send(f"case/{one.uid}/tick", record=plan.uid, version="1", item="1", done="1").status_code == 303
        [plan] = office.view(one.uid).plans
        assert [(item.done, item.done_by) for item in plan.items] == [(False, ""), (True, STAFF)]
        assert "ทำโดย staff-here" in office.see(one.uid)

    def test_assessment_proposes_and_a_lower_decision_needs_a_reason(self, office: Office) -> None:
        one = case(office.desk, HERE, 3)
        danger = {"q_weapon": "yes", "q_choked": "yes", "q_kill": "yes"}
        assert office.form(one.uid, "assess", **danger, risk="3").status_code == 422
        assert office.form(one.uid, "assess", **danger, risk="1").status_code == 303
        assert office.case(one.uid).risk == 1  # up at once
        office.desk.now += 1
        assert office.form(one.uid, "assess", q_weapon="no", risk="4", note="he is in prison").status_code == 303
        assert office.case(one.uid).risk == 1  # down only with a second person
        made = office.view(one.uid).assessments[-1]
        assert office.form(one.uid, "agree-risk", record=made.uid).status_code == 422
        assert office.form(one.uid, "agree-risk", BOSS, record=made.uid).status_code == 303
        assert office.case(one.uid).risk == 4

    def test_people_stand_with_their_roles_and_are_corrected(self, office: Office) -> None:
        one = case(office.desk, HERE)
        office.form(one.uid, "person", role="child", name="Noi", age="7")
        [who] = office.view(one.uid).people
        office.send(f"case/{one.uid}/correct-person", record=who.uid, version="1", role="child", name="Noi K.", age="8")
        page = office.see(one.uid)
        assert "Noi K." in page
        assert "8 ปี" in page
        assert office.send(f"case/{one.uid}/correct-person", record=who.uid, version="1", role="child", name="No").status_code == 409

    def test_whoever_has_a_conflict_of_interest_is_out_at_once_and_an_owner_hands_over_first(self, office: Office) -> None:
        one = case(office.desk, HERE)
        assert office.form(one.uid, "block", reason="my cousin").status_code == 422
        assert office.form(one.uid, "assign", staff=BOSS, reason="my cousin").status_code == 303
        assert "assigned" in office.told(BOSS)
        assert office.form(one.uid, "block", reason="my cousin").status_code == 303
        assert office.see(one.uid) == "404"
        assert one.number not in office.client().get("/console/cases").text
        assert "my cousin" in office.see(one.uid, BOSS)

    def test_restricted_case_is_seen_by_owner_and_supervisor_only(self, office: Office) -> None:
        one = case(office.desk, HERE, owner=BOSS)
        assert office.form(one.uid, "restrict", BOSS, on="1", reason="known to all").status_code == 303
        assert office.see(one.uid) == "404"
        assert one.number in office.see(one.uid, BOSS)

    def test_closing_shows_five_conditions_and_which_are_met(self, office: Office) -> None:
        one = watched(office.desk, HERE)

        def met() -> list[bool]:
            page = office.see(one.uid)
            found = re.findall(r'<li class="(met|open)">', page)
            return [word == "met" for word in found]

        assert met() == [False, False, True, True, False]
        assert office.form(one.uid, "ask-closing", outcome="safe", answer="").status_code == 422
        assert office.form(one.uid, "ask-closing", outcome="safe", answer="yes").status_code == 303
        assert met() == [True, True, True, True, False]
        assert office.form(one.uid, "close", agree="1").status_code == 422
        assert office.form(one.uid, "close", BOSS, agree="1").status_code == 303
        assert met() == [True, True, True, True, True]
        assert office.form(one.uid, "reopen", reason="he is back", risk="2").status_code == 303
        assert "he is back" in office.see(one.uid)

    def test_three_documented_tries_stand_for_an_answer(self, office: Office) -> None:
        one = watched(office.desk, HERE)
        assert office.form(one.uid, "no-contact", reached="0").status_code == 303
        for days in (1, 3, 7):
            firing.fire_due(office.desk.store.engine, office.desk.registry, office.desk.now + days * clocks.DAY)
        tasks = [task for task in office.view(one.uid).tasks if task.kind == "no_contact"]
        assert len(tasks) == 3
        for task in office.view(one.uid).tasks:
            office.send(f"case/{one.uid}/do-task", record=task.uid, version=str(task.version), evidence="no answer")
        assert office.form(one.uid, "ask-closing", outcome="lost", answer="").status_code == 303


FORMS = {
    "describe": {"area": "mine", "summary": "mine too"},
    "kind": {"kind": "sexual", "reason": "mine"},
    "assign": {"staff": BOSS, "reason": "mine"},
    "hold": {"why": "legal", "until": "2027-02-01", "reason": "mine"},
    "reply": {"text": "mine"},
    "merge": {"number": "", "reason": "mine"},
}


class TestCollisions:
    @pytest.mark.parametrize("name", sorted(FORMS))
    def test_second_of_two_gets_409_with_mine_kept_and_theirs_to_take(self, office: Office, name: str) -> None:
        one = case(office.desk, HERE)
        fields = {**FORMS[name], "number": case(office.desk, HERE, chat=False).number} if name == "merge" else FORMS[name]
        office.form(one.uid, "describe", BOSS, area="theirs", summary="theirs")
        answer = office.send(f"case/{one.uid}/{name}", version=str(one.version), **fields)
        assert answer.status_code == 409
        form = re.search(rf'<form method="post" action="/console/case/{one.uid}/{name}".*?</form>', answer.text, re.S)
        assert form is not None
        assert "mine" in form.group(0)
        assert "supervisor-here" in form.group(0)  # who was first
        assert f'<a class="button" href="/console/case/{one.uid}">' in form.group(0)  # theirs
        version = re.search(r'name="version" value="(\d+)"', form.group(0))
        assert version is not None
        assert office.case(one.uid).area == "theirs"
        again = office.send(f"case/{one.uid}/{name}", version=version.group(1), **fields)  # mine
        assert again.status_code == 303

    def test_nothing_of_the_second_was_done_or_sent(self, office: Office) -> None:
        one = case(office.desk, HERE)
        first = office.send(f"case/{one.uid}/reply", BOSS, version=str(one.version), text="first")
        second = office.send(f"case/{one.uid}/reply", version=str(one.version), text="second")
        assert (first.status_code, second.status_code) == (303, 409)
        with read(office.desk.store.engine) as connection:
            assert len(connection.execute(select(outbox.c.id).where(outbox.c.chat == one.chat)).all()) == 1


class TestAlertPage:
    def test_severity_and_kind_are_corrected_by_whoever_took_it_with_a_reason(self, office: Office) -> None:
        one = alert(office.desk, HERE, "acknowledged", severity=2)
        fields = {"version": str(one.version), "severity": "4", "kind": "none"}
        assert office.send(f"alert/{one.uid}/correct", **fields, reason="").status_code == 422
        assert office.send(f"alert/{one.uid}/correct", **fields, reason="a film").status_code == 303
        assert "a film" in office.see(one.uid, place="alert")

    def test_merged_alerts_take_the_worse_severity_and_two_chats_stay_two(self, office: Office) -> None:
        into, one = alert(office.desk, HERE, severity=3), alert(office.desk, HERE, "acknowledged", chat=False, severity=1)
        assert office.send(f"alert/{one.uid}/merge", version=str(one.version), into=into.uid).status_code == 303
        with read(office.desk.store.engine) as connection:
            from bot.casework.model import CLOCK
            from bot.store.casefiles import load_alert

            assert load_alert(connection, CLOCK, into.uid).severity == 1
        other_chat = alert(office.desk, HERE, "acknowledged")
        assert office.send(f"alert/{other_chat.uid}/merge", version=str(other_chat.version), into=into.uid).status_code == 422

    def test_alert_of_somebody_with_an_open_case_says_so_and_its_owner_is_told(self, office: Office) -> None:
        from bot.conversation.effects import RaiseAlert
        from bot.store import alerts as raising

        one, uid = case(office.desk, HERE), office.desk.registry.uid()
        with write(office.desk.store.engine) as connection:
            effect = RaiseAlert(1, "violence_domestic", "self", "raise", ("test",), "he is back")
            raising.raise_alerts(connection, office.desk.registry, [(uid, one.chat, effect)], office.desk.now + 2 * clocks.HOUR)
        assert "new_alert" in office.told(STAFF)
        assert one.number in office.client().get("/console/notices").text


class TestSearch:
    @pytest.mark.parametrize("text", ["Somying", "081 234", "secret summary of here"])
    def test_case_is_found_by_name_phone_and_words_at_its_own_centre_only(self, office: Office, text: str) -> None:
        one = case(office.desk, HERE)
        office.form(one.uid, "person", role="victim", name="Somying K.", phone="081-234-5678")
        assert one.number in office.send("cases", text=text).text
        assert one.number not in office.send("cases", FAR, text=text).text

    def test_what_was_looked_for_stands_in_no_log(self, office: Office) -> None:
        office.send("cases", text="Somying Unforgettable")
        with read(office.desk.store.engine) as connection:
            from bot.store.tables import audit as audit_table

            assert "Unforgettable" not in str(connection.execute(select(audit_table)).all())

    def test_closed_cases_and_past_alerts_are_found_when_asked_for(self, office: Office) -> None:
        one = alert(office.desk, HERE, "engaged", severity=4)
        office.send(f"alert/{one.uid}/resolve", version=str(one.version), outcome="answered")
        assert one.uid not in office.send("cases").text
        assert one.uid in office.send("cases", ended="1").text
        assert one.uid not in office.send("cases", FAR, ended="1").text
