"""Ten scenarios that differ from 2017 on are run for less than 0.55 of ten whole runs' quarters."""

from sim.calendar import parse_quarter
from sim.scenarios.make_run import MODEL, Job
from sim.scenarios.run_folder import RunSpec
from sim.scenarios.scenario import Scenario
from sim.scenarios.shared_work import with_shared_pasts

TEN = (
    "no-measures",
    "executed-2017-2020",
    "plan-2017",
    "demolition-only",
    "markets-only",
    "public-services-only",
    "housing-only",
    "street-campaign",
    "pull-only",
    "supply-and-legalise",
)
WHOLE = 40
"""Quarters from 2011Q1 to 2020Q4."""


def quarters(job: Job) -> int:
    """Return how many quarters a job runs: from the end of the past it goes on from to its own end."""
    begin = int(job.start.rpartition("-")[2]) if job.start else 2010
    return parse_quarter(job.until or job.spec.until) - parse_quarter(f"{begin}Q4", allow_base=True)


def test_ten_scenarios_share_the_quarters_to_2016() -> None:
    scenarios = {name: Scenario.load(name) for name in TEN}
    jobs = [
        Job(
            "store",
            RunSpec(name, name, found.digest, 0.01, 1, number, "2020Q4", "point", ""),
            "",
            {},
            1,
            MODEL,
        )
        for number in (1, 2)
        for name, found in scenarios.items()
    ]
    shared = with_shared_pasts(jobs, lambda job: scenarios[job.spec.name])
    run = sum(quarters(job) for job in shared)
    assert sum(quarters(job) for job in jobs) == 2 * 10 * WHOLE
    assert run == 2 * (24 + 10 * 16)
    assert run <= 0.55 * 2 * 10 * WHOLE
