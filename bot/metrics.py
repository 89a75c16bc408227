"""Counters and gauges for `/metrics`. Names and labels never hold a text, a name or an id."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5)
_SLOW = (0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60)

WEBHOOKS = Counter("rusitthi_webhooks", "Webhook requests by answer", ["status"])
EVENTS = Counter("rusitthi_events", "Webhook events by what was done with them", ["outcome"])  # taken, standby, sourceless
ACK = Histogram("rusitthi_ack_seconds", "Webhook request to answer", buckets=_FAST)
TURNS = Counter("rusitthi_turns", "Turns by outcome", ["outcome"])  # done, failed
TURN = Histogram("rusitthi_turn_seconds", "Event received to its turn committed", buckets=_SLOW)
CALLS = Counter("rusitthi_line_calls", "Calls to LINE by way and what came of them", ["way", "outcome"])
REPLY = Histogram("rusitthi_reply_seconds", "Turn committed to LINE's answer", buckets=_SLOW)
IN_FLIGHT = Gauge("rusitthi_calls_in_flight", "Calls to LINE under way")
BACKLOG = Gauge("rusitthi_events_pending", "Events without a turn")
LAG = Gauge("rusitthi_lag_seconds", "Age of the oldest event without a turn")
FAILED_EVENTS = Gauge("rusitthi_events_failed", "Events whose turn broke, waiting for an admin")
OUTBOX = Gauge("rusitthi_outbox_open", "Messages not settled yet")
QUOTA = Gauge("rusitthi_quota", "Monthly push messages", ["what"])  # limit, used
RULE_ERRORS = Gauge("rusitthi_rule_errors", "What is wrong with the rule files as they are now; the last good ones stay in use")
NUDGES = Counter("rusitthi_nudges", "Reminders written, by push or along with an answer", ["way"])
NUDGES_SHORT = Gauge("rusitthi_nudges_short", "Pushes that will be missing this month if all that is planned goes out")
MEDIA = Counter("rusitthi_media", "Attempts to fetch what people sent, by what came of them", ["outcome"])
NUDGES_LOOKED = Gauge("rusitthi_nudges_looked_at_seconds", "When reminders were last looked at, by this process (seconds since 1970)")
RETENTION_DAY = Gauge("rusitthi_retention_day", "Day (since 1970) on which the daily retention last ran")
