"""Check that imports flow one way: from errors at the bottom to the command line at the top."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

LAYERS = (
    ("words and units", ("sim.errors", "sim.units", "sim.calendar", "sim.codes", "sim.entry_points")),
    ("arrays and randomness", ("sim.kernels", "sim.rng", "sim.memory", "sim.light_mesa")),
    ("facts", ("sim.data", "sim.parameters", "sim.scenarios.provenance")),
    (
        "places, columns, documents",
        (
            "sim.city",
            "sim.agents.columns",
            "sim.agents.residents",
            "sim.agents.households",
            "sim.agents.businesses",
            "sim.policy",
        ),
    ),
    ("what happens, who is there, what is owed", ("sim.processes", "sim.synthesis", "sim.accounts")),
    (
        "one scenario resolved",
        (
            "sim.scenarios.scenario",
            "sim.scenarios.scenario_file",
            "sim.scenarios.selection",
            "sim.scenarios.shared_past",
        ),
    ),
    ("what is counted", ("sim.outcomes",)),
    ("how a measure acts, who decides", ("sim.interventions", "sim.agents")),
    ("the order of a quarter", ("sim.schedule",)),
    ("the model", ("sim.snapshot", "sim.model")),
    ("batches and stores", ("sim.scenarios",)),
    ("pages", ("sim.report",)),
    ("commands", ("sim.cli",)),
    ("the web page", ("sim.app",)),
    ("fitting", ("calibration",)),
)
"""From the bottom up. A module belongs to the longest name that fits it."""

FORBIDDEN = {
    "sim.processes": ("mesa", "sim.policy"),
    "sim.policy": ("mesa", "numba", "pandas", "scipy", "matplotlib"),
    "sim.scenarios.scenario": ("mesa", "numba"),
    "sim": ("calibration",),
}
"""What a package must not import, whatever its layer."""

KERNELS_MAY_IMPORT = ("numpy", "numba", "sim.kernels", "sim.codes", "sim.errors", *sys.stdlib_module_names)


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules() -> dict[str, Path]:
    """Every module under sim and calibration, but sim itself, whose public names are loaded on use."""
    files = [path for top in ("sim", "calibration") for path in (ROOT / top).rglob("*.py")]
    return {module_name(path): path for path in sorted(files) if module_name(path) != "sim"}


def covers(prefix: str, name: str) -> bool:
    return name == prefix or name.startswith(f"{prefix}.")


def layer_of(name: str) -> int | None:
    """Return the layer of a module by the longest name that fits; cli_report belongs with cli."""
    name = "sim.cli" if name.startswith("sim.cli_") else name
    fits = [(len(p), rank) for rank, (_, prefixes) in enumerate(LAYERS) for p in prefixes if covers(p, name)]
    return max(fits)[1] if fits else None


def running_nodes(tree: ast.AST, *, inside: bool) -> Iterator[ast.AST]:
    """Walk a module, leaving out what only a type checker reads and, unless asked for, functions."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            yield from (inner for other in node.orelse for inner in ast.walk(other))
            continue
        yield node
        if inside or not isinstance(node, ast.FunctionDef):
            yield from running_nodes(node, inside=inside)


def imported_names(source: str, *, inside: bool = True) -> set[str]:
    """Return the dotted names that a source imports, also inside functions if asked for."""
    names: set[str] = set()
    for node in running_nodes(ast.parse(source), inside=inside):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add("." * node.level)
    return names


@cache
def imports_of(name: str, *, inside: bool = True) -> frozenset[str]:
    return frozenset(imported_names(modules()[name].read_text(encoding="utf-8"), inside=inside))


def as_module(imported: str) -> str | None:
    """Return the module of ours that an imported name lives in."""
    while imported and imported not in modules():
        imported = imported.rpartition(".")[0]
    return imported or None


def climbing(name: str, names: set[str] | frozenset[str]) -> list[str]:
    """Return the imports of one module that go up."""
    own = layer_of(name)
    targets = sorted({target for imported in names if (target := as_module(imported)) and target != name})
    return [target for target in targets if (rank := layer_of(target)) is not None and rank > own]


def test_every_module_has_a_layer():
    homeless = [name for name in modules() if layer_of(name) is None]
    assert not homeless, f"give these a place in LAYERS: {homeless}"


@pytest.mark.parametrize("name", sorted(modules()))
def test_no_import_goes_up(name):
    assert not climbing(name, imports_of(name))


def test_the_check_would_notice():
    assert climbing("sim.rng", {"sim.data.tables"}) or "sim.data.tables" not in modules()
    assert climbing("sim.kernels", {"sim.errors.InputError"}) == []
    assert layer_of("sim.cli_tables") == layer_of("sim.cli")
    assert layer_of("sim.scenarios.scenario") < layer_of("sim.model") < layer_of("sim.scenarios.batch")
    assert imported_names("def f():\n    import mesa\n    from sim import model") == {"mesa", "sim.model"}
    assert imported_names("def f():\n    import mesa\nimport math", inside=False) == {"math"}
    assert imported_names("if TYPE_CHECKING:\n    import mesa\nelse:\n    import math") == {"math"}


def test_nothing_takes_the_public_names_of_the_package():
    """Modules of sim name the module they need: the public names would hide which way they go."""
    public = {"sim.CityModel", "sim.Scenario", "sim.run_batch", "sim.compare", "sim.load_results"}
    assert not {name for name in modules() if imports_of(name) & public and covers("sim", name)}


@pytest.mark.parametrize("package", sorted(FORBIDDEN))
def test_packages_stay_free_of_what_they_must_not_know(package):
    offences = {
        name: sorted(imported for imported in imports_of(name) if covers(banned, imported))
        for name in modules()
        if covers(package, name)
        for banned in FORBIDDEN[package]
        if any(covers(banned, imported) for imported in imports_of(name))
    }
    assert not offences


def test_kernels_know_arrays_only():
    offences = {
        name: sorted(
            imported
            for imported in imports_of(name)
            if not any(covers(ok, imported) for ok in KERNELS_MAY_IMPORT)
        )
        for name in modules()
        if covers("sim.kernels", name)
    }
    assert not {name: found for name, found in offences.items() if found}


def test_no_modules_load_each_other_in_a_circle():
    edges = {
        name: {as_module(imported) for imported in imports_of(name, inside=False)} - {None, name}
        for name in modules()
    }
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, f"a circle of imports: {' -> '.join([*trail, name])}"
        if name not in done:
            for target in sorted(edges[name]):
                visit(target, (*trail, name))
            done.add(name)

    for name in sorted(edges):
        visit(name, ())
