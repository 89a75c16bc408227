"""The frame around every page: the route table with roles, sessions, origin and form checks, headers, one transaction each.

Belongs here: what holds for all pages. Does not: any page (`views_*.py`), the stream (`feed.py`).
"""

from __future__ import annotations

import hmac
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.casework.model import Role, Staff
from bot.casework.moves import Refused
from bot.console.words import LANGUAGES, Words
from bot.conversation.world import World
from bot.eligibility.rule_keeper import State, nothing
from bot.line.turning import Followup
from bot.store import duty, office, staff
from bot.store.casefiles import Conflict, NotFound, Registry
from bot.store.database import write
from bot.store.staff import Session
from bot.store.store import Store

_log = logging.getLogger(__name__)
MAX_BODY = 256 * 1024
ANYBODY: frozenset[Role] = frozenset()
SIGNED_IN = frozenset({Role.STAFF, Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR})
WORKERS = frozenset({Role.STAFF, Role.SUPERVISOR})
READERS = WORKERS | {Role.AUDITOR}

#: Pages that links outside the console lead to.
FROM_OUTSIDE = re.compile(r"/console/(alert|case)/[0-9a-f-]{1,36}")

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}


@dataclass(frozen=True)
class Console:
    """What every page needs, made once per process. `demo`: one-click sign-in (login, name) of `rusitthi run`; empty in `serve`.
    `followup`: stores what people tell of their rights, as in the chat. `rules`: the rule base as it is now. `world`: rules and words, for
    people's own copies of their data."""

    store: Store
    registry: Registry
    words: Words
    public_url: str
    clock: Callable[[], int]
    demo: tuple[tuple[str, str], ...] = ()
    followup: Followup | None = None
    rules: Callable[[], State] = nothing
    world: Callable[[], World] | None = None
    templates: Environment = field(init=False)

    def __post_init__(self) -> None:
        made = Environment(
            loader=PackageLoader("bot.console"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        object.__setattr__(self, "templates", made)

    @property
    def secure(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def session_cookie(self) -> str:
        return "__Host-session" if self.secure else "session"

    @property
    def form_cookie(self) -> str:
        return "__Host-form" if self.secure else "form"


@dataclass
class Visit:
    """One request. `actor` and `session` are None only on pages for anybody."""

    console: Console
    connection: Connection
    request: Request
    form: FormData
    now_ms: int
    language: str
    session: Session | None = None
    actor: Staff | None = None
    cookies: dict[str, str | None] = field(default_factory=dict)
    problem: str = ""

    @property
    def registry(self) -> Registry:
        return self.console.registry

    @property
    def staff(self) -> Staff:
        """Who is signed in (on pages that need somebody)."""
        if self.actor is None:
            raise NotFound("nobody is signed in")
        return self.actor

    @property
    def here(self) -> tuple[Connection, Registry, Staff]:
        """The first three things every action of the store wants."""
        return self.connection, self.registry, self.staff

    @property
    def token(self) -> str:
        """What forms of this page must carry."""
        sealer = self.console.store.sealer
        if self.session is not None:
            return sealer.hash("csrf", self.session.token)
        return sealer.hash("form", self.cookies.get(self.console.form_cookie) or self.request.cookies.get(self.console.form_cookie, ""))

    def text(self, name: str, limit: int = 5000) -> str:
        value = self.form.get(name, "")
        return value[:limit].strip() if isinstance(value, str) else ""

    def number(self, name: str) -> int:
        """Raises Refused("input")."""
        try:
            return int(self.text(name, 20))
        except ValueError:
            raise Refused("input") from None

    def failed(self, form: str, record: str = "") -> bool:
        """Whether this page comes anew because that form (of that record) was refused or collided."""
        given = not record or self.text("record", 60) == record
        return bool(self.problem) and self.request.url.path.rsplit("/", 1)[-1] == form and given

    def of(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    def say(self, key: str, **fill: object) -> str:
        return self.console.words.say(self.language, key, **fill)

    def show(self, template: str, status: int = 200, **values: Any) -> Response:
        words = self.console.words
        frame = {
            "t": self.say,
            "name_of": lambda group, word: words.name(self.language, group, str(word)),
            "listed": lambda group: words.listed(self.language, group),
            "canned": self.canned,
            "clock": lambda ms: words.clock(self.language, ms),
            "span": lambda ms: words.span(self.language, ms),
            "now_ms": self.now_ms,
            "me": self.actor,
            "language": self.language,
            "csrf": self.token,
            "problem": self.problem,
            "failed": self.failed,
            "kept": lambda form, name, record="", default="": self.text(name) if self.failed(form, record) else default,
            "path": self.request.url.path,
        }
        return HTMLResponse(self.console.templates.get_template(template).render(**frame, **values), status)

    def canned(self) -> list[str]:
        """Ready-made replies in the language of the page."""
        found = office.canned(self.connection, self.console.words.pairs("canned"))
        return [one.th if self.language == "th" else one.en for one in found]

    def go(self, path: str) -> Response:
        return RedirectResponse(path, 303)


@dataclass(frozen=True, slots=True)
class Later:
    """The answer takes long to make and needs no database: it is made once the transaction is over."""

    make: Callable[[], Response]


Handler = Callable[[Visit], "Response | Later"]


@dataclass(frozen=True, slots=True)
class Page:
    """A row of the route table. `roles` empty: for anybody. `again`: shows the form anew after a refusal or a collision (409)."""

    method: str
    path: str
    roles: frozenset[Role]
    handler: Handler
    again: Callable[[Visit, Conflict | None], Response] | None = None


def endpoint(console: Console, page: Page) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        if int(request.headers.get("content-length") or 0) > MAX_BODY:
            return Response(status_code=413, headers=HEADERS)
        form = await request.form(max_files=0, max_fields=100) if page.method == "POST" else FormData()
        response = await run_in_threadpool(_run, console, page, request, form)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)  # a page may be stricter
        if console.secure:
            response.headers["Strict-Transport-Security"] = "max-age=63072000"
        return response

    return answer


def _run(console: Console, page: Page, request: Request, form: FormData) -> Response:
    now_ms, problem = console.clock(), ""
    conflict: Conflict | None = None
    try:
        with write(console.store.engine) as connection:
            visit = _visit(console, connection, request, form, now_ms)
            refusal = _refusal(page, visit)
            answer = refusal if refusal is not None else page.handler(visit)
        return _dressed(visit, answer.make() if isinstance(answer, Later) else answer)
    except NotFound:
        return _plain(console, request, form, now_ms, "error.missing", 404)
    except Refused as refused:
        problem = refused.why
    except Conflict as found:
        conflict, problem = found, "conflict"
    return _again(console, page, request, form, now_ms, conflict, problem)


def _again(
    console: Console, page: Page, request: Request, form: FormData, now_ms: int, conflict: Conflict | None, problem: str
) -> Response:
    """What was tried was rolled back; the page comes anew with what was typed and says why."""
    if page.again is None:
        return _plain(console, request, form, now_ms, f"refused.{problem}", 409 if conflict else 422)
    try:
        with write(console.store.engine) as connection:
            visit = _visit(console, connection, request, form, now_ms)
            visit.problem = problem
            response = page.again(visit, conflict)
            response.status_code = 409 if conflict else 422
            return _dressed(visit, response)
    except NotFound:
        return _plain(console, request, form, now_ms, "error.missing", 404)


def _plain(console: Console, request: Request, form: FormData, now_ms: int, key: str, status: int) -> Response:
    with write(console.store.engine) as connection:
        visit = _visit(console, connection, request, form, now_ms)
        text = console.words.texts[visit.language].get(key) or visit.say("refused.other")
        return visit.show("error.html", status, text=text)


def _visit(console: Console, connection: Connection, request: Request, form: FormData, now_ms: int) -> Visit:
    token = request.cookies.get(console.session_cookie, "")
    session, actor = signed_in(console, connection, token, now_ms)
    if session is not None:
        staff.touch_session(connection, console.store.sealer, token, now_ms)
    return Visit(console, connection, request, form, now_ms, _language(request), session, actor)


def signed_in(console: Console, connection: Connection, token: str, now_ms: int) -> tuple[Session, Staff] | tuple[None, None]:
    """Who holds this session now, with the role and the reach they have now."""
    sealer = console.store.sealer
    session = staff.find_session(connection, sealer, token, now_ms) if token else None
    if session is None or (session.demo and not console.demo):
        return None, None
    actor = duty.load_staff(connection, sealer, session.staff, now_ms)
    return (session, actor) if actor is not None else (None, None)


def _language(request: Request) -> str:
    asked = request.query_params.get("lang") or request.cookies.get("language", "")
    return asked if asked in LANGUAGES else "th"


def _refusal(page: Page, visit: Visit) -> Response | None:
    if page.roles and visit.actor is None:
        return (
            visit.go(_door(visit.request.url.path))
            if page.method == "GET"
            else visit.show("error.html", 401, text=visit.say("error.signed_out"))
        )
    if page.method == "POST" and not same_origin(visit.request):
        return visit.show("error.html", 403, text=visit.say("error.origin"))
    if page.method == "POST" and page.path.startswith("/console") and not _form_is_ours(visit):
        return visit.show("error.html", 403, text=visit.say("error.form"))
    if page.roles and visit.staff.role not in page.roles:
        return visit.show("error.html", 404, text=visit.say("error.missing"))
    return None


def _door(wanted: str) -> str:
    """The way in; whoever came by a link of LINE goes on to that page afterwards."""
    return f"/console/sign-in?to={wanted}" if FROM_OUTSIDE.fullmatch(wanted) else "/console/sign-in"


def same_origin(request: Request) -> bool:
    """Browsers tell where a form was sent from; nobody else's page may send ours. Without any word of it, the form's own token decides."""
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
    return urlsplit(origin).netloc == request.headers.get("host", "")


def _form_is_ours(visit: Visit) -> bool:
    given = visit.text("csrf", 100) or visit.request.headers.get("x-csrf", "")
    has_cookie = visit.session is not None or bool(visit.request.cookies.get(visit.console.form_cookie))
    return has_cookie and hmac.compare_digest(given.encode(), visit.token.encode())


def _dressed(visit: Visit, response: Response) -> Response:
    for name, value in visit.cookies.items():
        if value is None:
            response.delete_cookie(name, path="/", secure=visit.console.secure, httponly=True, samesite="lax")
        else:
            age = 365 * 86_400 if name == "language" else None
            response.set_cookie(name, value, max_age=age, path="/", secure=visit.console.secure, httponly=True, samesite="lax")
    return response
