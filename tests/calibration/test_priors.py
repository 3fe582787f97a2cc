"""Check what a fit may move: at most twelve parameters, three of migration, constants of area groups only."""

import re
from pathlib import Path

import numpy as np
import pytest

from calibration.priors import (
    AREA_CONSTANT,
    MOST_FREE,
    MOST_OF_MIGRATION,
    REFERENCE,
    candidates,
    choose_free,
    cube_of,
    is_migration,
)
from calibration.screening import Screened
from sim.errors import InputError
from sim.parameters.for_run import point_parameters
from sim.parameters.store import FOLDER

ENTRY = """\
{name}:
  value: {value}
  unit: ratio
  basis: assumed
  prior: {{distribution: uniform, low: {low}, high: {high}}}
  source: assumed
  meaning: "something"
"""


def written(folder: Path, **changed: object) -> str:
    path = folder / "priors.yaml"
    entry = {"name": "fertility_level", "value": 1.2, "low": 1.1, "high": 1.3} | changed
    path.write_text(ENTRY.format(**entry), encoding="utf-8")
    return str(path)


def test_the_parameters_of_migration_are_those_of_its_section():
    text = (FOLDER / "behaviour.yaml").read_text(encoding="utf-8")
    section = re.split(r"^# -+ ", text, flags=re.MULTILINE)
    entry = re.compile(r"^(\w+):", re.MULTILINE)
    names = entry.findall(next(part for part in section if part.startswith("Migration")))
    assert names
    assert set(names) == {name for name in entry.findall(text) if is_migration(name)}


def test_the_constants_are_those_of_area_groups_but_one():
    names = candidates().names
    places = [name for name in names if name.startswith(AREA_CONSTANT)]
    assert len(places) == 4
    assert REFERENCE not in names
    assert not [name for name in names if name.startswith(("hospital_", "visitors_", "complaint_"))]


def found_by_screening(name, slopes, effect=1.0):
    return Screened(name, effect, effect, "some target", np.asarray(slopes, float))


def chosen_of(screened, n_targets, least=0.1, **how):
    return choose_free(screened, np.eye(n_targets), least, **how)


def test_at_most_twelve_become_free_and_three_of_migration():
    screened = [found_by_screening(f"arrival_{k}", 9.0 * np.eye(26)[k]) for k in range(6)]
    screened += [found_by_screening(f"other_{k}", np.eye(26)[6 + k]) for k in range(20)]
    chosen = chosen_of(screened, 26)
    assert len(chosen) == MOST_FREE
    assert chosen[:MOST_OF_MIGRATION] == ["arrival_0", "arrival_1", "arrival_2"]
    assert sum(is_migration(name) for name in chosen) == MOST_OF_MIGRATION


def test_what_moves_nothing_does_not_become_free():
    screened = [found_by_screening("one", [9.0]), found_by_screening("two", [9.0], effect=0.1)]
    assert chosen_of(screened, 1, least=0.25) == ["one"]
    assert chosen_of([], 1) == []


def test_of_parameters_that_do_the_same_one_becomes_free_before_one_that_does_something_else():
    screened = [
        found_by_screening("strong", [9.0, 0.0]),
        found_by_screening("its_twin", [8.9, 0.0]),
        found_by_screening("weak_but_alone", [0.0, 4.0]),
    ]
    assert chosen_of(screened, 2) == ["strong", "weak_but_alone", "its_twin"]


def test_a_target_that_errs_much_says_little():
    screened = [found_by_screening("on_a_sure_one", [1.0, 0.0]), found_by_screening("on_another", [0.0, 3.0])]
    assert choose_free(screened, np.diag([1.0, 1.0]), 0.1)[0] == "on_another"
    assert choose_free(screened, np.diag([1.0, 16.0]), 0.1)[0] == "on_a_sure_one"


def test_the_cube_and_the_values_are_each_others_image():
    space = candidates().only(["fertility_level", "taste_green", "exit_outsider"])
    cube = np.array([[0.1, 0.5, 0.9], [0.3, 0.2, 0.7]])
    values = space.values(cube)
    assert values[:, 0] == pytest.approx(1.0 + 0.45 * cube[:, 0])
    back = cube_of(space, point_parameters().with_values(dict(zip(space.names, values[1], strict=True))))
    assert back == pytest.approx(cube[1], abs=1e-6)


def test_a_users_prior_replaces_the_packaged_one(tmp_path):
    entries = dict(candidates(written(tmp_path)).entries)
    assert (entries["fertility_level"].prior.low, entries["fertility_level"].prior.high) == (1.1, 1.3)
    assert candidates(written(tmp_path)).digest != candidates().digest


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"low": 1.3, "high": 1.1}, "low 1.3 is above high 1.1"),
        ({"name": "fertility_levels"}, "no parameter 'fertility_levels'"),
        ({"name": "complaint_month_spread"}, "no fit can move complaint_month_spread"),
        ({"value": 2}, "outside its prior"),
    ],
)
def test_wrong_priors_are_refused(tmp_path, changed, message):
    with pytest.raises(InputError, match=message):
        candidates(written(tmp_path, **changed))


def test_what_families_do_whose_child_is_refused_a_school_can_be_fitted_as_the_rule_is_of_2014():
    names = candidates().names
    assert {"school_refused_leave", "school_refused_move"} <= set(names)
    assert is_migration("school_refused_leave")
    assert not is_migration("school_refused_move")
