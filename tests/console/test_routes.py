"""Every route × role × own and other centre, made from the route table: what one may not see answers as if it were missing."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from client import Client
from databases import KINDS, fresh_database
from desk import HERE, HOST, ROLES, THERE, Desk
from recipes import RECIPES, Ready

from bot.casework.model import Role
from bot.console.app import PAGES
from bot.console.pages import Page

GUARDED = [page for page in PAGES if page.roles and page.path != "/console/sign-out"]
OF_RECORDS = [page for page in GUARDED if "{uid}" in page.path]
#: Forms that name a record of one centre without having it in their path.
_FIELD_PATHS = ("/console/glass/end", "/console/staff/reset", "/console/exports/approve", "/console/exports/fetch")
BY_FIELD = [page for page in GUARDED if page.path in _FIELD_PATHS or (page.method, page.path) == ("POST", "/console/staff")]
#: Their answer shows keys once or is a file, so it is no way on to another page.
SHOWN_ONCE = ("/console/staff/invite", "/console/staff/reset", "/console/exports/fetch")
#: They name somebody's outcome; who may do so is proven in `test_calls.py`.
OF_OUTCOMES = ("/console/calls", "/console/calls/talk")


def name(page: Page | Role) -> str:
    return f"{page.method} {page.path}" if isinstance(page, Page) else page.value


class Visitors:
    """One signed-in client per account, one untouched record per page of the other centre."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.clients: dict[str, Client] = {}
        self.theirs: dict[Page, Ready] = {}

    def client(self, role: Role, centre: str = HERE) -> Client:
        id_ = f"{role.value}-{centre}"
        if id_ not in self.clients:
            self.clients[id_] = self.desk.signed_in(id_)
        return self.clients[id_]

    def ready(self, page: Page, centre: str) -> Ready:
        return RECIPES.get(page.path, lambda desk, where: Ready())(self.desk, centre)

    def of_others(self, page: Page) -> Ready:
        if page not in self.theirs:
            self.theirs[page] = self.ready(page, THERE)
        return self.theirs[page]


def call(client: Client, page: Page, ready: Ready, uid: str | None = None) -> tuple[int, str]:
    path = page.path.replace("{uid}", ready.uid if uid is None else uid).replace("{medium}", ready.medium)
    answer = client.get(path) if page.method == "GET" else client.post(path, data=ready.fields, headers={"Origin": HOST})
    return answer.status_code, answer.text


@pytest.fixture(scope="module")
def visitors(shared: Desk) -> Visitors:
    return Visitors(shared)


@pytest.fixture(scope="module", params=KINDS)
def either(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitors]:
    folder = tmp_path_factory.mktemp("either")
    with fresh_database(request.param, folder) as url:
        desk = Desk(folder, url)
        yield Visitors(desk)
        desk.store.engine.dispose()


def test_every_page_about_a_record_has_a_real_record_here() -> None:
    assert {page.path for page in OF_RECORDS + BY_FIELD} <= RECIPES.keys()


@pytest.mark.parametrize("page", GUARDED, ids=name)
def test_every_page_and_form_works_for_those_it_is_for(either: Visitors, page: Page) -> None:
    """On both databases, by the first role of the table that may; `test_only_the_roles…` looks at the other roles."""
    role = next(role for role in ROLES if role in page.roles)
    status, _ = call(either.client(role), page, either.ready(page, HERE))
    if page.method == "GET":
        assert status == 200 or (status, page.path) == (303, "/console/rule")  # without a rule: to the list
    elif page.path not in OF_OUTCOMES:
        done = (200,) if page.path in SHOWN_ONCE else (303, 204)
        assert status in (done if page.path in RECIPES else (303, 204, 200, 422))


@pytest.mark.parametrize(("page", "role"), list(itertools.product(OF_RECORDS, ROLES)), ids=name)
def test_records_of_another_centre_do_not_exist(visitors: Visitors, page: Page, role: Role) -> None:
    ready, client = visitors.of_others(page), visitors.client(role)
    status, text = call(client, page, ready)
    missing_status, missing = call(client, page, ready, "no-such-record")
    assert (status, text) == (missing_status, missing.replace("no-such-record", ready.uid))
    assert status == 404
    assert "secret" not in text


@pytest.mark.parametrize(("page", "role"), list(itertools.product(OF_RECORDS, ROLES)), ids=name)
def test_record_of_another_centre_is_not_reached_through_one_s_own(visitors: Visitors, page: Page, role: Role) -> None:
    """The hole of Primero: a form of a case that one may see, naming a record under a case that one may not."""
    theirs = visitors.of_others(page)
    if "record" not in theirs.fields or role not in page.roles:
        return
    own = visitors.ready(page, HERE)
    status, text = call(visitors.client(role), page, Ready(own.uid, {**theirs.fields, "version": own.fields.get("version", "")}))
    assert status == 404
    assert "secret" not in text


@pytest.mark.parametrize(("page", "role"), list(itertools.product(BY_FIELD, ROLES)), ids=name)
def test_forms_that_name_a_record_of_another_centre_find_nothing(visitors: Visitors, page: Page, role: Role) -> None:
    status, text = call(visitors.client(role), page, visitors.of_others(page))
    assert status == 404
    assert "secret" not in text


@pytest.mark.parametrize(("page", "role"), list(itertools.product(GUARDED, ROLES)), ids=name)
def test_only_the_roles_of_the_table_come_in(visitors: Visitors, page: Page, role: Role) -> None:
    status, text = call(visitors.client(role), page, visitors.ready(page, HERE))
    if role in page.roles:
        assert status != 404 or (page.method == "POST" and page.path in OF_OUTCOMES)
        assert status < 500
    else:
        assert status == 404
        assert "secret" not in text


@pytest.mark.parametrize("page", GUARDED, ids=name)
def test_nobody_comes_in_without_signing_in(visitors: Visitors, page: Page) -> None:
    status, text = call(visitors.desk.client(), page, visitors.of_others(page))
    assert status == (303 if page.method == "GET" else 401)
    assert "secret" not in text


@pytest.mark.parametrize("role", ROLES)
def test_no_list_shows_another_centre(visitors: Visitors, role: Role) -> None:
    alert, case = visitors.desk.alert(THERE), visitors.desk.case(THERE)
    client = visitors.client(role)
    for page in GUARDED:
        if page.method == "GET" and "{uid}" not in page.path:
            text = client.get(page.path).text
            assert alert.uid not in text
            assert case.uid not in text
            assert case.number not in text
    found = client.post("/console/cases", {"text": "secret summary of there", "ended": "1"}, {"Origin": HOST}).text
    assert case.number not in found
    assert alert.uid not in found


@pytest.mark.parametrize("page", [page for page in PAGES if page.method == "POST" and page.roles], ids=name)
def test_forms_from_elsewhere_and_without_token_are_refused(visitors: Visitors, page: Page) -> None:
    client = visitors.client(next(role for role in ROLES if role in page.roles))
    ready = visitors.of_others(page)
    path = page.path.replace("{uid}", ready.uid).replace("{medium}", ready.medium)
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": HOST, "x-csrf": "0" * 40}):
        assert client.post(path, data=ready.fields, headers=headers).status_code == 403


def test_every_answer_carries_the_safety_headers(visitors: Visitors) -> None:
    client = visitors.client(Role.STAFF)
    for path in ("/console", "/console/sign-in", "/console/alert/none", "/report", "/console/static/console.js"):
        answer = client.get(path)
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cache-control"] in ("no-store", "no-cache")
