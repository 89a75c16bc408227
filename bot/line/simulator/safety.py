"""Keeps the simulator away from a real LINE channel.

Belongs here: the demo pair and the refusal to start beside any other. Does not: reading settings.
"""

from __future__ import annotations

from collections.abc import Mapping

DEMO_SECRET = "rusitthi-simulator-secret-not-for-line"  # noqa: S105 (public on purpose)
DEMO_TOKEN = "rusitthi-simulator-token-not-for-line"  # noqa: S105
_DEMO = {"LINE_CHANNEL_SECRET": DEMO_SECRET, "LINE_CHANNEL_ACCESS_TOKEN": DEMO_TOKEN}


class RealCredentials(Exception):
    """A LINE channel other than the simulator's own is configured. The message names the settings, never their values."""


def refuse_if_real(environ: Mapping[str, str]) -> None:
    """Raises RealCredentials if a channel secret or token is set that is not the demo pair's."""
    real = [name for name, demo in _DEMO.items() if environ.get(name, "").strip() not in ("", demo)]
    if real:
        names = ", ".join(real)
        raise RealCredentials(
            f"The LINE simulator does not run beside a real LINE channel. "
            f"Remove {names} from the environment and .env, or start the bot without it.\n"
            f"ตัวจำลอง LINE จะไม่ทำงานเมื่อมีการตั้งค่าช่อง LINE จริง กรุณาลบ {names} ออกจากการตั้งค่า หรือเปิดบอตโดยไม่ใช้ตัวจำลอง"
        )
