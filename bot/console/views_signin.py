"""Signing in and out, language, own profile.

Belongs here: these pages. Does not: checking passwords and codes (`bot/store/staff.py`).
"""

from __future__ import annotations

import secrets

import pyotp
from starlette.responses import Response

from bot.casework.moves import need
from bot.console.pages import ANYBODY, FROM_OUTSIDE, SIGNED_IN, Page, Visit
from bot.console.qr import picture
from bot.console.words import LANGUAGES
from bot.store import duty, linelinks, staff
from bot.store.audit import Entry, append
from bot.store.casefiles import Conflict, NotFound


def sign_in_page(visit: Visit) -> Response:
    if visit.actor is not None:
        return visit.go(_wanted(visit) or home(visit))
    return _form(visit, 200)


def _form(visit: Visit, status: int) -> Response:
    console = visit.console
    if not visit.request.cookies.get(console.form_cookie):
        visit.cookies[console.form_cookie] = secrets.token_urlsafe(24)
    return visit.show("sign_in.html", status, login=visit.text("login", 100), wrong=status == 401, demo=console.demo, to=_wanted(visit))


def sign_in(visit: Visit) -> Response:
    given = (visit.text("login", 100), visit.text("password", 1000), visit.text("code", 12))
    id_ = staff.sign_in(visit.connection, visit.console.store.sealer, *given, visit.now_ms)
    return _form(visit, 401) if id_ is None else _enter(visit, id_)


def demo_sign_in(visit: Visit) -> Response:
    """One click, for the accounts of `rusitthi run` only."""
    login = visit.text("login", 100)
    id_ = duty.staff_by_login(visit.connection, login) if login in dict(visit.console.demo) else None
    if id_ is None:
        raise NotFound(login)
    return _enter(visit, id_, demo=True)


def _enter(visit: Visit, id_: str, demo: bool = False) -> Response:
    """A new session with a new value; whatever the browser held before is worth nothing."""
    console, sealer = visit.console, visit.console.store.sealer
    old = visit.request.cookies.get(console.session_cookie, "")
    if old:
        staff.end_session(visit.connection, sealer, old)
    visit.cookies[console.session_cookie] = staff.start_session(visit.connection, sealer, id_, visit.now_ms, demo)
    visit.cookies[console.form_cookie] = None
    return visit.go(_wanted(visit) or "/console")


def _wanted(visit: Visit) -> str:
    """The page that was asked for before signing in; only ever one of ours."""
    asked = visit.text("to", 100) or visit.request.query_params.get("to", "")
    return asked if FROM_OUTSIDE.fullmatch(asked) else ""


def sign_out(visit: Visit) -> Response:
    if visit.session is not None:
        staff.end_session(visit.connection, visit.console.store.sealer, visit.session.token)
    visit.cookies[visit.console.session_cookie] = None
    return visit.go("/console/sign-in")


def set_language(visit: Visit) -> Response:
    asked, back = visit.text("language", 5), visit.text("back", 300)
    if asked in LANGUAGES:
        visit.cookies["language"] = asked
    ours = back.startswith("/console") and "\\" not in back
    return visit.go(back if ours else "/console")


def home(visit: Visit) -> str:
    return "/console"


def profile(visit: Visit, saved: bool = False, secret: str = "", line_code: str = "", group_code: str = "") -> Response:
    secret = secret or pyotp.random_base32()
    login = staff.login_of(visit.connection, visit.staff.id)
    centres = duty.centres(visit.connection)
    return visit.show(
        "profile.html",
        saved=saved,
        login=login,
        secret=secret,
        uri=staff.totp_uri(secret, login),
        code=picture(staff.totp_uri(secret, login)),
        centre=centres[visit.staff.centre].name if visit.staff.centre in centres else visit.staff.centre,
        shortest=staff.MIN_PASSWORD,
        line=linelinks.mine(visit.connection, visit.staff),
        groups=linelinks.groups(visit.connection, visit.staff.centre),
        line_code=line_code,
        chat_link=linelinks.chat_link(visit.connection, line_code) if line_code and not visit.console.demo else "",
        group_code=group_code,
    )


def profile_again(visit: Visit, _: Conflict | None) -> Response:
    return profile(visit, secret=visit.text("secret", 64))


def change_password(visit: Visit) -> Response:
    new = visit.text("new", 1000)
    need(staff.check_password(visit.connection, visit.staff.id, visit.text("old", 1000)), "password")
    need(len(new) >= staff.MIN_PASSWORD and new == visit.text("again", 1000), "new password")
    staff.set_password(visit.connection, visit.staff.id, new)
    return _changed(visit, "password changed")


def change_totp(visit: Visit) -> Response:
    secret = visit.text("secret", 64)
    need(staff.check_password(visit.connection, visit.staff.id, visit.text("old", 1000)), "password")
    need(len(secret) == 32 and staff.step_of(secret, visit.text("code", 12), visit.now_ms) is not None, "code")
    staff.set_totp(visit.connection, visit.console.store.sealer, visit.staff.id, secret)
    return _changed(visit, "code changed")


def _changed(visit: Visit, what: str) -> Response:
    if visit.session is not None:
        staff.end_other_sessions(visit.connection, visit.console.store.sealer, visit.staff.id, visit.session.token)
    append(visit.connection, visit.console.store.sealer, [Entry(visit.staff.actor, what, visit.staff.id)], visit.now_ms)
    return profile(visit, saved=True)


PAGES = (
    Page("GET", "/console/sign-in", ANYBODY, sign_in_page),
    Page("POST", "/console/sign-in", ANYBODY, sign_in),
    Page("POST", "/console/sign-out", SIGNED_IN, sign_out),
    Page("POST", "/console/language", SIGNED_IN, set_language),
    Page("GET", "/console/profile", SIGNED_IN, profile),
    Page("POST", "/console/profile/password", SIGNED_IN, change_password, profile_again),
    Page("POST", "/console/profile/code", SIGNED_IN, change_totp, profile_again),
)
DEMO_PAGE = Page("POST", "/console/demo", ANYBODY, demo_sign_in)
