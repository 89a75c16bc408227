"""Shared by all tests: what happens when something a test needs is not on this machine."""

from __future__ import annotations

import os

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> object:
    """With RUSITTHI_NO_SKIP=1 (as CI runs) a skipped test counts as failed: nothing is left untested in silence.

    One place for all tests, so that no `pytest.skip` needs to know of it. Expected failures (xfail) stay what they are."""
    report: pytest.TestReport = yield
    if os.environ.get("RUSITTHI_NO_SKIP") == "1" and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, but RUSITTHI_NO_SKIP=1 asks for every test: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> object:
    """The same for whole files that skip themselves (`importorskip`)."""
    report: pytest.CollectReport = yield
    if os.environ.get("RUSITTHI_NO_SKIP") == "1" and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped, but RUSITTHI_NO_SKIP=1 asks for every test: {report.longrepr}"
    return report
