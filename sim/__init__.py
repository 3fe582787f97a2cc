"""Simulate Beijing's relocation campaigns: who leaves, who moves, which targets are met and how surely.

Public names are loaded when they are first used, so that ``import sim`` is quick and changes nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.model import CityModel
    from sim.scenarios.batch import run_batch
    from sim.scenarios.compare import compare
    from sim.scenarios.scenario import Scenario
    from sim.scenarios.store import load_results

    __version__: str

__all__ = ["CityModel", "Scenario", "__version__", "compare", "load_results", "run_batch"]

_HOMES = {
    "CityModel": "sim.model",
    "Scenario": "sim.scenarios.scenario",
    "run_batch": "sim.scenarios.batch",
    "compare": "sim.scenarios.compare",
    "load_results": "sim.scenarios.store",
}


def __getattr__(name: str) -> Any:
    """Load a public name from the module it lives in, once."""
    if name == "__version__":
        value: Any = _installed_version()
    elif name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module 'sim' has no attribute '{name}'")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*globals(), *__all__})


def _installed_version() -> str:
    """Return the version of the installed distribution, or 0+unknown in a bare checkout."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("shujie")
    except PackageNotFoundError:
        return "0+unknown"
