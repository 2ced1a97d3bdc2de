"""Rules about languages: each exists, an embassy has it once, and a text is in the language of its file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from functools import cache
from itertools import combinations
from typing import Any

from orangeday.clock import DAYS
from orangeday.content.problems import Problem, Scope, error, warning
from orangeday.content.toml_forms import language_code_hint
from orangeday.rules.context import RuleContext, posts_in
from orangeday.rules.prose import base_language, prose_of
from orangeday.text.language import is_registered, language_script

_COMMONEST = {
    language: frozenset(words.split())
    for language, words in {
        "ar": "أن إلى أو بعد بين التي الذي ثم على عن في قبل كل كما لا لم ما مع من هذا هذه هو هي ولا وفي ومن ونحن",
        "de": "auf aus damit dass das dem den der des die ein eine einen für gegen hat ihn ihre im ist mit nicht sie "
        "sind und uns unter vom von was wer wie wir wird zu zum zur",
        "en": "a an and are as at be by can does for from has have in is it its more of on our than that the their "
        "they this to us was we what with you",
        "es": "al con de del e el ella en es esa ese esta este ha hacia hay hoy la las lo los muy más "
        "pero que qué sin su sus también un una y ya",
        "fr": "au aussi aux avec ce ces cette dans de dont du elle en est et il la le les leur mais nous on ont par "
        "pas plus pour que qui sa se son sont sur un une vous",
        "nl": "aan als bij daar dat de deze die dit een er haar het hij ik in is maar meer met naar net niet om ons "
        "onze ook op te tegen tot uit van voor we wij waar wat wie worden wordt ze zich zijn",
        "pt": "a ao aos as com da das de do dos e em essa está isso mais muito na nas no não o os ou "
        "para pela pelo por que se sem seu são também um uma à às é",
    }.items()
}
"""The commonest words of some languages, by which a text in one of them is known at once."""


def other_language(context: RuleContext) -> Iterator[Problem]:
    """Yield a warning for each text that seems to be in another language than its file, as when it was pasted there.

    The optional package py3langid decides, among the campaign's languages; without it there is no warning. It takes
    longer to load than all the rest, so it is asked only about a text that isn't plainly in its language.
    """
    languages = {base_language(language) for language in context.plan.campaign.languages}
    languages |= {base_language(posted_text.translation.language) for posted_text in context.posted_texts}
    for posted_text in context.posted_texts:
        file_language = base_language(posted_text.translation.language)
        for template, platform in posted_text.templates():
            prose = prose_of(template)
            if len(languages) == 1 or _is_short(prose) or _is_plainly(file_language, prose, languages):
                continue
            if detected_language := _detect_other_language(file_language, prose, languages):
                message = f"this text seems to be in “{detected_language}”, not in “{file_language}”."
                hint = "Was it pasted into the wrong file?"
                yield warning("other-language", template.location, message, hint, posted_text.scope(platform))


def unknown_language(context: RuleContext) -> Iterator[Problem]:
    """Yield an error for each language that doesn't exist: readers are shown posts by language, and miss these."""
    for embassy in context.plan.config.embassies.values():
        for language in embassy.languages:
            if not is_registered(language):
                message = f"there is no language “{language}”."
                scope = Scope(embassies=frozenset({embassy.id}), language=language)
                yield error("unknown-language", language.location, message, language_code_hint(language), scope)


def same_language(context: RuleContext) -> Iterator[Problem]:
    """Yield an error where an embassy has one language twice: the ledger would refuse the second post of a day."""
    for embassy in context.plan.config.embassies.values():
        for first, second in combinations(embassy.languages, 2):
            days_with_both = (posts_in(embassy, number, first) and posts_in(embassy, number, second) for number in DAYS)
            if _is_same_language(first, second) and any(days_with_both):
                message = f"“{second}” is the same language as “{first}”, so its posts would be refused as repeated."
                scope = Scope(embassies=frozenset({embassy.id}), language=second)
                yield error("same-language", second.location, message, "Keep one of the two.", scope)


def _is_short(prose: str) -> bool:
    """Return whether there is too little to tell a language by."""
    letters = [letter for letter in prose.lower() if letter.isalpha()]
    return len(letters) < 30 or len(set(letters)) < 10


def _is_plainly(language: str, prose: str, languages: Set[str]) -> bool:
    """Return whether the commonest words of a text show that it is in this language, and in no other of these."""
    if not languages <= _COMMONEST.keys():
        return False
    words = re.findall(r"[^\W\d_]+", prose.lower())
    common = {tag: sum(word in _COMMONEST[tag] for word in words) for tag in languages}
    return common.pop(language) > 1.15 * max(common.values())


def _detect_other_language(language: str, prose: str, languages: Set[str]) -> str | None:
    """Return the language of a text, among `languages`, where that is surely another than this one; else None."""
    identifier, labels = _identifier()
    known = {_LABELS.get(tag, tag): tag for tag in languages if _LABELS.get(tag, tag) in labels}
    if identifier is None or language not in known.values():
        return None
    identifier.set_languages([*known])
    label, confidence = identifier.classify(prose)
    return known[label] if confidence > 0.9 and known[label] != language else None


_LABELS = {"nb": "no", "fil": "tl"}
"""The labels of py3langid, where they differ from the language tag."""


@cache
def _identifier() -> tuple[Any, frozenset[str]]:
    """Return the identifier of py3langid and the labels it knows; None and no labels where it isn't installed."""
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier  # type: ignore[import-untyped]  # it has no types
    except ImportError:
        return None, frozenset()
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    return identifier, frozenset(identifier.labels)


def _is_same_language(first: str, second: str) -> bool:
    """Return whether two tags are one language to the ledger."""
    return language_script(first) == language_script(second)
