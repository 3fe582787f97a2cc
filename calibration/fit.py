"""Fit the model to what was known at the end of 2016, in waves, to draws of its parameters.

Screening says which parameters matter; history matching rules out, wave by wave, what cannot be; a posterior
is drawn over the emulated city; its draws are run in the model, the emulators learn from those runs, and the
posterior is drawn anew. Runs stand in stores of the fit's folder, so a fit that was stopped goes on where it
was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from calibration import cube as cubes
from calibration.emulator import Emulator, fit_emulator
from calibration.fit_plan import Plan, open_folder
from calibration.fit_runs import Runner, Runs
from calibration.hindcast import Hindcast, hindcast
from calibration.likelihood import CUT, Likelihood, NotRuledOut
from calibration.priors import AREA_CONSTANT, FreeSpace, as_values, choose_free, cube_of
from calibration.recovery import Recovery, contraction_of, recover
from calibration.screening import Screened, design, screen
from sim.errors import RunError
from sim.parameters.for_run import point_parameters
from sim.scenarios.progress import Progress

REPLICATES, SCREENING, WAVE, CONFIRMED = "replicates", "screening", "wave", "confirmed"
_SEEDS = {REPLICATES: 1, SCREENING: 2, CONFIRMED: 3, WAVE: 10}

_LAST_TIMES, _LAST_MOVES = 4, 40
"""The posterior that is written is drawn with so many times the particles of a wave, each moved so often:
with fewer, how much narrower a weakly known parameter became changes from one seed to the next."""

_LOOKED_AT = 4000
"""Points of the prior at which the share that is not ruled out is reckoned."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Wave:
    """Hold what one wave of history matching left.

    Attributes
    ----------
    not_ruled_out
        Share of the prior of the free parameters.
    """

    n_runs: int
    not_ruled_out: float


@dataclass(frozen=True)
class Fitted:
    """Hold a finished fit.

    Attributes
    ----------
    free
        The free parameters.
    held
        Candidates that matter and stay at their values, as no more may be free.
    screened
        What the screening found of each candidate.
    replicate_sd
        Standard deviation of each output between replications, (n_targets,).
    confirmed
        The draws that were run, with what came out.
    points
        Draws of the posterior over what the emulators know at the end, in the unit cube, (draws, d).
    contraction
        Share of each free parameter's prior variance that the data took away, (d,), from all particles.
    effective
        Effective number of the confirmed draws once the emulators had learnt from them: far fewer than were
        run means that these runs taught much, and that more of them would go on teaching.
    covered
        Share of the confirmed runs' outputs inside the 90 % intervals that the emulators gave beforehand.
    hindcast
        What a fit to the years up to 2013 says of 2016; None where the fit does not reach so far.
    """

    plan: Plan
    free: FreeSpace
    held: dict[str, float]
    screened: list[Screened]
    waves: list[Wave]
    replicate_sd: np.ndarray
    confirmed: Runs
    points: np.ndarray
    contraction: np.ndarray
    effective: float
    covered: float
    recovery: Recovery
    emulator: Emulator
    hindcast: Hindcast | None


def calibrate(
    folder: str | Path,
    plan: Plan,
    *,
    jobs: int = 1,
    resume: bool = False,
    tell: Callable[[Progress], None] | None = None,
    say: Say = lambda _: None,
) -> Fitted:
    """Fit, or go on with the fit that the folder holds.

    Parameters
    ----------
    folder
        Where the runs and the posterior are kept.
    plan
        What is fitted to what, and how.
    jobs
        Runs at a time.
    resume
        Whether there must be a fit in the folder already.
    tell, say
        Called as runs end, and with a line about each stage.

    Raises
    ------
    InputError
        When the folder holds a fit of another design, data or code.
    RunError
        When too many runs fail.
    """
    runner = Runner(open_folder(Path(folder), plan, resume=resume), plan, jobs, tell)
    say(f"{plan.design.n_runs(len(plan.space.names))} runs to {plan.design.until}, kept in {folder}")
    with threadpool_limits(1):  # the matrices are small: threads would wait for each other
        return _fit(runner, plan, say)


def _fit(runner: Runner, plan: Plan, say: Say) -> Fitted:
    size, targets = plan.design, plan.targets
    sd = np.sqrt(np.diag(targets.covariance()))
    replicates = _replicates(runner, plan)
    say(f"{size.replicates} replications of one point say how noisy a run is")
    screened = _screening(runner, plan, sd, replicates.var(axis=0, ddof=1))
    free, held = _chosen(plan, screened, np.atleast_2d(np.cov(replicates.T)))
    say(
        f"free: {', '.join(free.names)}; held at their values though they matter: {', '.join(held) or 'none'}"
    )
    emulator, waves, runs = _waves(runner, plan, free, held, sd, replicates, say)
    likelihood = Likelihood(emulator, targets.covariance())
    known = runs
    for number in range(1, size.rounds + 1):
        confirmed = _confirmed(runner, plan, free, held, likelihood, number)
        sound = confirmed.sound
        covered = coverage(emulator, confirmed.cube[sound], confirmed.outputs[sound])
        known = _together([known, confirmed])
        emulator = fit_emulator(known.cube, known.outputs, sd, replicates, size.seed)
        after = Likelihood(emulator, targets.covariance())
        effective = cubes.effective_number(after(confirmed.cube[sound]) - likelihood(confirmed.cube[sound]))
        likelihood = after
        worth = f"they are worth {effective:.0f}; {covered:.0%} of 90 % covered"
        say(f"{int(sound.sum())} draws were run; {worth}")
    particles = _LAST_TIMES * max(size.particles, size.draws)
    last = cubes.draw(after, len(free.names), particles, size.seed + 1, moves=_LAST_MOVES).points
    points = last[_spread_out(last, size.draws)]
    recovery = recover(emulator, runs.cube, runs.outputs, targets.covariance(), sd, size.truths, size.seed)
    before = hindcast(emulator, targets, size.particles, size.seed + 2)
    return Fitted(
        plan,
        free,
        held,
        screened,
        waves,
        replicates.std(axis=0, ddof=1),
        confirmed,
        points,
        contraction_of(last),
        effective,
        covered,
        recovery,
        emulator,
        before,
    )


def _confirmed(
    runner: Runner,
    plan: Plan,
    free: FreeSpace,
    held: dict[str, float],
    likelihood: Likelihood,
    number: int,
) -> Runs:
    """Run draws of the posterior as the emulators have it, in the numbered round."""
    size, again = plan.design, number - 1
    drawn = cubes.draw(
        likelihood, len(free.names), max(size.particles, size.confirmed), size.seed + 100 * again
    )
    points = drawn.points[_spread_out(drawn.points, size.confirmed)]
    stage = f"{CONFIRMED}-{number}" if again else CONFIRMED
    return runner.run(stage, _SEEDS[CONFIRMED] + 100 * again, free, points, held=held)


def coverage(emulator: Emulator, points: np.ndarray, outputs: np.ndarray) -> float:
    """Return the share of runs' outputs inside the emulator's 90 % intervals, noise of runs included."""
    mean, variance = emulator.outputs(points)
    distance = np.abs(outputs - mean) / np.sqrt(variance + np.diag(emulator.noise))
    return float((distance <= 1.6449).mean())


def _replicates(runner: Runner, plan: Plan) -> np.ndarray:
    """Return the outputs of replications of the point values, (r, n_targets)."""
    point = cube_of(plan.space, point_parameters().with_values(as_values(plan.space)))
    rows = np.tile(point, (plan.design.replicates, 1))
    runs = runner.run(REPLICATES, _SEEDS[REPLICATES], plan.space, rows, rest="point")
    return runs.outputs[runs.sound]


def _screening(runner: Runner, plan: Plan, sd: np.ndarray, noise: np.ndarray) -> list[Screened]:
    names = plan.space.names
    points = design(names, plan.design.trajectories, plan.design.seed)
    runs = runner.run(SCREENING, _SEEDS[SCREENING], plan.space, points, rest="point")
    length = len(names) + 1
    if not runs.sound.reshape(-1, length).all(axis=1).any():
        raise RunError("every trajectory of the screening has a run that failed")
    return screen(names, points, runs.outputs, sd, noise, plan.targets.labels)


def _chosen(plan: Plan, screened: list[Screened], noise: np.ndarray) -> tuple[FreeSpace, dict[str, float]]:
    """Return the free parameters, and the values of those that matter and are not free.

    `noise` is the covariance of the outputs between replications.
    """
    size = plan.design
    names = choose_free(screened, plan.targets.covariance() + noise, size.least_effect, size.most_free)
    if not names:
        raise RunError("no parameter moves anything that is published: there is nothing to fit")
    own = as_values(plan.space)
    matter = [item.name for item in screened if item.name not in names and _stays(item, size.least_effect)]
    return plan.space.only(names), {name: own[name] for name in sorted(matter)}


def _stays(item: Screened, least: float) -> bool:
    """Tell whether a parameter that is not free keeps its value: one that matters, and a constant of place.

    A constant that the data do not ask for is zero; drawn from its prior it would scatter people over areas.
    """
    return item.effect >= least or item.name.startswith(AREA_CONSTANT)


def _waves(
    runner: Runner,
    plan: Plan,
    free: FreeSpace,
    held: dict[str, float],
    sd: np.ndarray,
    replicates: np.ndarray,
    say: Say,
) -> tuple[Emulator, list[Wave], Runs]:
    """Run the waves and return the last emulator, what each wave left, and all runs that ended."""
    size, dim = plan.design, len(free.names)
    points = cubes.latin_hypercube(size.wave_runs, dim, size.seed)
    parts: list[Runs] = []
    waves: list[Wave] = []
    while True:
        number = len(waves) + 1
        parts.append(runner.run(f"{WAVE}-{number}", _SEEDS[WAVE] + number, free, points, held=held))
        runs = _together(parts)
        emulator = fit_emulator(runs.cube, runs.outputs, sd, replicates, size.seed)
        likelihood = Likelihood(emulator, plan.targets.covariance())
        prior = cubes.latin_hypercube(_LOOKED_AT, dim, size.seed + number)
        left = float((likelihood.implausibility(prior) <= CUT).mean())
        waves.append(Wave(len(points), left))
        say(f"wave {number}: {left:.2%} of the prior is not ruled out")
        if number == size.waves:
            return emulator, waves, runs
        drawn = cubes.draw(
            NotRuledOut(likelihood), dim, max(size.particles, size.wave_runs), size.seed + number
        )
        points = drawn.points[_spread_out(drawn.points, size.wave_runs)]


def _together(parts: list[Runs]) -> Runs:
    return Runs(
        np.vstack([part.cube[part.sound] for part in parts]),
        np.vstack([part.outputs[part.sound] for part in parts]),
        np.concatenate([part.seeds[part.sound] for part in parts]),
    )


def _spread_out(points: np.ndarray, n: int) -> np.ndarray:
    """Return n rows at even distances of a list in which neighbours may be alike."""
    order = np.lexsort(points.T)
    return order[np.linspace(0, len(points) - 1, n).round().astype(int)]
