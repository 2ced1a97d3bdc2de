"""The sender of a card: the name that stands at its top, and that `{sender}` in its alt text is filled with."""

from __future__ import annotations

import re

from orangeday.content.campaign import Campaign
from orangeday.content.config import Config, Embassy
from orangeday.content.toml import Text
from orangeday.content.translations import Translation
from orangeday.text.language import in_language

PLACEHOLDER = re.compile(r"\{[Ss]ender\}")


def sender_of(campaign: Campaign, config: Config, translation: Translation) -> Text | None:
    """Return the sender of a text's card; None where the files name none in its language.

    It is the embassy whose own card it is, or the only one of the folder; of several, all speak as the campaign does.
    """
    embassy = config.embassies.get(translation.embassy or config.only_embassy or "")
    if embassy:
        return embassy_name(embassy, translation.language)
    return in_language(campaign.lettering.senders, translation.language)


def embassy_name(embassy: Embassy, language: str) -> Text | None:
    """Return the name of an embassy as it stands on its card, with a capital; None where it has none in a language."""
    name = in_language(embassy.card_names, language) or in_language(embassy.names["embassy"], language)
    return name.with_value(name[:1].upper() + name[1:]) if name else None


def fill_in(alt: Text, sender: Text | None) -> Text:
    """Return a card's alt text with its sender filled in; where there is none, the placeholder stays."""
    return alt if sender is None else alt.with_value(PLACEHOLDER.sub(lambda _: sender, alt))
