"""Signing in: codes are good once, failures slow down and look alike, sessions change their value and end."""

from __future__ import annotations

from desk import HERE, HOST, PASSWORD, THERE, Desk, csrf_of, sign_in, token_of

from bot.store import staff
from bot.store.database import write

WHO = f"staff-{HERE}"


def test_password_and_code_together_let_in(desk: Desk) -> None:
    assert sign_in(desk.client(), WHO, PASSWORD, "000000") == 401
    assert sign_in(desk.client(), WHO, "wrong", desk.code(WHO)) == 401
    assert sign_in(desk.client(), WHO, PASSWORD, desk.code(WHO)) == 303


def test_a_code_is_good_only_once(desk: Desk) -> None:
    code = desk.code(WHO)
    assert sign_in(desk.client(), WHO, PASSWORD, code) == 303
    assert sign_in(desk.client(), WHO, PASSWORD, code) == 401


def test_after_many_failures_even_the_right_password_must_wait_and_unknown_names_look_alike(desk: Desk) -> None:
    client, pages = desk.client(), {}
    for login in (WHO, "nobody"):
        for _ in range(6):
            sign_in(client, login, "wrong", "000000")
        csrf = token_of(client.get("/console/sign-in").text)
        form = {"csrf": csrf, "login": login, "password": PASSWORD, "code": desk.code(WHO)}
        answer = client.post("/console/sign-in", data=form, headers={"Origin": HOST})
        pages[login] = (answer.status_code, answer.text.replace(login, "…"))
    assert pages[WHO] == pages["nobody"]
    assert pages[WHO][0] == 401
    desk.now += 20 * 60_000
    assert sign_in(client, WHO, PASSWORD, desk.code(WHO)) == 303


def test_a_session_planted_before_signing_in_is_worth_nothing(desk: Desk) -> None:
    client = desk.client()
    client.cookies["session"] = "planted"
    assert sign_in(client, WHO, PASSWORD, desk.code(WHO)) == 303
    assert client.cookies["session"] != "planted"
    thief = desk.client()
    thief.cookies["session"] = "planted"
    assert thief.get("/console").status_code == 303


def test_a_session_ends_when_idle_when_old_and_when_signed_out(desk: Desk) -> None:
    client = desk.signed_in(WHO)
    desk.now += staff.IDLE_MS + 1
    assert client.get("/console").status_code == 303
    client = desk.signed_in(WHO)
    for _ in range(30):
        desk.now += staff.IDLE_MS - 60_000
        last = client.get("/console").status_code
    assert last == 303
    client = desk.signed_in(WHO)
    cookie = client.cookies.get("session")
    client.post("/console/sign-out", data={"csrf": csrf_of(client)}, headers={"Origin": HOST})
    client.cookies["session"] = cookie or ""
    assert client.get("/console").status_code == 303


def test_the_database_holds_no_session_value_and_no_code_secret(desk: Desk) -> None:
    client = desk.signed_in(WHO)
    raw = (desk.folder / "test.db").read_bytes() + (desk.folder / "test.db-wal").read_bytes()
    assert (client.cookies.get("session") or "?").encode() not in raw
    assert desk.secrets[WHO].encode() not in raw
    assert PASSWORD.encode() not in raw


def test_demo_accounts_and_their_sessions_do_not_exist_outside_the_demo(desk: Desk) -> None:
    with write(desk.store.engine) as connection:
        token = staff.start_session(connection, desk.store.sealer, WHO, desk.now, demo=True)
    client = desk.client()
    client.cookies["session"] = token
    assert client.get("/console").status_code == 303
    assert client.post("/console/demo", data={"login": WHO}, headers={"Origin": HOST}).status_code == 404


def test_a_new_password_signs_out_other_devices(desk: Desk) -> None:
    first, second = desk.signed_in(WHO), desk.signed_in(WHO)
    form = {"csrf": csrf_of(first), "old": PASSWORD, "new": "another long phrase", "again": "another long phrase"}
    assert first.post("/console/profile/password", data=form, headers={"Origin": HOST}).status_code == 200
    assert second.get("/console").status_code == 303
    assert sign_in(desk.client(), WHO, "another long phrase", desk.code(WHO)) == 303


def test_somebody_moved_to_another_centre_sees_only_the_new_one_at_once(desk: Desk) -> None:
    from sqlalchemy import update

    from bot.store.case_tables import staff as table

    client, alert = desk.signed_in(WHO), desk.alert(HERE)
    assert client.get(f"/console/alert/{alert.uid}").status_code == 200
    with write(desk.store.engine) as connection:
        connection.execute(update(table).where(table.c.id == WHO).values(centre=THERE))
    assert client.get(f"/console/alert/{alert.uid}").status_code == 404


def test_a_link_from_outside_leads_on_after_signing_in_and_nowhere_else(desk: Desk) -> None:
    page = f"/console/alert/{desk.alert(HERE).uid}"
    client = desk.client()
    door = client.get(f"{page}?openExternalBrowser=1").headers["location"]
    form = {
        "csrf": token_of(client.get(door).text),
        "login": WHO,
        "password": PASSWORD,
        "code": desk.code(WHO),
        "to": door.partition("=")[2],
    }
    assert client.post("/console/sign-in", data=form, headers={"Origin": HOST}).headers["location"] == page
    for elsewhere in ("https://evil.example", "//evil.example", "/console/alert/../../x", "/console/alert/x\nSet-Cookie: a=b"):
        stranger = desk.client()
        desk.now += 60_000
        code = {"code": desk.code(WHO), "to": elsewhere, "csrf": token_of(stranger.get("/console/sign-in").text)}
        assert stranger.post("/console/sign-in", data=form | code, headers={"Origin": HOST}).headers["location"] == "/console"
