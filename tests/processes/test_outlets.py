"""Outlets that a measure builds open where they were built, and the economy is no larger."""

import dataclasses

import numpy as np
import pytest

from sim import CityModel, Scenario
from sim.codes import N_ZONES
from tests.fixtures.case import read_measure

OUTLETS = 4000.0


def quarter(*measures):
    plan = dataclasses.replace(Scenario.load("no-measures"), measures=measures)
    model = CityModel(plan, sample=0.002, rng=1, threads=1)
    model.step()
    found = {name: values[-1] for name, values in model.record.values.items()}
    district = model.city.zones.district == model.city.zones.districts.ids.index("yanqing")
    model.close()
    return found, district


@pytest.fixture(scope="module")
def pair():
    outlets = read_measure(
        {
            "id": "outlets",
            "kind": "estates",
            "action": "outlets",
            "first": "2011Q1",
            "last": "2011Q4",
            "quantities": [{"area": "yanqing", "quarter": "2011Q1", "value": OUTLETS}],
            "parameters": {"estates_new_outlet_share": 0.5},
        }
    )
    without, district = quarter()
    return quarter(outlets)[0], without, district


def test_the_new_ones_open_in_their_zones(pair):
    with_it, without, yanqing = pair
    more = with_it["commercial_outlets"] - without["commercial_outlets"]
    assert more[yanqing].sum() == pytest.approx(OUTLETS / 2, rel=0.1)
    assert np.abs(more[~yanqing]).sum() < 0.02 * OUTLETS


def test_jobs_move_there_and_are_no_more_in_all(pair):
    with_it, without, _ = pair
    assert with_it["jobs"].shape == (N_ZONES,)
    assert with_it["jobs"].sum() == pytest.approx(without["jobs"].sum(), rel=1e-6)
