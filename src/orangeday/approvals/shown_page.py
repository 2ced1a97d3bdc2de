"""The content of a page to approve from, as its code stands for it, and what differs from it by now. Pure.

It is what the digests of approvals cover, and what the page shows of that: each text as each platform gets it, with its
hour, its account and the name above it. What waits for no approval there is no part of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from orangeday.approvals.compare import Approvals, build_change, changes, find_change
from orangeday.approvals.content import content, is_whole, subject_of
from orangeday.approvals.model import Kind, Subject, part_label
from orangeday.clock import utc_offset
from orangeday.content.plan import Delivery, Plan
from orangeday.platforms.registry import title_of
from orangeday.text.language import in_language
from orangeday.text.phrases import day_and_month

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O and U."""


@dataclass(frozen=True, slots=True)
class ShownPost:
    """One post as a page shows it."""

    key: str
    subject: Subject
    name: str
    """The embassy's name, in the post's language."""
    handle: str
    due: datetime
    """On the embassy's own clock."""
    deadline: datetime
    """No part of the code: no page shows it."""
    text: str
    pictures: tuple[str, ...]

    @property
    def values(self) -> list[object]:
        """The values that its code stands for."""
        return [self.key, str(self.subject), self.name, self.handle, self.due.isoformat(), self.text, self.pictures]

    @property
    def embassy(self) -> str:
        return self.key.split("/")[2]

    @property
    def place(self) -> str:
        """Its embassy and platform in words: `nairobi on X`."""
        return f"{self.embassy} on {title_of(self.key.split('/')[3])}"

    @property
    def hour(self) -> str:
        """Its moment in words: `Sun 29 Nov 09:00 UTC+3`."""
        return f"{self.due:%a} {day_and_month(self.due)} {self.due:%H:%M} {utc_offset(self.due)}"


@dataclass(frozen=True, slots=True)
class ShownPage:
    """All that a page shows as to be approved."""

    campaign: str
    """Its id and year: `16days-2026`."""
    contents: Mapping[Subject, Mapping[str, str] | None]
    """The content that an approval of each covers, part by part; None for an embassy's own words whose file is gone."""
    posts: tuple[ShownPost, ...]
    """The posts that are still to come of the texts among these."""
    salt: int = 0
    """Not 0 only where another page had the same code."""

    @property
    def code(self) -> str:
        """The code for exactly this: eight letters and digits in two groups, `7F3K-92QD`."""
        contents = [[str(subject), parts] for subject, parts in self.contents.items()]
        values = [self.campaign, contents, [post.values for post in self.posts], self.salt]
        canonical = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).digest()
        number = int.from_bytes(digest[:5])
        letters = "".join(ALPHABET[number >> shift & 31] for shift in range(35, -1, -5))
        return f"{letters[:4]}-{letters[4:]}"

    @property
    def embassies(self) -> frozenset[str]:
        """The embassies that speak on it."""
        names = {post.embassy for post in self.posts} | {subject.embassy for subject in self.contents}
        return frozenset(name for name in names if name)

    def subjects_of(self, days: Collection[int] | None) -> list[Subject]:
        """Return what a yes to these days is for: their texts, and the embassies that post them. None is for all."""
        if days is None:
            return [*self.contents]
        posting = {post.embassy for post in self.posts if post.subject.number in days}
        return [s for s in self.contents if s.number in days or (s.number is None and s.embassy in posting)]


def shown_page(plan: Plan, approvals: Approvals, deliveries: Iterable[Delivery], now: datetime) -> ShownPage:
    """Return what a page with these deliveries shows as to be approved: nothing that is over, and nothing withdrawn."""
    to_come = [delivery for delivery in deliveries if delivery.deadline > now]
    contents: dict[Subject, Mapping[str, str] | None] = {}
    for change in changes(plan, approvals, to_come):
        parts = content(plan, change.subject)
        if change.kind is Kind.GONE:
            contents[change.subject] = None
        elif change.kind is not Kind.WITHDRAWN and parts and is_whole(parts):
            contents[change.subject] = parts
    posts = [_shown_post(d) for d in to_come if d.translation and subject_of(d, d.translation) in contents]
    return ShownPage(plan.campaign_id, contents, tuple(sorted(posts, key=_page_order)))


def _shown_post(delivery: Delivery) -> ShownPost:
    translation, names = delivery.translation, delivery.embassy.names.get("embassy", {})
    if translation is None:
        raise ValueError(f"{delivery.key} has no text")
    name = str(in_language(names, delivery.language) or delivery.embassy.id)
    return ShownPost(
        key=delivery.key,
        subject=subject_of(delivery, translation),
        name=name,
        handle=str(delivery.account.handle),
        due=delivery.local(delivery.due),
        deadline=delivery.deadline,
        text=delivery.rendered_text.text if delivery.rendered_text else "",
        pictures=tuple(map(str, delivery.media)),
    )


def _page_order(post: ShownPost) -> tuple[object, ...]:
    return post.subject.order, post.due, post.key


# What differs from it by now


@dataclass(frozen=True, slots=True)
class Objection:
    """A reason why a code approves nothing any more."""

    subject: Subject | None
    explanation: str
    """A sentence, without its full stop."""
    differences: tuple[tuple[str, str, str], ...] = ()
    """Each difference: its name, as the page shows it, and as it is now."""
    step: str = ""
    """The next step, with its command at the end; left out where a new page is."""


@dataclass(frozen=True, slots=True)
class Review:
    """A page, looked at again when somebody says yes to it."""

    to_approve: tuple[Subject, ...] = ()
    approved_subjects: tuple[Subject, ...] = ()
    """Approved since, exactly as the page shows them."""
    past_subjects: tuple[Subject, ...] = ()
    """Of which nothing is to come any more."""
    objections: tuple[Objection, ...] = ()
    other_embassies: tuple[str, ...] = ()
    """Embassies that aren't on the page and post some of these texts, too: an approval is for all who do."""


def review(
    page: ShownPage,
    plan: Plan,
    approvals: Approvals,
    now: datetime,
    days: Collection[int] | None = None,
    posted_keys: Collection[str] = (),
) -> Review:
    """Return what of a page is still to be approved, and all that differs from it by now.

    `days` are those that the yes is for, with the embassies that post on them; None for all. `posted_keys` are the keys
    of posts that are out: what is over, or was approved since exactly as the page shows it, is no matter any more.
    """
    if page.campaign != plan.campaign_id:
        explanation = f"the page is one of {page.campaign}, and the files plan {plan.campaign_id}"
        return Review(objections=(Objection(None, explanation),))
    current_posts = {
        delivery.key: _shown_post(delivery)
        for delivery in plan
        if delivery.deadline > now and delivery.key not in posted_keys and delivery.translation
    }
    open_posts = {
        post.key: post
        for post in page.posts
        if post.key not in posted_keys and (post.key in current_posts or _deadline(plan, post) > now)
    }
    speakers = page.embassies
    groups: dict[str, list[Subject]] = {"to_approve": [], "approved_subjects": [], "past_subjects": []}
    objections: list[Objection] = []
    for subject in page.subjects_of(days):
        shown_posts = [post for post in open_posts.values() if post.subject == subject]
        posts = [p for p in current_posts.values() if p.subject == subject and p.embassy in speakers]
        if not (shown_posts or _has_posts(subject, (*current_posts, *open_posts))):
            groups["past_subjects"].append(subject)
        elif objection := _content_objection(plan, approvals, subject, page.contents[subject]):
            objections.append(objection)
        elif _is_approved(plan, approvals, subject, page.contents[subject]):
            groups["approved_subjects"].append(subject)
        elif differences := _post_differences(shown_posts, posts):
            objections.append(Objection(subject, _not_as_shown(subject), differences))
        else:
            groups["to_approve"].append(subject)
    embassies = [post.embassy for post in current_posts.values() if post.subject in groups["to_approve"]]
    return Review(
        **{name: tuple(group) for name, group in groups.items()},
        objections=tuple(objections),
        other_embassies=tuple(dict.fromkeys(name for name in embassies if name not in speakers)),
    )


def _deadline(plan: Plan, post: ShownPost) -> datetime:
    """Return the end of a post's time: as planned now, or else as it was when the page was made."""
    delivery = plan.find(post.key)
    return delivery.deadline if delivery else post.deadline


def _has_posts(subject: Subject, keys: Iterable[str]) -> bool:
    """Return whether an embassy, or an embassy's own words, are to be posted under any of these keys."""
    for key in keys if subject.embassy else ():
        _, day, embassy, _, language = key.split("/")
        if embassy == subject.embassy and (
            subject.number is None or (subject.number, subject.language) == (int(day), language)
        ):
            return True
    return False


def _not_as_shown(subject: Subject) -> str:
    verb = "aren't" if subject.embassy else "isn't"
    return f"{subject.in_words} {verb} what the page shows"


def _content_objection(
    plan: Plan, approvals: Approvals, subject: Subject, shown_parts: Mapping[str, str] | None
) -> Objection | None:
    """Return the reason why a subject can't be approved as it was shown: it was withdrawn since, or has changed."""
    if approvals.withdrawal(subject):
        return Objection(subject, build_change(plan, approvals, subject).in_words)
    parts = content(plan, subject)
    if parts == shown_parts:
        return None
    if shown_parts is None:
        return Objection(subject, f"{subject.in_words} are there again, and the page has the words of all")
    if parts is None:
        return Objection(subject, f"{subject.in_words} can't be read any more, or {_VERB[bool(subject.embassy)]} gone")
    names = [*shown_parts, *(name for name in parts if name not in shown_parts)]
    differences = [
        (part_label(name), shown_parts.get(name, ""), parts.get(name, ""))
        for name in names
        if shown_parts.get(name) != parts.get(name)
    ]
    return Objection(subject, _not_as_shown(subject), tuple(differences))


_VERB = {True: "are", False: "is"}


def _is_approved(plan: Plan, approvals: Approvals, subject: Subject, shown_parts: Mapping[str, str] | None) -> bool:
    """Return whether nothing is left to be approved of a subject that is as it was shown."""
    if shown_parts is None:
        return subject not in approvals.entries
    return find_change(plan, approvals, subject, None) is None


def _post_differences(shown_posts: Iterable[ShownPost], posts: Iterable[ShownPost]) -> tuple[tuple[str, str, str], ...]:
    """Return how posts differ from those that were shown; what is the same at several places is one difference."""
    shown_by_key, by_key = ({post.key: post for post in group} for group in (shown_posts, posts))
    places: dict[tuple[str, str, str], list[str]] = {}
    for key in [*shown_by_key, *(key for key in by_key if key not in shown_by_key)]:
        old, new = shown_by_key.get(key), by_key.get(key)
        if new is None:
            values = [("post", "on the page", "not planned any more, or with other words")]
        elif old is None:
            values = [("post", "not on the page", "planned")]
        else:
            values = [
                ("hour", old.hour, new.hour),
                ("account", old.handle, new.handle),
                ("name", old.name, new.name),
                ("text", old.text, new.text),
                ("pictures", ", ".join(old.pictures), ", ".join(new.pictures)),
            ]
        for difference in values:
            if difference[1] != difference[2]:
                places.setdefault(difference, []).append((old or by_key[key]).place)
    return tuple((f"{part} ({'; '.join(names)})", old, new) for (part, old, new), names in places.items())
