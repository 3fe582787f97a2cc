"""Choose what a fit may move, and carry parameters between their priors and the unit cube.

All parameters of behaviour.yaml that can move people are candidates. At most twelve become free: those that
what is published can tell most about, at most three of them of migration, and of place only the constants of
the area groups (one group is the reference: only differences matter) and how far new homes lie where listings
say. The rest of the candidates keep their values where they matter and are drawn from their priors where they
do not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.screening import Screened
from sim.errors import InputError
from sim.parameters.store import Parameter, ParameterSet, load_parameters, read_parameters

MOST_FREE = 12
MOST_OF_MIGRATION = 3

MIGRATION = ("arrival_", "leave_rate_", "leave_factor_", "leave_rent_", "exit_", "school_refused_leave")
"""How the names of the parameters of migration begin."""

_UNIFORM_SD = 12**-0.5
"""Standard deviation of a prior as the cube has it."""

AREA_CONSTANT = "taste_area_"
REFERENCE = "taste_area_inner"
"""The area group that the other constants are measured against."""

_NOT_OF_PEOPLE = (
    "visitors_",
    "lodging_",
    "nights_",
    "market_customers_",
    "hospital_",
    "companions_",
    "custom_",
    "complaint_",
    "official_error_",
)
"""Beginnings of the parameters that published populations can say nothing about: visitors, beds, patients,
customers, complaints and the error of publication."""


@dataclass(frozen=True)
class FreeSpace:
    """Hold the parameters that are moved together, in order, with their priors."""

    entries: tuple[tuple[str, Parameter], ...]

    @property
    def names(self) -> list[str]:
        """Return the names in order."""
        return [name for name, _ in self.entries]

    def values(self, cube: np.ndarray) -> np.ndarray:
        """Return the values below which the shares of each prior lie that a cube's points are, (n, d)."""
        columns = [
            np.clip(entry.prior.quantiles(cube[:, k]), entry.prior.low, entry.prior.high)
            for k, (_, entry) in enumerate(self.entries)
        ]
        return np.stack(columns, axis=1)

    def only(self, names: Sequence[str]) -> FreeSpace:
        """Return the space of some of the parameters, in the order given."""
        by_name = dict(self.entries)
        return FreeSpace(tuple((name, by_name[name]) for name in names))

    @property
    def digest(self) -> str:
        """Return the SHA-256 of names, values and priors."""
        said = [(name, entry.value, entry.prior.model_dump()) for name, entry in self.entries]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def candidates(priors: str | None = None) -> FreeSpace:
    """Return the parameters that a fit may move.

    Parameters
    ----------
    priors
        A file of the user's in the format of behaviour.yaml whose entries replace those of the same name.

    Raises
    ------
    InputError
        When the file is not right (bounds crossed, a value outside them), or names a parameter that the model
        does not have or that no fit can move.
    """
    own = load_parameters("behaviour")
    entries = dict(own.entries)
    if priors is not None:
        given = read_parameters(priors).entries
        own.with_values({name: entry.value for name, entry in given.items()}, where=priors)
        fixed = [name for name in given if not _movable(name, given[name])]
        if fixed:
            raise InputError(
                f"no fit can move {', '.join(fixed)}",
                where=priors,
                why="published populations say nothing about it, or its prior has no width",
                mend="leave it out of the file",
            )
        entries |= given
    return FreeSpace(tuple((name, entry) for name, entry in entries.items() if _movable(name, entry)))


def is_migration(name: str) -> bool:
    """Tell whether a parameter is one of migration, of which a fit may move three."""
    return name.startswith(MIGRATION)


def choose_free(
    screened: Sequence[Screened], covariance: np.ndarray, least: float, most: int = MOST_FREE
) -> list[str]:
    """Return the parameters that become free, the one that the targets tell most about first.

    Each in turn is the one whose prior variance the targets would reduce by most, given that those before it
    are free as well: the greedy choice of a Bayesian D-optimal subset (Chaloner and Verdinelli 1995,
    Statistical Science 10(3)), with the screening's slopes for the model. Two parameters that move the same
    targets alike are not both chosen while others move something else.

    Parameters
    ----------
    screened
        What the screening found of each candidate.
    covariance
        Of the errors of publication, model and runs, (n_targets, n_targets).
    least
        Effect below which a parameter stays out.
    most
        How many at most.
    """
    found = sorted((item for item in screened if item.effect >= least), key=lambda item: item.name)
    if not found:
        return []
    whiten = np.linalg.inv(np.linalg.cholesky(covariance))
    slopes = whiten @ np.stack([item.slopes for item in found], axis=1) * _UNIFORM_SD
    explained, chosen = np.eye(len(covariance)), list[str]()
    while len(chosen) < min(most, len(found)):
        gain = (slopes * np.linalg.solve(explained, slopes)).sum(axis=0)
        migration = sum(map(is_migration, chosen)) == MOST_OF_MIGRATION
        out = [item.name in chosen or (migration and is_migration(item.name)) for item in found]
        if all(out):
            break
        best = int(np.where(out, -np.inf, gain).argmax())
        chosen.append(found[best].name)
        explained += np.outer(slopes[:, best], slopes[:, best])
    return chosen


def as_values(space: FreeSpace) -> dict[str, float]:
    """Return the parameters' own values."""
    return {name: entry.value for name, entry in space.entries}


def cube_of(space: FreeSpace, values: ParameterSet) -> np.ndarray:
    """Return where values lie in the unit cube, (d,): the share of each prior below them."""
    return np.array([_share_below(entry, values.value(name)) for name, entry in space.entries])


def _movable(name: str, entry: Parameter) -> bool:
    wide = entry.prior.distribution != "fixed" and entry.prior.low != entry.prior.high
    return wide and name != REFERENCE and not name.startswith(_NOT_OF_PEOPLE)


def _share_below(entry: Parameter, value: float) -> float:
    """Return the share of a prior below a value by bisection; a prior gives its quantiles only."""
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if entry.prior.quantile(middle) < value else (low, middle)
    return (low + high) / 2
