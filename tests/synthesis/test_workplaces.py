"""Check where jobs are put: industries by who works in them, districts as known, organisations in place."""

import numpy as np
import pandas as pd
import pytest

from calibration.job_concentration import organisations_of, spread_of_homes, workers_of
from sim.city.zones import load_zones
from sim.codes import N_DISTRICTS, Sector
from sim.data.tables import DISTRICTS
from sim.parameters.store import load_parameters
from sim.synthesis.workplaces import JOB_SHARE, job_mass

BASE = load_parameters("base_year")
ZONES = load_zones()
NOBODY = pd.DataFrame({"zone": [0], "sector": [int(Sector.HEALTH)], "n_jobs": [0.0]})
OTHERS = np.arange(len(Sector)) != Sector.AGRICULTURE


@pytest.fixture(scope="module")
def workers(base_model):
    """Give people at work by sector, commuting group and zone of home."""
    return workers_of(base_model.city)


@pytest.fixture(scope="module")
def employed(workers):
    """Give people at work by zone of home and sector."""
    return workers.sum(axis=1).T


def _by_district(jobs):
    return np.array([jobs[ZONES.district == number].sum(axis=0) for number in range(N_DISTRICTS)])


def _share(jobs, area, sector):
    there = _by_district(jobs)[:, sector]
    return there[DISTRICTS.index(area)] / there.sum()


def _concentrated(power):
    return BASE.with_values({"job_concentration": power})


def test_every_sector_has_as_many_jobs_as_people_at_work(employed):
    jobs, _ = job_mass(employed, NOBODY, BASE)
    np.testing.assert_allclose(jobs.sum(axis=0), employed.sum(axis=0))
    assert (jobs >= 0).all()


@pytest.mark.parametrize("power", [0.0, 2.5])
def test_districts_have_their_share_of_jobs_whatever_the_concentration(employed, power):
    jobs, _ = job_mass(employed, NOBODY, _concentrated(power))
    lived = _by_district(employed)[:, OTHERS].sum(axis=1)
    own = BASE.value("self_employed_share")
    wanted = (1 - own) * JOB_SHARE / JOB_SHARE.sum() + own * lived / lived.sum()
    there = _by_district(jobs)[:, OTHERS].sum(axis=1)
    np.testing.assert_allclose(there / there.sum(), wanted, rtol=1e-4)


def test_farmers_work_where_they_live(employed):
    jobs, _ = job_mass(employed, NOBODY, BASE)
    np.testing.assert_allclose(jobs[:, Sector.AGRICULTURE], employed[:, Sector.AGRICULTURE])


def test_an_industry_lies_where_more_of_those_who_work_in_it_live(employed):
    spread, alike = (job_mass(employed, NOBODY, _concentrated(power))[0] for power in (2.5, 0.0))
    for area, sector in (
        ("haidian", Sector.INFORMATION),
        ("xicheng", Sector.FINANCE),
        ("daxing", Sector.MANUFACTURING),
    ):
        assert _share(spread, area, sector) > 2 * _share(alike, area, sector), area
    assert _share(spread, "xicheng", Sector.MANUFACTURING) < 0.5 * _share(
        alike, "xicheng", Sector.MANUFACTURING
    )


def test_organisations_keep_their_jobs_and_the_district_its_number(employed):
    zone = int(np.flatnonzero(ZONES.district == DISTRICTS.index("haidian"))[0])
    campus = pd.DataFrame({"zone": [zone], "sector": [int(Sector.EDUCATION)], "n_jobs": [20_000.0]})
    jobs, filled = job_mass(employed, campus, BASE)
    assert filled.item() == pytest.approx(20_000.0 * (1 - BASE.value("job_vacancy_share")))
    assert jobs[zone, Sector.EDUCATION] >= filled.item()
    without, _ = job_mass(employed, NOBODY, BASE)
    np.testing.assert_allclose(_by_district(jobs), _by_district(without), rtol=1e-6)


def test_the_organisations_there_are_hardly_move_the_shares_of_districts(employed, base_model):
    jobs, filled = job_mass(employed, organisations_of(base_model.city), BASE)
    without, _ = job_mass(employed, NOBODY, BASE)
    assert filled.sum() > 0.05 * jobs.sum()
    np.testing.assert_allclose(_by_district(jobs).sum(axis=1), _by_district(without).sum(axis=1), rtol=0.02)


def test_organisations_have_at_most_three_quarters_of_a_sector(employed):
    giant = pd.DataFrame({"zone": [3], "sector": [int(Sector.HEALTH)], "n_jobs": [1e9]})
    jobs, filled = job_mass(employed, giant, BASE)
    assert filled.item() == pytest.approx(0.75 * employed[:, Sector.HEALTH].sum())
    np.testing.assert_allclose(jobs.sum(axis=0), employed.sum(axis=0))


def test_homes_drawn_around_the_jobs_differ_as_much_as_was_counted(workers, base_model):
    """The concentration is read off the census: without it homes differ by a quarter of what was counted."""
    there = organisations_of(base_model.city)
    used = BASE.value("job_concentration")
    spreads = [
        spread_of_homes(workers, there, _concentrated(power))
        for power in (0.0, used - 0.75, used, used + 0.75)
    ]
    off = [((spread - 1.0) ** 2).mean() for spread in spreads]
    assert spreads[0].mean() < 0.35, "without it industries lie much alike"
    assert off[2] < min(off[0], off[1], off[3]), "nearest to one with what is used"


# ipfn divides by the sum of the empty sector to see how far it has come
@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
def test_a_sector_without_workers_leaves_the_others_alone(employed):
    nobody_there = employed.copy()
    nobody_there[:, Sector.INTERNATIONAL] = 0.0
    jobs, _ = job_mass(nobody_there, NOBODY, BASE)
    np.testing.assert_allclose(jobs.sum(axis=0), nobody_there.sum(axis=0))
