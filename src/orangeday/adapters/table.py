"""The Adapter of each platform, loaded when it is asked for."""

from __future__ import annotations

from importlib import import_module

from orangeday.adapters import ADAPTERS
from orangeday.adapters.base import Adapter
from orangeday.errors import OrangedayError
from orangeday.platforms.registry import PLATFORMS, title_of


def has_adapter(platform: str) -> bool:
    """Return whether a platform has an adapter, without loading it."""
    return bool(_module(platform))


def adapter_of(platform: str) -> Adapter:
    """Return a platform's adapter. Raises OrangedayError where there is none."""
    module = _module(platform)
    if not module:
        raise OrangedayError(f"This version of orangeday has no way to {title_of(platform)}: install its package again")
    adapter: Adapter = import_module(module).ADAPTER
    return adapter


def _module(platform: str) -> str:
    return ADAPTERS.get(platform) or (PLATFORMS[platform].adapter if platform in PLATFORMS else "")
