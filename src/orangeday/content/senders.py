"""The sender of a card: the name that stands at its top, and that `{sender}` in its alt text is filled with."""

from __future__ import annotations

import re
from collections.abc import Mapping

from orangeday.content.campaign import Campaign
from orangeday.content.config import Config, Embassy
from orangeday.content.toml import Text
from orangeday.content.translations import Translation
from orangeday.text.language import in_language

SENDER = re.compile(r"\{[Ss]ender\}")
"""The placeholder for it."""


def sender_of(campaign: Campaign, config: Config, translation: Translation) -> Text | None:
    """Return the sender of a text's card; None where the files name none in its language.

    It is the embassy whose own text or card it is, or the only one of the folder; several speak as the campaign does.
    """
    embassy = config.embassies.get(translation.embassy or config.only_embassy or "")
    name = embassy_name(embassy, translation.language) if embassy else None
    if name or translation.has_borrowed_words:
        return name
    return in_language(campaign.lettering.senders, translation.language)


def embassy_name(embassy: Embassy, language: str) -> Text | None:
    """Return the name of an embassy as it stands on its card, with a capital; None where it has none in a language."""
    name = in_language(embassy.card_names, language) or in_language(embassy.names["embassy"], language)
    return name.with_value(name[:1].upper() + name[1:]) if name else None


def alt_texts(campaign: Campaign, config: Config, translation: Translation) -> Mapping[str, Text]:
    """Return the alt texts of a text's pictures, by the names in its `media`, with the sender of its card filled in.

    Where there is no sender, the placeholder stays: nothing of it may be sent.
    """
    card = translation.card_name
    alt = translation.alt.get(card) if card else None
    sender = sender_of(campaign, config, translation) if alt and SENDER.search(alt) else None
    if card is None or alt is None or sender is None:
        return translation.alt
    return {**translation.alt, card: alt.with_value(SENDER.sub(lambda _: sender, alt))}
