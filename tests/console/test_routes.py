"""Every route × role × own and other centre, made from the route table: what one may not see answers as if it were missing."""

from __future__ import annotations

import itertools

import pytest
from client import Client
from desk import HERE, HOST, ROLES, THERE, Desk, csrf_of

from bot.casework.model import Role
from bot.console.app import PAGES
from bot.console.pages import Page

CLIENTS: dict[str, Client] = {}
GUARDED = [page for page in PAGES if page.roles and page.path != "/console/sign-out"]
OF_RECORDS = [page for page in GUARDED if "{uid}" in page.path]
#: Their form names a record under the case (or a parked report); without one, nothing is found, whoever asks.
OF_ONE_THING = ("/agree-risk", "/approve-plan", "/do-task", "/parked")
OF_ONE_MEDIUM = "/{medium}"  # likewise: there is no medium of that name
FIELDS = {
    "version": "1",
    "text": "x",
    "how": "phone",
    "outcome": "answered",
    "risk": "1",
    "to": "triage",
    "reason": "x",
    "due": "2027-01-01",
}


def name(page: Page) -> str:
    return f"{page.method} {page.path}"


def client_of(shared: Desk, role: Role, centre: str) -> Client:
    id_ = f"{role.value}-{centre}"
    if id_ not in CLIENTS:
        CLIENTS[id_] = shared.signed_in(id_)
        CLIENTS[id_].headers["x-csrf"] = csrf_of(CLIENTS[id_])
    return CLIENTS[id_]


def call(client: Client, page: Page, uid: str) -> tuple[int, str]:
    path = page.path.replace("{uid}", uid)
    answer = client.get(path) if page.method == "GET" else client.post(path, data=FIELDS, headers={"Origin": HOST})
    return answer.status_code, answer.text


@pytest.fixture(scope="module", autouse=True)
def fresh_clients() -> None:
    CLIENTS.clear()


@pytest.mark.parametrize(
    ("page", "role"), list(itertools.product(OF_RECORDS, ROLES)), ids=lambda one: name(one) if isinstance(one, Page) else one
)
def test_records_of_another_centre_do_not_exist(shared: Desk, page: Page, role: Role) -> None:
    client = client_of(shared, role, HERE)
    for uid in (shared.alert(THERE).uid, shared.case(THERE).uid):
        status, text = call(client, page, uid)
        missing_status, missing = call(client, page, "no-such-record")
        assert (status, text) == (missing_status, missing.replace("no-such-record", uid))
        assert status == 404
        assert "secret" not in text


@pytest.mark.parametrize(
    ("page", "role"), list(itertools.product(GUARDED, ROLES)), ids=lambda one: name(one) if isinstance(one, Page) else one
)
def test_only_the_roles_of_the_table_come_in(shared: Desk, page: Page, role: Role) -> None:
    client = client_of(shared, role, HERE)
    uid = shared.case(HERE).uid if "/case/" in page.path else shared.alert(HERE).uid
    status, text = call(client, page, uid)
    names_one_thing = (page.method == "POST" and page.path.endswith(OF_ONE_THING)) or page.path.endswith(OF_ONE_MEDIUM)
    if role in page.roles and not names_one_thing:
        assert status != 404
        assert status < 500
    else:
        assert status == 404
        assert "secret" not in text


@pytest.mark.parametrize("page", GUARDED, ids=name)
def test_nobody_comes_in_without_signing_in(shared: Desk, page: Page) -> None:
    status, text = call(shared.client(), page, shared.alert(HERE).uid)
    assert status == (303 if page.method == "GET" else 401)
    assert "secret" not in text


@pytest.mark.parametrize("role", ROLES)
def test_no_list_shows_another_centre(shared: Desk, role: Role) -> None:
    alert, case = shared.alert(THERE), shared.case(THERE)
    client = client_of(shared, role, HERE)
    for page in GUARDED:
        if page.method == "GET" and "{uid}" not in page.path:
            text = client.get(page.path).text
            assert alert.uid not in text
            assert case.uid not in text
            assert case.number not in text


@pytest.mark.parametrize("page", [page for page in PAGES if page.method == "POST" and page.roles], ids=name)
def test_forms_from_elsewhere_and_without_token_are_refused(shared: Desk, page: Page) -> None:
    client = client_of(shared, next(iter(sorted(page.roles))), HERE)
    path = page.path.replace("{uid}", shared.alert(HERE).uid)
    assert client.post(path, data=FIELDS, headers={"Origin": "https://evil.example"}).status_code == 403
    assert client.post(path, data=FIELDS, headers={"Origin": "null"}).status_code == 403
    assert client.post(path, data=FIELDS, headers={"Origin": HOST, "x-csrf": "0" * 40}).status_code == 403


def test_every_answer_carries_the_safety_headers(shared: Desk) -> None:
    client = client_of(shared, Role.STAFF, HERE)
    for path in ("/console", "/console/sign-in", "/console/alert/none", "/report", "/console/static/console.js"):
        answer = client.get(path)
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cache-control"] in ("no-store", "no-cache")
