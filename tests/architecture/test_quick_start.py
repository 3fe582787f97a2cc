"""Check that importing the package or asking for help loads nothing heavy and changes nothing.

The clock is not asked: a busy machine would fail it. What makes a start slow is what is imported.
"""

import json
import subprocess
import sys

import pytest

HEAVY = ("duckdb", "matplotlib", "mesa", "networkx", "numba", "pandas", "pyarrow", "scipy", "shapely")

REPORT = f"""
import json, multiprocessing, sys
{{body}}
heavy = [name for name in {HEAVY!r} if name in sys.modules]
print(json.dumps([heavy, multiprocessing.get_start_method(allow_none=True)]), file=sys.stderr)
"""

HELP = """
from sim.cli import main
sys.argv = ["shujie", "--help"]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""


def loaded(body: str) -> tuple[list[str], str | None]:
    """Return what heavy libraries some code loads in a new interpreter, and the start method it leaves."""
    code = REPORT.replace("{body}", body)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    heavy, method = json.loads(done.stderr.strip().splitlines()[-1])
    return heavy, method


@pytest.mark.parametrize("body", ["import sim", "import sim; dir(sim); sim.__version__", HELP])
def test_start_is_light(body):
    assert loaded(body) == ([], None)


def test_policy_and_scenarios_need_no_compiler_and_no_mesa():
    heavy, _ = loaded("import sim.policy, sim.scenarios.scenario")
    assert not {"mesa", "numba", "matplotlib"} & set(heavy)


def test_the_check_would_notice():
    assert loaded("import networkx")[0] == ["networkx"]


def test_public_names_lead_where_they_say():
    import sim

    assert set(sim.__all__) <= set(dir(sim))
    for name in sim.__all__:
        assert getattr(sim, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = sim.nothing
