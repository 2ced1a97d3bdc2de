"""The JSON documents, as values: one function a document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from orangeday.content.plan import Delivery, Plan
from orangeday.content.problems import Problem, Severity, in_order
from orangeday.platforms.registry import PLATFORMS
from orangeday.views.console import HEALTH_STYLES
from orangeday.views.overview import DayLanguages, soundness

if TYPE_CHECKING:
    from orangeday.approvals.model import Change, Counts
    from orangeday.content.pricing import Charges
    from orangeday.doctor.finding import Finding
    from orangeday.engine.report import Report
    from orangeday.engine.status import Standing
    from orangeday.ledger.records import Event


def problems_json(found: Iterable[Problem]) -> dict[str, Any]:
    ordered = in_order(found)
    counts = Counter(str(problem.severity) for problem in ordered)
    return {
        "problems": [
            {
                "severity": str(p.severity), "rule": p.rule, "file": str(p.where.file), "line": p.where.line,
                "message": p.message, "hint": p.hint.strip(),
            }
            for p in ordered
        ],
        "counts": {str(severity): counts[severity] for severity in Severity},
    }  # fmt: skip


def grid_json(plan: Plan, deliveries: Sequence[Delivery], found: Sequence[Problem]) -> dict[str, dict[str, str]]:
    return {str(number): row for number, row in soundness(plan, deliveries, found).items()}


def charges_json(found: Mapping[str, Charges]) -> dict[str, Any]:
    """Return what all platforms together will charge, with the date of the oldest of their price lists."""
    each = [asdict(charges) for charges in found.values()]
    sums = {name: sum(charges[name] for charges in each) for name in ("posts", "with_link", "alt_texts", "dollars")}
    return {**sums, "dollars": round(sums["dollars"], 3), "listed": min(c.listed for c in found.values()).isoformat()}


def calendar_json(plan: Plan, unapproved: DayLanguages | None = None) -> dict[str, Any]:
    """Return the campaign's days. `unapproved` is as in `calendar`.

    It is None where nothing was ever approved: approvals are left out then.
    """
    days = plan.campaign.days

    def approval(number: int) -> dict[str, list[str]]:
        places = unapproved or frozenset()
        return {} if unapproved is None else {"not_approved": sorted(tag for day, tag in places if day == number)}

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
    listed = []
    for delivery in deliveries:
        text = delivery.wording.text if delivery.wording else None
        translation, day = delivery.translation, delivery.day
        listed.append(
            {
                "key": delivery.key, "day": delivery.number, "date": delivery.date.isoformat(),
                "due": delivery.due.isoformat(), "embassy": delivery.embassy.id, "platform": delivery.platform,
                "language": delivery.language, "text": text,
                "length": None if text is None else PLATFORMS[delivery.platform].length(text),
                "limit": PLATFORMS[delivery.platform].limit,
                "media": [
                    {"file": file, "alt": translation.alt.get(file) if translation else None}
                    for file in delivery.media
                ],
                "link": day.link if day else None,
            }
        )  # fmt: skip
    return {"deliveries": listed}


def approval_json(counts: Counts, found: Sequence[Change] = ()) -> dict[str, Any]:
    withdrawn = [change for change in found if str(change.kind) == "withdrawn"]
    return {
        "texts": {"approved": counts.texts_approved, "of": counts.texts},
        "embassies": {"approved": counts.embassies_approved, "of": counts.embassies},
        **(changes_json(withdrawn, "withdrawn") if withdrawn else {}),
    }


def changes_json(found: Iterable[Change], called: str = "changes") -> dict[str, Any]:
    return {
        called: [
            {
                "subject": str(c.subject), "day": c.subject.number, "language": c.subject.language,
                "embassy": c.subject.embassy, "kind": str(c.kind), "by": c.by, "at": c.at and c.at.isoformat(),
                "since": c.since and c.since.isoformat(), "file": str(c.where.file), "line": c.where.line,
                "parts": {name: {"approved": old, "now": new} for name, (old, new) in c.parts.items()},
                "command": c.command, "reason": c.reason, "approved_for": c.approved_for,
            }
            for c in found
        ]
    }  # fmt: skip


def standings_json(now: datetime, standings: Sequence[Standing]) -> dict[str, Any]:
    return {
        "now": now.isoformat(),
        "counts": dict(Counter(str(standing.state) for standing in standings)),
        "deliveries": [
            {
                "key": s.delivery.key, "day": s.delivery.number, "embassy": s.delivery.embassy.id,
                "platform": s.delivery.platform, "language": s.delivery.language, "due": s.delivery.due.isoformat(),
                "state": str(s.state), "attempts": s.attempts,
                "receipt": s.receipt and {
                    "id": s.receipt.id, "url": s.receipt.url, "published_at": s.receipt.published_at.isoformat(),
                },
                "error": s.why,
            }
            for s in standings
        ],
    }  # fmt: skip


def events_json(events: Iterable[Event]) -> dict[str, Any]:
    return {"events": [{**asdict(event), "at": event.at.isoformat()} for event in events]}


def findings_json(found: Iterable[Finding]) -> dict[str, Any]:
    checks = [
        {"check": f.check, "about": f.about or None, "state": str(f.health), "seen": f.seen, "step": f.step or None}
        for f in found
    ]
    number = Counter(check["state"] for check in checks)
    return {"checks": checks, "counts": {state: number[state] for state in HEALTH_STYLES}}


def report_json(found: Report) -> dict[str, Any]:
    """Return the report: the document of `status`, and the totals, each post's link, and its state on the platform."""
    totals = {
        "embassy": found.embassies(), "language": found.languages(), "platform": found.platforms(),
        "day": found.days(),
    }  # fmt: skip
    return {
        "campaign": found.campaign,
        "title": found.title,
        "part": found.part or None,
        "now": found.now.isoformat(),
        "by": found.by,
        "counts": dict(Counter(str(entry.state) for entry in found.entries)),
        "totals": {what: {name: dict(counts) for name, counts in of.items()} for what, of in totals.items()},
        "read_back": found.sights() if found.read_back else None,
        "taken_down": [
            {"key": event.key, "url": event.detail, "at": event.at.isoformat(), "by": event.who}
            for event in found.taken_down
        ],
        "deliveries": [
            {
                "key": e.key, "day": e.day, "date": e.date.isoformat(), "title": e.title, "embassy": e.embassy,
                "platform": e.platform, "language": e.language, "due": e.due.astimezone(UTC).isoformat(),
                "due_local": e.due.isoformat(), "state": str(e.state), "attempts": e.attempts, "planned": e.planned,
                "receipt": e.receipt and {
                    "id": e.receipt.id, "url": e.receipt.url, "published_at": e.receipt.published_at.isoformat(),
                },
                "error": e.why, "acknowledged": e.acknowledged,
                "read_back": {"state": e.seen, "note": e.seen_note} if e.seen else None,
            }
            for e in found.entries
        ],
    }  # fmt: skip
