"""A case goes to an authority only with a ground, by two people, once. After a breach: who was touched, until when it must be told."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

sys.path.insert(0, str(Path(__file__).parent))

from client import HOST, Answer, Client
from desk import HERE, PASSWORD, Desk, csrf_of

from bot.casework.exports import LIFE_MS
from bot.casework.model import Role
from bot.cli_data import erase, look_up_receipt, tell_breach, write_export
from bot.store import breach, staff
from bot.store.data_tables import export
from bot.store.database import read, write
from bot.store.keys import new_key
from bot.store.tables import audit

ASKED = {"ground": "court_order", "authority": "ศาลเยาวชนเชียงราย", "reference": "ที่ 12/2569"}


def post(client: Client, path: str, **fields: str) -> Answer:
    return client.post(path, {"csrf": csrf_of(client), **fields}, {"Origin": HOST})


@pytest.fixture
def second(desk: Desk) -> str:
    """Another supervisor of the same centre."""
    id_ = f"second-{HERE}"
    with write(desk.store.engine) as connection:
        desk.secrets[id_] = staff.enrol(connection, desk.store.sealer, id_, id_, HERE, Role.SUPERVISOR, id_, PASSWORD)
    return id_


def asked(desk: Desk) -> tuple[Client, str]:
    client = desk.signed_in(f"supervisor-{HERE}")
    assert post(client, "/console/exports", number=desk.case(HERE).number, **ASKED).status_code == 303
    with read(desk.store.engine) as connection:
        return client, connection.scalars(select(export.c.uid)).one()


def environ(desk: Desk) -> dict[str, str]:
    return {"DATABASE_URL": desk.database, "ENCRYPTION_KEYS": new_key("k", b"k" * 32)}


def test_with_a_ground_and_a_second_person_the_file_is_fetched_once(desk: Desk, second: str) -> None:
    client, uid = asked(desk)
    other = desk.signed_in(second)
    assert ASKED["authority"] in other.get("/console/exports").text
    assert post(other, "/console/exports/approve", record=uid, version="1").status_code == 303
    answer = post(client, "/console/exports/fetch", record=uid, version="2")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    file = json.loads(answer.text)
    assert file["case"]["case"]["summary"] == f"secret summary of {HERE}"
    assert file["what_was_told"] == [f"secret of {HERE}"]
    assert post(client, "/console/exports/fetch", record=uid, version="3").status_code == 422
    with read(desk.store.engine) as connection:
        whats = connection.scalars(select(audit.c.what).where(audit.c.what.like("export%")).order_by(audit.c.seq)).all()
    assert list(whats) == ["export asked for", "export approved", "export written"]


def test_nobody_approves_what_they_asked_for_and_nobody_else_fetches_it(desk: Desk, second: str) -> None:
    client, uid = asked(desk)
    assert post(client, "/console/exports/approve", record=uid, version="1").status_code == 422
    assert post(client, "/console/exports/fetch", record=uid, version="1").status_code == 422
    other = desk.signed_in(second)
    post(other, "/console/exports/approve", record=uid, version="1")
    assert post(other, "/console/exports/fetch", record=uid, version="2").status_code == 422
    assert post(other, "/console/exports/approve", record=uid, version="1").status_code == 409


@pytest.mark.parametrize("missing", ["ground", "authority", "reference"])
def test_without_a_ground_an_authority_and_its_letter_nothing_is_asked(desk: Desk, missing: str) -> None:
    client = desk.signed_in(f"supervisor-{HERE}")
    answer = post(client, "/console/exports", number=desk.case(HERE).number, **(ASKED | {missing: ""}))
    assert answer.status_code == 422


def test_another_centre_s_case_and_export_do_not_exist(desk: Desk) -> None:
    _, uid = asked(desk)
    stranger = desk.signed_in("supervisor-there")
    assert post(stranger, "/console/exports", number=desk.case(HERE).number, **ASKED).status_code == 404
    assert post(stranger, "/console/exports/approve", record=uid, version="1").status_code == 404
    assert uid not in stranger.get("/console/exports").text


def test_an_approval_ends_and_an_admin_may_give_one(desk: Desk) -> None:
    client, uid = asked(desk)
    admin = desk.signed_in(f"admin-{HERE}")
    assert post(admin, "/console/exports/approve", record=uid, version="1").status_code == 303
    assert "secret" not in admin.get("/console/exports").text
    desk.now += LIFE_MS
    client = desk.signed_in(f"supervisor-{HERE}")
    assert post(client, "/console/exports/fetch", record=uid, version="2").status_code == 422


def test_the_command_writes_what_was_approved_and_nothing_else(desk: Desk, second: str, tmp_path: Path) -> None:
    _, uid = asked(desk)
    out = tmp_path / "export.json"
    assert write_export(environ(desk), uid, out) == 1
    assert write_export(environ(desk), str(uuid4()), out) == 1
    post(desk.signed_in(second), "/console/exports/approve", record=uid, version="1")
    assert write_export(environ(desk), uid, out) == 0
    assert out.stat().st_mode & 0o077 == 0
    assert f"secret of {HERE}" in out.read_text(encoding="utf-8")
    assert write_export(environ(desk), uid, tmp_path / "again.json") == 1


# ---------------------------------------------------------------- breach
def test_a_breach_is_counted_by_time_key_and_centre_with_the_clock_and_both_drafts(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.case(HERE)
    day = 86_400_000
    everything = breach.Wanted(desk.now - day, desk.now + day)
    with read(desk.store.engine) as connection:
        assert breach.touched(connection, everything).rows["alerts"] == 0  # by phone: no chat, nobody to write to
        assert breach.touched(connection, breach.Wanted(0, desk.now - day)).people == ()
    assert tell_breach(environ(desk), everything, desk.now, tmp_path / "people") == 0
    said = capsys.readouterr().out
    for part in ("72", "37(4)", "37 (4)", "1300", "สคส."):
        assert part in said
    assert (tmp_path / "people").stat().st_mode & 0o077 == 0


def test_a_receipt_that_never_was_is_not_found(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert look_up_receipt(environ(desk), "AAAA-AAAAAAAA") == 1
    assert "no receipt" in capsys.readouterr().err


def test_an_operator_erases_for_somebody_who_asks_by_letter(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert erase(environ(desk), "no line id!") == 1
    assert erase(environ(desk), "U1") == 0
    number = capsys.readouterr().out.split()[-1]
    assert look_up_receipt(environ(desk), number) == 0
