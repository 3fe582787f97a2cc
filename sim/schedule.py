"""Say in which order a quarter happens, and why: what `CityModel` runs and `shujie schedule` prints."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stage:
    """Describe one stage: its name, whose it is, what it reads and writes, and why it stands there."""

    name: str
    owner: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    reason: str


STAGES = (
    Stage(
        "raking",
        "raking",
        ("census of 2020 over the executed city, by district",),
        ("residents", "households", "dwellings", "jobs"),
        "once, as 2021Q1 opens: people by district as the census of 2020 counted; a scenario may turn it off",
    ),
    Stage(
        "measures",
        "policy, district agents",
        ("scenario", "places", "organisations", "fund", "work left to do"),
        ("orders", "places", "ledger", "fund"),
        "every later stage sees this quarter's rules and orders",
    ),
    Stage(
        "organisations",
        "market, institution agents",
        ("orders",),
        ("jobs", "stalls", "beds", "students", "floor area"),
        "places and jobs change before people react",
    ),
    Stage(
        "businesses",
        "business_dynamics",
        ("premises", "stalls", "paths of jobs", "land release"),
        ("businesses", "jobs"),
        "jobs and shops of the quarter",
    ),
    Stage(
        "demography",
        "demography",
        ("residents", "households", "life tables", "fertility", "families of who boards"),
        ("residents", "households", "idle homes"),
        "who there is",
    ),
    Stage(
        "labour",
        "labour",
        ("jobs", "residents", "travel times"),
        ("residents",),
        "income and commute before housing",
    ),
    Stage(
        "arrivals",
        "migration",
        ("free jobs", "rents", "free homes", "labour supply outside"),
        ("residents", "households"),
        "who comes, by the work there is",
    ),
    Stage(
        "dwellings",
        "housing_market, idle_homes, rebound, resettlement",
        (
            "completions",
            "land release",
            "building quotas",
            "vacancies",
            "idle homes",
            "cleared places",
            "promised homes",
        ),
        ("dwellings", "idle homes", "households of promised homes"),
        "what can be lived in",
    ),
    Stage(
        "relocation",
        "relocation",
        ("dwellings", "orders", "residents", "households", "jobs"),
        ("households", "residents", "idle homes", "beds at works", "moves"),
        "who must move and who wants to, apart; where to, or out of the city",
    ),
    Stage(
        "rents",
        "housing_market",
        ("vacancies", "wages"),
        ("rents",),
        "rents answer the quarter's moves, bounded",
    ),
    Stage(
        "services",
        "services, visits, complaints",
        ("pupils", "campuses", "hospitals", "markets", "lodging beds", "daily caps", "informal homes"),
        (
            "residents",
            "households",
            "families of who boards",
            "visitors",
            "hospital visits",
            "custom of shops",
            "complaints",
        ),
        "campuses take students in; patients, guests and customers choose; people complain",
    ),
    Stage(
        "accounts",
        "accounts",
        ("ledger", "cleared places", "people hit by orders"),
        ("ledger", "fund", "work left to do"),
        "the quarter's work is inspected, written off and paid; in the fourth quarter the fund is settled",
    ),
    Stage(
        "reconcile",
        "accounts",
        ("everything",),
        (),
        "people, households, dwellings and jobs add up by zone or the run stops with a named error",
    ),
    Stage("record", "outcomes", ("everything",), ("record",), "recording never draws a random number"),
)
