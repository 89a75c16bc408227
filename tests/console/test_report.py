"""The public form: danger always becomes an alert, what looks like spam is parked, never lost."""

from __future__ import annotations

from desk import HOST, Desk
from sqlalchemy import select

from bot.store import webreports
from bot.store.database import read
from bot.store.tables import alert

DANGER = "เด็กข้างบ้านถูกพ่อทุบตีทุกวัน มีรอยช้ำเต็มตัว"


def alerts(desk: Desk) -> list[tuple[int, str]]:
    with read(desk.store.engine) as connection:
        return [(row.severity, row.kind) for row in connection.execute(select(alert).order_by(alert.c.id))]


def parked(desk: Desk) -> list[str]:
    with read(desk.store.engine) as connection:
        return [one.why for one in webreports.parked(connection, desk.registry)]


def test_danger_is_read_by_the_alarm(desk: Desk) -> None:
    answer = desk.client().post("/report", data={"what": DANGER})
    assert "tel:191" in answer.text
    ((severity, kind),) = alerts(desk)
    assert severity <= 2
    assert kind == "violence_child"


def test_a_flood_is_parked_but_danger_in_it_is_not(desk: Desk) -> None:
    client = desk.client()
    for _ in range(9):
        client.post("/report", data={"what": "ขายของราคาถูก"})
    assert len(alerts(desk)) == 5
    assert parked(desk) == ["too_many"] * 4
    client.post("/report", data={"what": DANGER})
    assert alerts(desk)[-1][1] == "violence_child"


def test_a_robot_in_the_hidden_field_is_parked_but_danger_is_not(desk: Desk) -> None:
    client = desk.client()
    client.post("/report", data={"what": "ซื้อเลย", "website": "x"})
    assert (alerts(desk), parked(desk)) == ([], ["honeypot"])
    client.post("/report", data={"what": DANGER, "website": "x"})
    assert len(alerts(desk)) == 1


def test_another_site_cannot_send_the_form_and_an_empty_one_comes_back(desk: Desk) -> None:
    assert desk.client().post("/report", data={"what": DANGER}, headers={"Origin": "https://evil.example"}).status_code == 403
    assert desk.client().post("/report", data={"what": " "}, headers={"Origin": HOST}).status_code == 422
