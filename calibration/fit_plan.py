"""Say how a fit is made, keep it in a folder, and refuse to go on with another design, data or code."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from calibration.fit_targets import FitTargets, fit_targets, read_observed
from calibration.observed import observed
from calibration.priors import FreeSpace, candidates
from sim.calendar import parse_quarter
from sim.errors import InputError
from sim.parameters.for_run import point_parameters
from sim.parameters.posterior import made_now
from sim.parameters.store import load_parameters, refuse_unknown_entries

FILE = "fit.json"
FORMAT = 1
_PARTS = ("code", "data", "policy", "parameters")


@dataclass(frozen=True)
class Design:
    """Hold the numbers that decide a fit.

    Attributes
    ----------
    sample, until, seed
        Of the model's runs; until is 2016Q4 at the latest.
    candidates
        At most so many parameters are screened; 0 for all.
    trajectories, replicates, wave_runs, waves, confirmed, rounds
        Runs: Morris's trajectories, replications of one point, those of each wave of history matching, waves,
        draws of the posterior that are run, and how often they are, the emulators learning in between.
    most_free, least_effect
        How many parameters may become free, and the effect, in errors of the targets, that one must have.
    particles, draws, truths
        Points that carry the posterior, draws that are written, and runs whose parameters are looked for.
    """

    sample: float = 0.01
    until: str = "2016Q4"
    seed: int = 1
    candidates: int = 0
    trajectories: int = 6
    replicates: int = 12
    wave_runs: int = 160
    waves: int = 3
    confirmed: int = 120
    rounds: int = 3
    most_free: int = 12
    least_effect: float = 0.25
    particles: int = 400
    draws: int = 200
    truths: int = 30

    def n_runs(self, n_candidates: int) -> int:
        """Return how many runs of the model the fit makes."""
        screened = min(self.candidates or n_candidates, n_candidates)
        screening = self.trajectories * (screened + 1)
        return screening + self.replicates + self.waves * self.wave_runs + self.rounds * self.confirmed


FULL = Design()
SHORT = Design(
    sample=0.002,
    until="2012Q4",
    candidates=6,
    trajectories=1,
    replicates=3,
    wave_runs=12,
    waves=1,
    confirmed=4,
    rounds=2,
    most_free=3,
    least_effect=0.0,
    particles=60,
    draws=20,
    truths=1,
)
"""A fit that is no good to anybody but passes through every part in a minute or two: for a test."""


@dataclass(frozen=True)
class Plan:
    """Hold a design with what it is applied to.

    Attributes
    ----------
    targets
        Published values that the fit is held against.
    space
        Candidates with their priors.
    """

    design: Design
    targets: FitTargets
    space: FreeSpace
    made_with: dict[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Return the SHA-256 of design, targets with what they may err by together, and priors."""
        errors = np.round(self.targets.covariance(), 12).tolist()
        said = [asdict(self.design), self.targets.as_rows(), errors, self.space.digest]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    @property
    def bounds(self) -> dict[str, tuple[float, float]]:
        """Return the bounds of the priors that are not the packaged ones, for the files of draws."""
        packaged = point_parameters().entries
        found = {}
        for name, entry in self.space.entries:
            low, high = entry.prior.low, entry.prior.high
            other = name not in packaged or (packaged[name].prior.low, packaged[name].prior.high) != (
                low,
                high,
            )
            if other and low is not None and high is not None:
                found[name] = (low, high)
        return found

    def as_json(self) -> dict[str, Any]:
        """Return what fit.json holds."""
        return {
            "format": FORMAT,
            "design": asdict(self.design),
            "digest": self.digest,
            "made_with": self.made_with,
        }


def make_plan(design: Design, *, observed_file: str | None = None, priors_file: str | None = None) -> Plan:
    """Return the plan of a fit; only rows tagged ``fit`` are ever read.

    Raises
    ------
    InputError
        When a number of the design, the observed table or the priors are not right.
    """
    _check(design)
    table = observed("fit") if observed_file is None else read_observed(observed_file)
    where = observed_file or "calibration.observed"
    if priors_file is not None:
        refuse_unknown_entries(priors_file, load_parameters("behaviour"))
    space = candidates(priors_file)
    if design.candidates:
        space = space.only(space.names[: design.candidates])
    return Plan(design, fit_targets(table, design.until, where), space, made_now())


def open_folder(folder: Path, plan: Plan, *, resume: bool) -> Path:
    """Make the folder of a fit, or take up the one that is there.

    Parameters
    ----------
    resume
        Whether there must be a fit already.

    Raises
    ------
    InputError
        When the folder holds something else, or a fit of another design, data or code (with both digests).
    """
    folder = folder.expanduser().absolute()
    if (folder / FILE).is_file():
        _refuse_other(_read(folder), plan, folder)
        return folder
    if resume:
        raise InputError(
            "there is no fit to take up", where=str(folder), mend="leave --resume out to begin one"
        )
    if folder.is_dir() and any(folder.iterdir()):
        raise InputError(
            "the folder is not a fit's",
            where=str(folder),
            why=f"it holds other files and no {FILE}",
            mend="give an empty or new folder with --store",
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(json.dumps(plan.as_json(), indent=1) + "\n", encoding="utf-8")
    return folder


def held_design(folder: Path) -> Design | None:
    """Return the design of the fit that a folder holds, or None where it holds none."""
    file = folder.expanduser() / FILE
    return _design_of(_read(folder.expanduser()), folder) if file.is_file() else None


def with_numbers(design: Design, **given: Any) -> Design:
    """Return a design in which numbers that were given (not None) replace its own."""
    return replace(design, **{name: value for name, value in given.items() if value is not None})


def _read(folder: Path) -> dict[str, Any]:
    try:
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise ValueError(f"format {content['format']}")
        return {name: content[name] for name in ("design", "digest", "made_with")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{FILE} cannot be read",
            where=str(folder / FILE),
            why=f"{type(error).__name__}: {error}",
            mend="give another folder with --store",
        ) from None


def _design_of(content: dict[str, Any], folder: Path) -> Design:
    try:
        return Design(**content["design"])
    except TypeError as error:
        raise InputError(
            f"the design in {FILE} cannot be read", where=str(folder / FILE), why=str(error)
        ) from None


def _refuse_other(held: dict[str, Any], plan: Plan, folder: Path) -> None:
    other = [name for name in _PARTS if held["made_with"].get(name) != plan.made_with[name]]
    if held["digest"] == plan.digest and not other:
        return
    now = asdict(plan.design)
    different = [
        f"{name} {held['design'].get(name)} there, {value} asked"
        for name, value in now.items()
        if held["design"].get(name) != value
    ]
    different += [
        f"{name} {str(held['made_with'].get(name))[:12]} there, {plan.made_with[name][:12]} now"
        for name in other
    ]
    raise InputError(
        "the folder holds a fit of another design" if not other else f"the fit began with other {other[0]}",
        where=str(folder),
        why="; ".join(different or ["other published values or priors"])
        + f" (design {held['digest'][:12]} there, {plan.digest[:12]} asked)",
        mend="give another folder with --store, or the options it was begun with",
    )


def _check(design: Design) -> None:
    if not 0 < design.sample <= 1:
        raise InputError(f"the sample cannot be {design.sample:g}", where="--sample", mend="give 0.01")
    if not parse_quarter("2011Q4") <= parse_quarter(design.until) <= parse_quarter("2016Q4"):
        raise InputError(
            f"a fit cannot run to {design.until}",
            where="--until",
            why="it sees what was known at the end of 2016 and nothing later",
            mend="give a fourth quarter from 2011Q4 to 2016Q4",
        )
    least = {
        "wave_runs": design.most_free + 6,
        "replicates": 2,
        "waves": 1,
        "confirmed": 2,
        "rounds": 1,
        "trajectories": 1,
    }
    for name, number in least.items():
        if getattr(design, name) < number:
            raise InputError(
                f"{name.replace('_', ' ')} cannot be {getattr(design, name)}",
                where=f"--{name.replace('_', '-')}",
                mend=f"give {number} or more",
            )
