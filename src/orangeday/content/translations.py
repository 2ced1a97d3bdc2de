"""The texts of a Day as read from its folder, one file a language: en.toml, or en.nairobi.toml for one embassy.

An embassy with a card of its own, en.nairobi.png, and without words of its own has everybody's words with that card.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from orangeday.content import toml_file as source
from orangeday.content.card_files import drawn_name, own_cards, picture_names
from orangeday.content.file_names import intended_name, names_in, rename_hint
from orangeday.content.problems import NO_DELIVERY, Location, Problem, Scope, did_you_mean, error
from orangeday.content.toml import Table, Text
from orangeday.content.toml_forms import language_code_hint
from orangeday.platforms.registry import PLATFORMS
from orangeday.platforms.specs import Shape
from orangeday.text.language import LANGUAGE
from orangeday.text.names import NameMap, nfc


@dataclass(frozen=True, slots=True)
class Translation:
    """The text of a Day in one language, its placeholders not filled in yet."""

    file: Path
    language: str
    embassy: str | None
    """The id of the embassy that alone posts this text; None: every embassy posts it."""
    text: Text
    variants: Mapping[str, Text]
    """The texts for one platform only, by its name."""
    media: tuple[Text, ...]
    """The pictures that it is posted with, by name: the Day's, and its card, by the name that it has in 16:9."""
    headline: Text | None
    """The text of its card, which `orangeday cards` draws; None: it has no card."""
    card_lines: tuple[Text, ...]
    """The lines that its card lists below the headline, in the layout `list`."""
    picture_names: Mapping[Shape, tuple[str, ...]]
    """The names of the pictures beside its file, under its name, in each shape.

    The first is posted as its card; more are an error.
    """
    alt: Mapping[str, Text]
    """The alt text of each picture, by the picture's name in `media`. A card has one for all its shapes."""
    accepted_warnings: Mapping[str, Text]
    """The reasons for which warnings about this file are accepted, by rule."""

    def template(self, platform: str) -> Text:
        """Return the text for this platform: its own variant, or else the common one."""
        return self.variants.get(platform, self.text)

    @property
    def card_name(self) -> Text | None:
        """The name of its card in `media`; None where it has none."""
        return None if self.headline is None else self.media[-1]

    @property
    def stem(self) -> str:
        """The name of its card's files, without shape and ending: `en`, `en.nairobi`."""
        return f"{self.language}.{self.embassy}" if self.embassy else self.language

    @property
    def has_borrowed_words(self) -> bool:
        """True if only its card is an embassy's own, and its words are everybody's."""
        return self.embassy is not None and self.file.stem == self.language

    def card_file(self, shape: Shape) -> Path:
        """Return the file of its card in a shape: the picture under its name; where none is, the one to be drawn."""
        return self.file.with_name(next(iter(self.picture_names[shape]), drawn_name(self.stem, shape)))

    def sent_shape(self, shape: Shape) -> Shape:
        """Return the shape of the card that is sent where this one is wanted: without the 4:5, the 16:9 stands in."""
        return shape if self.picture_names[shape] else Shape.WIDE

    def sent_name(self, picture: Text, shape: Shape) -> Text:
        """Return the name of what is sent of a picture of `media` where this shape is wanted: a card has several."""
        if picture is not self.card_name:
            return picture
        return picture.with_value(f"{self.file.parent.name}/{self.card_file(self.sent_shape(shape)).name}")

    def pictures(self, shape: Shape, *, cards: bool) -> tuple[Text, ...]:
        """Return the names of what is sent where this shape is wanted; without the card where `cards` is false."""
        pictures = self.media if cards or self.headline is None else self.media[:-1]
        return tuple(self.sent_name(picture, shape) for picture in pictures)


def read_translations(
    folder: Path, number: int, pictures: tuple[Text, ...] | None, problems: list[Problem], *, has_day: bool
) -> tuple[dict[str, Translation], dict[tuple[str, str], Translation | None]]:
    """Return the texts in a Day's folder, by language; and those of single embassies, by language and embassy.

    `pictures` are the Day's; None where their list can't be read. `has_day`: its day.toml could be read.
    """
    translations: dict[str, Translation] = {}
    embassy_translations: dict[tuple[str, str], Translation | None] = {}
    names = [name for name in names_in(folder) if not name.startswith(".")]
    for name in names:
        if name == "day.toml":
            continue
        text_name = name if name.endswith(".toml") and intended_name(name) in (name, None) else None
        language, _, embassy = (text_name or "").removesuffix(".toml").partition(".")
        if text_name is None:
            if problem := _file_name_problem(folder / name, number, names, has_day):
                problems.append(problem)
                if (scope := problem.scope).embassies and scope.language:
                    embassy_translations |= dict.fromkeys((scope.language, e) for e in scope.embassies)
        elif LANGUAGE.fullmatch(language):
            names_by_shape = picture_names(folder, text_name.removesuffix(".toml"), names)
            translation = _translation(
                folder / name, number, language, embassy or None, pictures, names_by_shape, problems
            )
            if embassy:
                embassy_translations[language, embassy] = translation
            elif translation is not None:
                translations[language] = translation
        else:
            message, hint = f"“{language}” isn't a language code.", language_code_hint(language)
            problems.append(error("file-name", Location(folder / name, 1), message, hint, NO_DELIVERY))
    for tag, embassy in own_cards(names):
        common = next((text for language, text in translations.items() if language.casefold() == tag), None)
        if common and common.headline is not None:
            names_by_shape = picture_names(folder, f"{common.language}.{embassy}", names)
            embassy_translations.setdefault((common.language, embassy), with_own_card(common, embassy, names_by_shape))
    return translations, embassy_translations


def with_own_card(common: Translation, embassy: str, names_by_shape: Mapping[Shape, tuple[str, ...]]) -> Translation:
    """Return everybody's text with a card of one embassy's own, whose pictures lie beside it by these names."""
    own_translation = replace(common, embassy=embassy, picture_names=names_by_shape)
    *other_pictures, common_card = common.media
    card = common_card.with_value(f"{common.file.parent.name}/{own_translation.card_file(Shape.WIDE).name}")
    alt = {card if picture == common_card else picture: text for picture, text in common.alt.items()}
    return replace(own_translation, media=(*other_pictures, card), alt=alt)


def _file_name_problem(file: Path, number: int, names: Sequence[str], has_day: bool) -> Problem | None:
    """Return the Problem of a file with another name than it was meant to have; None where it is no text of a Day's.

    It keeps from being sent what isn't sent without it, or would be sent in other words.
    """
    right_name, location = intended_name(file.name), Location(file, 1)
    is_toml = file.name.casefold().endswith(".toml")
    language, _, embassy = (right_name or "").removesuffix(".toml").partition(".")
    if right_name is None or not (LANGUAGE.fullmatch(language) or right_name == "day.toml"):
        if not is_toml:
            return None
        stem = file.stem.partition(".")[0]
        hint = language_code_hint(stem)
        return error("file-name", location, f"“{stem}” isn't a language code.", hint, NO_DELIVERY)
    if right_name in names:
        hint = f"{right_name} is there too, and is read. Delete one of the two."
        return error("file-name", location, f"its name isn't {right_name}.", hint, NO_DELIVERY) if is_toml else None
    if right_name == "day.toml":
        # Where it isn't read under this name, that is a Problem of day.toml already.
        message, hint = "its name isn't day.toml.", rename_hint(file, right_name)
        return error("file-name", location, message, hint, NO_DELIVERY) if has_day else None
    scope = Scope(number, frozenset({embassy}) if embassy else None, language=language)
    message = f"it is meant as {right_name}, and isn't read under this name."
    return error("file-name", location, message, rename_hint(file, right_name), scope)


def _translation(
    file: Path,
    number: int,
    language: str,
    embassy: str | None,
    pictures: tuple[Text, ...] | None,
    names_by_shape: Mapping[Shape, tuple[str, ...]],
    problems: list[Problem],
) -> Translation | None:
    scope = Scope(number, None if embassy is None else frozenset({embassy}), language=language)
    top = source.read(file, problems, scope, root=file.parents[1])
    if top is None:
        return None
    return read_text(top, file, number, language, embassy, pictures, names_by_shape)


def read_text(
    top: Table,
    file: Path,
    number: int,
    language: str,
    embassy: str | None,
    pictures: tuple[Text, ...] | None,
    names_by_shape: Mapping[Shape, tuple[str, ...]],
) -> Translation | None:
    """Return what the top table of a text's file says; None where it says no text."""
    alt_table = top.table("alt", "The alt text of each of the day's pictures, by its path in day.toml's `media`.")
    description = (
        "The text, with placeholders such as {city}, {link} and {hashtags}. It says no more than the day's facts."
    )
    text = top.text("text", description, mandatory="text" not in alt_table)
    variants = {
        name: variant
        for name, spec in PLATFORMS.items()
        if (variant := top.text(name, f"Other words, for {spec.title} alone.")) is not None
    }
    own_keys = ("text", *PLATFORMS)
    message = "“{}” stands below [alt], so it is read as a picture's name."
    alt_table.reserve(own_keys, "key-below-alt", message, "Move “{}” above the line [alt].")
    for key in alt_table:
        if key not in own_keys and pictures is not None and nfc(key) not in map(nfc, pictures):
            hint = did_you_mean(key, pictures) or "day.toml lists the day's pictures under “media”."
            alt_table.problem(key, "unknown-picture", f"day {number} has no picture “{key}”.", hint)
    alt_texts = NameMap(alt_table.each_text("What the picture shows, for who can't see it."))
    alt = {str(picture): alt_texts[picture] for picture in pictures or () if picture in alt_texts}
    card = top.table("card", "The orange card that `orangeday cards` draws beside the words.")
    headline = card.text("headline", "The words on the card, large.", mandatory=card.is_there)
    card_lines = card.texts("lines", "The lines that it lists below the headline, in the layout “list”.")
    description = "What the card shows, for who can't see it. {sender} is the name at its top."
    card_alt = card.text("alt", description, mandatory=card.is_there)
    card.done()
    accepted_warnings = top.accepted_warnings()
    top.done()
    if text is None:
        return None
    translation = Translation(
        file,
        language,
        embassy,
        text,
        variants,
        pictures or (),
        headline,
        card_lines,
        names_by_shape,
        alt,
        accepted_warnings,
    )
    if headline is None:
        return translation
    name = headline.with_value(f"{file.parent.name}/{translation.card_file(Shape.WIDE).name}")
    if card_alt is not None:
        alt[name] = card_alt
    return replace(translation, media=(*translation.media, name))
