"""Import Mesa without the libraries it loads for grids, networks and tables, which no run here uses.

Mesa's first line imports all of Mesa: its networks (networkx), its tables (pandas) and its experiments (half
of scipy), together most of the time it takes to start a run of a small sample. Here each of them waits until
somebody asks it for something, and then is the library itself. Take Mesa from here: ``from sim.light_mesa
import mesa``; the module is Mesa's own, and who imports Mesa first finds everything as ever.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

WAITING = ("mesa.experimental", "networkx", "pandas")
"""What Mesa 3.3 imports and a run does not need. A Mesa that asks for one at once gets it at once."""


class Waiting(ModuleType):
    """Stand for a module that is imported when one of its names is first asked for."""

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            if name.startswith("__"):
                # asked by who looks at every module there is, such as `inspect`
                raise AttributeError(name)
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


@contextmanager
def waiting(*names: str) -> Iterator[None]:
    """Let modules that are not loaded yet wait, for whoever imports them inside the block."""
    put_off = [Waiting(name) for name in names if name not in sys.modules]
    sys.modules.update({module.__name__: module for module in put_off})
    try:
        yield
    finally:
        for module in put_off:
            if sys.modules.get(module.__name__) is module:
                del sys.modules[module.__name__]


with waiting(*WAITING):
    import mesa

__all__ = ["mesa"]
