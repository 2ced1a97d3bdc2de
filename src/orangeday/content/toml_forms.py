"""The forms of texts in the files: what a text must look like, and what is said of one that doesn't. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from orangeday.content.problems import Scope, did_you_mean
from orangeday.text.display import language_named
from orangeday.text.language import LANGUAGE


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a text: a pattern for all of it, and the parts of the Problem of a text that has another."""

    pattern: str
    """A regular expression in the syntax that Python and the schemas of editors share: without flags."""
    rule: str
    message: str
    """With `{}` in the place of the text."""
    hint: str | Callable[[str], str]
    """The hint, or what makes it of the text."""
    choices: tuple[str, ...] = ()
    """All the texts that have this form, where they can be listed."""
    scope: Scope | None = None
    """The deliveries that a mistake is about, where they aren't those of its table."""
    check: Callable[[str], bool] | None = None
    """What the pattern can't say: return whether a text that matches it is one."""

    def fits(self, text: str) -> bool:
        """Return whether a text has this form."""
        return re.fullmatch(self.pattern, text) is not None and (self.check is None or self.check(text))

    def hint_for(self, text: str) -> str:
        """Return what to do about a text that has another form."""
        return self.hint if isinstance(self.hint, str) else self.hint(text)


def one_of(
    choices: Collection[str], rule: str, message: str, hint: str | Callable[[str], str], scope: Scope | None = None
) -> Form:
    """Return the form of a text that is one of a few words."""
    return Form("|".join(map(re.escape, choices)), rule, message, hint, tuple(choices), scope)


def has_host(address: str) -> bool:
    """Return whether an address names a host, and a port that can be, if it names one."""
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def language_code_hint(language: str) -> str:
    """Return the hint for something that isn't a language code."""
    if code := language_named(language):
        return f"Write {code}: a language is written as its code."
    return did_you_mean(language, ("nl", "fr", "de", "en")) + "Use the language's code: nl, fr, de, en, pt-BR."


LANGUAGE_CODE = Form(LANGUAGE.pattern, "wrong-language", "“{}” isn't a language code.", language_code_hint)


def _hashtag_hint(tag: str) -> str:
    return f"Write it like “#{''.join(tag.replace('#', ' ').split())}”."


HASHTAG = Form(r"#[^\s#]+", "wrong-hashtag", "“{}” isn't a hashtag.", _hashtag_hint)

TIME_OF_DAY = Form(
    r"([01]?\d|2[0-3]):[0-5]\d", "wrong-time", "“{}” isn't a time of day.", 'Write it like "09:00" or "17:30".'
)

DURATION = Form(
    r"(?=\s*\d)(?:(\d{1,4})h)?\s*(?:(\d{1,4})m)?\s*(?:(\d{1,4})s)?",
    "wrong-duration",
    "“{}” isn't a length of time.",
    'Write it like "20m" or "1h30m".',
)
