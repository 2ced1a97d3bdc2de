"""The JSON documents, as values: one function a document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from orangeday.approvals.model import Kind
from orangeday.content.plan import Delivery, Plan
from orangeday.content.problems import Problem, Severity, sorted_problems
from orangeday.platforms.registry import PLATFORMS
from orangeday.views.console import HEALTH_STYLES
from orangeday.views.overview import DayLanguages, soundness

if TYPE_CHECKING:
    from orangeday.approvals.answers import Outcome
    from orangeday.approvals.model import Answer, Change, Counts, Subject
    from orangeday.content.pricing import Charges
    from orangeday.doctor.finding import Finding
    from orangeday.doctor.verdict import Verdict
    from orangeday.engine.report import Report
    from orangeday.engine.status import DeliveryStatus
    from orangeday.ledger.records import Event


def problems_json(problems: Iterable[Problem]) -> dict[str, Any]:
    problem_list = sorted_problems(problems)
    counts = Counter(str(problem.severity) for problem in problem_list)
    return {
        "problems": [
            {
                "severity": str(p.severity), "rule": p.rule, "file": str(p.location.file), "line": p.location.line,
                "message": p.message, "hint": p.hint.strip(),
            }
            for p in problem_list
        ],
        "counts": {str(severity): counts[severity] for severity in Severity},
    }  # fmt: skip


def grid_json(plan: Plan, deliveries: Sequence[Delivery], problems: Sequence[Problem]) -> dict[str, dict[str, str]]:
    return {str(number): row for number, row in soundness(plan, deliveries, problems).items()}


def charges_json(charges_by_platform: Mapping[str, Charges]) -> dict[str, Any]:
    """Return what all platforms together will charge, with the date of the oldest of their price lists."""
    charge_dicts = [asdict(charges) for charges in charges_by_platform.values()]
    sums = {
        name: sum(charges[name] for charges in charge_dicts) for name in ("posts", "with_link", "alt_texts", "dollars")
    }
    return {
        **sums,
        "dollars": round(sums["dollars"], 3),
        "listed": min(c.price_date for c in charges_by_platform.values()).isoformat(),
    }


def calendar_json(plan: Plan, unapproved_texts: DayLanguages | None = None) -> dict[str, Any]:
    """Return the campaign's days. `unapproved_texts` is as in `calendar`.

    It is None where nothing was ever approved: approvals are left out then.
    """
    days = plan.campaign.days

    def approval(number: int) -> dict[str, list[str]]:
        texts = unapproved_texts or frozenset()
        return {} if unapproved_texts is None else {"not_approved": sorted(tag for day, tag in texts if day == number)}

    return {
        "campaign": plan.campaign_id,
        "days": [
            {
                "day": number,
                "date": plan.date(number).isoformat(),
                "title": days[number].title if number in days else None,
                "languages": sorted(days[number].translations) if number in days else [],
                **approval(number),
            }
            for number in range(1, 17)
        ],
    }


def previews_json(deliveries: Iterable[Delivery]) -> dict[str, Any]:
    documents = []
    for delivery in deliveries:
        text = delivery.rendered_text.text if delivery.rendered_text else None
        documents.append(
            {
                "key": delivery.key, "day": delivery.number, "date": delivery.date.isoformat(),
                "due": delivery.due.isoformat(), "embassy": delivery.embassy.id, "platform": delivery.platform,
                "language": delivery.language, "text": text,
                "length": None if text is None else PLATFORMS[delivery.platform].length(text),
                "limit": PLATFORMS[delivery.platform].limit,
                "media": [
                    {"file": file, "alt": delivery.alt_texts.get(file)}
                    for file in delivery.media
                ],
                "link": delivery.link,
            }
        )  # fmt: skip
    return {"deliveries": documents}


def approval_json(counts: Counts, changes: Sequence[Change] = ()) -> dict[str, Any]:
    withdrawals = [change for change in changes if change.kind is Kind.WITHDRAWN]
    return {
        "texts": {"approved": counts.texts_approved, "of": counts.texts},
        "embassies": {"approved": counts.embassies_approved, "of": counts.embassies},
        **(changes_json(withdrawals, "withdrawn") if withdrawals else {}),
    }


def changes_json(changes: Iterable[Change], key: str = "changes") -> dict[str, Any]:
    return {
        key: [
            {
                "subject": str(c.subject), "day": c.subject.number, "language": c.subject.language,
                "embassy": c.subject.embassy,
                "kind": str(c.kind), "by": c.actor, "at": c.moment and c.moment.isoformat(),
                "since": c.since and c.since.isoformat(), "file": str(c.location.file), "line": c.location.line,
                "parts": {name: {"approved": old, "now": new} for name, (old, new) in c.parts.items()},
                "command": c.command, "reason": c.reason, "approved_for": c.approved_for,
            }
            for c in changes
        ]
    }  # fmt: skip


def statuses_json(now: datetime, statuses: Sequence[DeliveryStatus]) -> dict[str, Any]:
    return {
        "now": now.isoformat(),
        "counts": dict(Counter(str(status.state) for status in statuses)),
        "deliveries": [status_json(status, now) for status in statuses],
    }


def status_json(status: DeliveryStatus, now: datetime) -> dict[str, Any]:
    delivery, receipt = status.delivery, status.receipt
    return {
        "key": delivery.key, "day": delivery.number, "embassy": delivery.embassy.id, "platform": delivery.platform,
        "language": delivery.language, "due": delivery.due.isoformat(), "state": str(status.state),
        "attempts": status.attempts,
        "receipt": receipt and {
            "id": receipt.id, "url": receipt.url, "published_at": receipt.published_at.isoformat(),
        },
        "error": status.reason, "step": _step(status, now),
    }  # fmt: skip


def _step(status: DeliveryStatus, now: datetime) -> str | None:
    """Return the step of a person at `now` about a post that needs attention; None where it needs none."""
    from orangeday.engine.advice import remedy

    step = remedy(status, now)
    return str(step).removeprefix("→ ") if step else None


def events_json(events: Iterable[Event]) -> dict[str, Any]:
    return {
        "events": [
            {
                "at": event.moment.isoformat(),
                "what": event.action,
                "key": event.key,
                "detail": event.detail,
                "who": event.actor,
                "machine": event.machine,
            }
            for event in events
        ]
    }


def findings_json(findings: Iterable[Finding], verdict: Verdict) -> dict[str, Any]:
    checks = [
        {
            "check": f.check, "about": f.subject or None, "account": f.handle or None, "identity": f.identity or None,
            "state": str(f.health), "seen": f.observation, "step": f.step or None,
        }
        for f in findings
    ]  # fmt: skip
    number = Counter(check["state"] for check in checks)
    missing = [
        {"about": [f.subject for f in group if f.subject], "seen": group[0].observation, "step": group[0].step}
        for group in verdict.missing
    ]
    return {
        "ready": verdict.is_ready, "over": verdict.end is not None, "missing": missing, "checks": checks,
        "counts": {state: number[state] for state in HEALTH_STYLES},
    }  # fmt: skip


def report_json(report: Report) -> dict[str, Any]:
    """Return the report: the document of `status`, and the totals, each post's link, and its state on the platform."""
    totals = {
        "embassy": report.embassies(), "language": report.languages(), "platform": report.platforms(),
        "day": report.days(),
    }  # fmt: skip
    return {
        "campaign": report.campaign,
        "title": report.title,
        "part": report.part or None,
        "now": report.now.isoformat(),
        "by": report.actor,
        "counts": dict(Counter(str(entry.state) for entry in report.entries)),
        "totals": {
            dimension: {name: dict(counts) for name, counts in by_name.items()} for dimension, by_name in totals.items()
        },
        "read_back": report.check_counts() if report.is_read_back else None,
        "taken_down": [
            {"key": event.key, "url": event.detail, "at": event.moment.isoformat(), "by": event.actor}
            for event in report.takedowns
        ],
        "deliveries": [
            {
                "key": e.key, "day": e.day, "date": e.date.isoformat(), "title": e.title, "embassy": e.embassy,
                "platform": e.platform, "language": e.language, "due": e.due.astimezone(UTC).isoformat(),
                "due_local": e.due.isoformat(), "state": str(e.state), "attempts": e.attempts, "planned": e.is_planned,
                "receipt": e.receipt and {
                    "id": e.receipt.id, "url": e.receipt.url, "published_at": e.receipt.published_at.isoformat(),
                },
                "error": e.state_reason, "step": e.step and e.step.removeprefix("→ "),
                "acknowledged": e.acknowledgement,
                "read_back": {"state": e.check_state, "note": e.check_note} if e.check_state else None,
            }
            for e in report.entries
        ],
    }  # fmt: skip


def refusal_json(answer: Answer, outcome: Outcome) -> dict[str, Any]:
    """Return why an answer to a page approves nothing, word by word."""
    refusals = [
        {
            "subject": str(objection.subject) if objection.subject else None,
            "why": objection.explanation,
            "differences": [{"what": part, "shown": old, "now": new} for part, old, new in objection.differences],
        }
        for objection in outcome.review.objections
    ]
    return _answer_json(answer, outcome) | {"approved": [], "refused": refusals}


def answer_json(answer: Answer, outcome: Outcome, problems: Mapping[Subject, Problem]) -> dict[str, Any]:
    """Return what an answer to a page has approved, and what it left out."""
    reasons = {subject: str(problem) for subject, problem in problems.items()}
    reasons |= dict.fromkeys(outcome.not_covered, outcome.authority.limits)
    refusals = [{"subject": str(subject), "why": reason} for subject, reason in reasons.items()]
    return _answer_json(answer, outcome) | {"refused": refusals}


def _answer_json(answer: Answer, outcome: Outcome) -> dict[str, Any]:
    mail_date = answer.mail_date.isoformat() if answer.mail_date else None
    return {
        "code": answer.code,
        "by": outcome.authority.name,
        "mail": {"message_id": answer.message_id, "sent": mail_date, "from": answer.sender}
        if answer.message_id
        else None,
        "approved": [str(subject) for subject in outcome.review.to_approve],
        "already": [str(subject) for subject in outcome.review.approved_subjects],
        "over": [str(subject) for subject in outcome.review.past_subjects],
    }
