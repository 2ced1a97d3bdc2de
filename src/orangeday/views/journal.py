"""The journal of a program that runs without a screen: a line for each event, for people or for a collector of logs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from rich.console import Console, RenderableType

from orangeday.clock import system_clock, utc
from orangeday.content.plan import Plan
from orangeday.engine.status import DeliveryStatus
from orangeday.system import streams
from orangeday.views import console, json_documents
from orangeday.views.terminal import status as status_view


class Journal:
    """Lines on stdout. As JSON each has `time`, and `message`, or what `status --json` says of a post."""

    def __init__(self, stdout: Console, is_json: bool) -> None:
        self._stdout = stdout
        self._is_json = is_json

    def event(self, text: str) -> None:
        """Write what has happened, with its time."""
        now = system_clock()
        if self._is_json:
            self._write_json(now, message=text)
        else:
            self._stdout.print(utc(now), console.single_line(text), soft_wrap=True)

    def sentence(self, text: str) -> None:
        """Write what is so as it begins or ends, without a time where people read it."""
        if self._is_json:
            self._write_json(system_clock(), message=text)
        else:
            self._stdout.print(console.single_line(text), soft_wrap=True)

    def table(self, table: RenderableType, plan: Plan, statuses: Iterable[DeliveryStatus]) -> None:
        """Write the table of days; as JSON how many posts there are in each state."""
        if self._is_json:
            counts = json_documents.statuses_json(system_clock(), [*statuses])["counts"]
            self._write_json(system_clock(), campaign=plan.campaign_id, counts=counts)
        else:
            self._stdout.print(table)

    def post(self, status: DeliveryStatus, now: datetime) -> None:
        """Write how a post stands now."""
        if self._is_json:
            self._write_json(now, **json_documents.status_json(status, now))
        else:
            self._stdout.print(status_view.line(status, now), soft_wrap=True)

    def farewell(self, statuses: Iterable[DeliveryStatus], message: str) -> None:
        """Write how many posts there are in each state, and the last words."""
        results = [*statuses]
        if self._is_json:
            counts = json_documents.statuses_json(system_clock(), results)["counts"]
            self._write_json(system_clock(), message=message, counts=counts)
        else:
            self._stdout.print(status_view.counts(results).append(f". {message}"), soft_wrap=True)

    def _write_json(self, moment: datetime, **values: object) -> None:
        streams.write_to_stdout(console.json_line(moment, values))
