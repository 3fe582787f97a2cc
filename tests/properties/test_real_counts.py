"""Visitors, lodging and complaints are counted in the real city, whatever share of households is drawn."""

import numpy as np
import pytest

from sim import CityModel
from sim.city.visitors import PARTS


@pytest.fixture(scope="module")
def two_samples() -> list[CityModel]:
    models = [CityModel("no-measures", sample=sample, rng=4, threads=1) for sample in (0.002, 0.005)]
    for model in models:
        model.step()
    return models


def test_amounts_do_not_depend_on_the_sample(two_samples):
    small, large = (model.city for model in two_samples)
    assert np.array_equal(small.visitors.spot_visits, large.visitors.spot_visits)
    for part in ("market", "hub"):
        assert small.visitors.per_day[part] == pytest.approx(large.visitors.per_day[part])
    for key in ("hospital", "lodging"):
        assert small.visitors.per_day[key].sum() == pytest.approx(large.visitors.per_day[key].sum(), rel=0.02)
    assert small.visitors.beds.sum() == pytest.approx(large.visitors.beds.sum(), rel=0.01)
    assert small.scratch["complaints"].sum() == pytest.approx(large.scratch["complaints"].sum(), rel=0.03)


def test_nothing_is_negative_and_parts_add_up(two_samples):
    for model in two_samples:
        visitors = model.city.visitors
        assert visitors.total_per_day == pytest.approx(sum(visitors.per_day[part] for part in PARTS))
        assert all((visitors.per_day[part] >= 0).all() for part in PARTS)
        assert (visitors.nights_per_day <= visitors.beds.sum(axis=1) + 1e-6).all()
        assert (visitors.outside_per_day + visitors.nights_per_day <= visitors.total_per_day + 1e-6).all()
        assert (model.city.scratch["complaints"] >= 0).all()


def test_the_base_year_stands_near_what_was_published(two_samples):
    """Core share of hospital visits 32.8 % (2007); 36.1 % of inpatients from another district (2013-2022)."""
    from sim.processes.hospital_choice import cross_district_share

    city = two_samples[1].city
    core = city.zones.district < 2
    visits = city.visitors.hospital_visits
    assert visits[core].sum() / visits.sum() == pytest.approx(0.328, abs=0.03)
    assert cross_district_share(city) == pytest.approx(0.361, abs=0.02)
