"""Hold the jobs that are left after all measures to what the path of jobs was read off."""

import pytest

from sim import CityModel
from sim.data.tables import load_table


def test_jobs_after_measures_are_those_that_the_path_was_read_off() -> None:
    """The path stands for jobs before measures: its level plus what orders took must come out again."""
    model = CityModel("executed-2017-2020", sample=0.005, rng=1, threads=1)
    model.run(until="2019Q4")
    jobs = {year: model.record.at("jobs", 4 * (year - 2010)).sum() for year in (2010, 2013, 2016, 2019)}
    model.close()
    assert jobs[2016] / jobs[2010] == pytest.approx(1.09, abs=0.01)
    table = load_table("employment").query("indicator == 'employed_persons_society'")
    published = table.set_index("year").value
    widened = (1.09 / 1.06 - 1.0) / (published[2016] / published[2013] - 1.0)
    growth = widened * (published[2019] / published[2016] - 1.0)
    assert growth == pytest.approx(0.018, abs=0.001)
    assert jobs[2019] / jobs[2016] - 1.0 == pytest.approx(growth, abs=0.01)
