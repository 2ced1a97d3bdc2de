"""The part of Bluesky's SDK that we use, three classes and httpx, without the nine tenths of it that we don't.

To import them is to run its whole package, with a model of every record and a class for every method there is: longer
than a post takes. So the package's own `__init__` is put off until somebody asks for what it makes, and the names that
our classes take from its models are stand-ins, which import when they are called. Where any of that fails, because the
SDK is built otherwise one day, all of it is imported as ever.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any

_PACKAGE = "atproto_client"
_UNUSED_MODULES = (
    f"{_PACKAGE}.models.common",
    f"{_PACKAGE}.models.utils",
    "pydantic_core",
    "httpx._main",  # its command line, for which it loads two more libraries
)


class _Package(ModuleType):
    """A package whose `__init__` runs when it is asked for a name that isn't there yet."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self.__class__ = ModuleType  # type: ignore[assignment]  # from here on it is like any other
        assert self.__spec__ and self.__spec__.loader  # noqa: S101
        self.__spec__.loader.exec_module(self)
        return getattr(self, name)


class _Module(ModuleType):
    """A stand-in for a module that isn't loaded: each of its names is one too."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _StandIn(self.__name__, name)


class _StandIn:
    """A function or a class, loaded when it is called, or when something may be an instance of it."""

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name

    def _load(self) -> Any:
        return getattr(import_module(self._module), self._name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._load()(*args, **kwargs)

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, self._load())


@contextmanager
def _stand_ins() -> Iterator[None]:
    """Keep what is unused from being loaded for a while; afterwards whoever imports it gets the real one."""
    spec = find_spec(_PACKAGE)
    if spec is None or _PACKAGE in sys.modules:
        yield  # it isn't there, or all of it already
        return
    package = module_from_spec(spec)
    package.__class__ = _Package
    sys.modules[_PACKAGE] = package
    stand_ins = {name: _Module(name) for name in _UNUSED_MODULES if name not in sys.modules}
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name, module in stand_ins.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]


def load() -> tuple[Any, Any, Any]:
    """Return the SDK's ClientBase, RequestBase and Response."""
    with suppress(Exception), _stand_ins():  # whatever it is, the plain way says whether it matters
        classes = _classes()
        if all(isinstance(candidate, type) for candidate in classes):
            return classes
    for name in [name for name in sys.modules if name.partition(".")[0] == _PACKAGE]:
        del sys.modules[name]
    return _classes()


def _classes() -> tuple[Any, Any, Any]:
    from atproto_client.client.base import ClientBase
    from atproto_client.request import RequestBase, Response

    return ClientBase, RequestBase, Response


ClientBase, RequestBase, Response = load()
import httpx as httpx  # noqa: E402  only now that the SDK has loaded what it needs of it
