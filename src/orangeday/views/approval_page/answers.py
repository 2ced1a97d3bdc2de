"""The answers of a page, each a mail that a button writes: its subject is what a program reads, its text for a person.

The subjects stay English in every language. The text is one line, since mail programs make a mess of line ends; and it
never has the code, so that nobody takes a mail about one day for a yes to all.
"""

from __future__ import annotations

from email.utils import parseaddr
from urllib.parse import quote

from orangeday.views.approval_page.model import Answer, DaySection
from orangeday.views.approval_page.page_language import PageLanguage


def page_answers(code: str, mail: str, coverage: str, words: PageLanguage) -> list[Answer]:
    """Return the answers to the whole page: yes, a change, a question."""
    approve = _mailto(mail, f"Approved: {code}", words("mail.approved"))
    change = _mailto(mail, f"Change: {code}", words("mail.change"))
    ask = _mailto(mail, f"Ask: {code}", words("mail.ask"))
    return [
        Answer("all", words("approve.all"), coverage, approve),
        Answer("change", words("approve.change"), "", change),
        Answer("ask", words("approve.ask"), "", ask),
    ]


def day_answers(day: DaySection, code: str, mail: str, words: PageLanguage) -> list[Answer]:
    """Return the answers to one day: yes, and a change; without the yes where nothing of it can be approved."""
    subject = f"day {day.number} of {code}"
    approve = _mailto(mail, f"Approved: {subject}", words("mail.approved"))
    change = _mailto(mail, f"Change: {subject}", words("mail.change"))
    answers = [Answer("yes", words("approve.day", number=day.number), "", approve)] if day.is_approvable else []
    return [*answers, Answer("change", words("approve.change_day", number=day.number), "", change)]


def _mailto(mail: str, subject: str, text: str) -> str:
    """Return the address of a mail (RFC 6068)."""
    address = parseaddr(mail)[1] or mail
    return f"mailto:{quote(address, safe='@.+-_')}?subject={quote(subject, safe='')}&body={quote(text + ' ', safe='')}"
