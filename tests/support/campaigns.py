"""Small campaigns, written as files: the fewest that the engine can run on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

DAY_TOML = 'title = "Day {number}"\nfacts = ["one"]\n'


def files(
    languages: Sequence[str] = ("en",), embassies: Mapping[str, str] | None = None, config: str = ""
) -> dict[str, str]:
    """A config and its posts, by file name; `embassies` gives each one's time zone."""
    written = {
        "posts/campaign.toml": 'id = "16days"\n',
        "posts/facts.toml": '[one]\nstatement = "One."\n',
        "config.toml": f'[campaign]\nposts = "posts"\n{config}\n',
    }
    for number in range(1, 17):
        folder = f"posts/{number:02}-day"
        written[f"{folder}/day.toml"] = DAY_TOML.format(number=number)
        for language in languages:
            written[f"{folder}/{language}.toml"] = f'text = "Day {number} in {language}, from {{city}}."\n'
    for name, zone in (embassies or {"nairobi": "Africa/Nairobi"}).items():
        names = ", ".join(f'{language} = "{name.title()}"' for language in languages)
        tags = ", ".join(f'"{language}"' for language in languages)
        written["config.toml"] += (
            f'\n[embassies.{name}]\ncity = {{ {names} }}\ntimezone = "{zone}"\nlanguages = [{tags}]\n'
            f'x = {{ handle = "example_be_{name}_x" }}\nbluesky = {{ handle = "{name}.example" }}\n'
        )
    return written


def write(folder: Path, contents: Mapping[str, str]) -> Path:
    """Writes these files below `folder`, and says which is the config."""
    for name, content in contents.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8", newline="\n")
    return folder / "config.toml"


def on_bluesky(contents: Mapping[str, str], service: str, **handles: str) -> dict[str, str]:
    """The same files with real accounts there, by embassy, and no others."""
    config = contents["config.toml"]
    for embassy, handle in handles.items():
        example = f'bluesky = {{ handle = "{embassy}.example" }}'
        config = config.replace(f'x = {{ handle = "example_be_{embassy}_x" }}\n{example}', example)
        config = config.replace(example, f'bluesky = {{ handle = "{handle}", service = "{service}" }}')
    return {**contents, "config.toml": config}


def on_x(contents: Mapping[str, str], base_url: str, settle_after: str = "6m", **handles: str) -> dict[str, str]:
    """The same files with real accounts there, by embassy, and no others."""
    config = contents["config.toml"]
    for embassy, handle in handles.items():
        example = f'x = {{ handle = "example_be_{embassy}_x" }}\n'
        config = config.replace(f'{example}bluesky = {{ handle = "{embassy}.example" }}\n', example)
        config = config.replace(example, f'x = {{ handle = "{handle}" }}\n')
    return {**contents, "config.toml": f'{config}\n[x]\nbase_url = "{base_url}"\nsettle_after = "{settle_after}"\n'}


def ownable(files: Mapping[str, str]) -> dict[str, str]:
    """These files with handles that somebody could own: live runs send from no others."""
    config = files["config.toml"].replace('"example_be_', '"be_').replace('.example"', '.be"')
    return {**files, "config.toml": config}
