"""Check that Mesa comes without what a run does not need, and that whoever needs it finds it."""

import json
import subprocess
import sys

WATCHED = ("pandas", "networkx", "mesa.experimental", "scipy.spatial", "scipy.optimize", "scipy.sparse")


def after(code: str) -> set[str]:
    """Return which of the libraries watched are loaded once some code has run in a new interpreter."""
    tell = f"import json, sys\nprint(json.dumps([n for n in {WATCHED!r} if n in sys.modules]))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{tell}"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_the_model_is_imported_without_them():
    assert after("import sim.model") == set()


def test_mesa_by_itself_loads_them():
    assert {"pandas", "networkx", "mesa.experimental"} <= after("import mesa")


def test_what_waits_is_there_for_who_asks():
    code = """
from sim.light_mesa import mesa
assert mesa.experimental.continuous_space.ContinuousSpace.__name__ == "ContinuousSpace"
model = mesa.Model()
data = mesa.DataCollector(model_reporters={"steps": "steps"})
data.collect(model)
assert list(data.get_model_vars_dataframe()["steps"]) == [0]
import networkx, pandas
assert mesa.space.nx.Graph is networkx.Graph
assert mesa.space.NetworkGrid(networkx.path_graph(3)).get_all_cell_contents() == []
"""
    assert {"pandas", "networkx", "mesa.experimental"} <= after(code)


def test_nothing_is_put_off_that_is_there_already():
    code = """
import networkx
from sim.light_mesa import mesa
assert mesa.space.nx is networkx
"""
    assert after(code) == {"networkx"}


def test_no_stand_in_stays_behind():
    code = """
import sys
from sim.light_mesa import WAITING, Waiting, waiting
assert not [name for name, module in sys.modules.items() if isinstance(module, Waiting)]
with waiting("colorsys"):
    import colorsys as early
    assert isinstance(early, Waiting) and not hasattr(early, "__file__")
import colorsys
assert colorsys.rgb_to_hsv is early.rgb_to_hsv and not isinstance(colorsys, Waiting)
"""
    after(code)
