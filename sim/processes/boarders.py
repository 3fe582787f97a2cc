"""Remember the families of Beijing's pupils who live on a campus, so that they come home afterwards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.city.state import City
from sim.rng import Stream

NOWHERE = -1


@dataclass
class Boarders:
    """Hold students by their draw keys, ascending, and the household row of the family each comes from."""

    key: np.ndarray
    row: np.ndarray

    def part(self, mask: np.ndarray) -> Boarders:
        """Return the boarders a mask selects."""
        return Boarders(self.key[mask], self.row[mask])

    def find(self, keys: np.ndarray) -> np.ndarray:
        """Return the household rows of some students' families, -1 for who has none."""
        if not len(self.key):
            return np.full(len(keys), NOWHERE, dtype=np.int64)
        place = np.minimum(np.searchsorted(self.key, keys), len(self.key) - 1)
        return np.where(self.key[place] == keys, self.row[place], NOWHERE)


def take_leave(city: City, pupils: np.ndarray) -> np.ndarray:
    """Say which new students board, and remember the families of those who come from one in Beijing.

    Parameters
    ----------
    pupils
        Resident rows of new students, -1 for who comes from outside.

    Returns
    -------
    numpy.ndarray
        Whether each of them lives on the campus, bool (n,).
    """
    people = city.residents
    at_home = np.flatnonzero(pupils >= 0)
    keys = people.draw_key[pupils[at_home]]
    stays = city.random.uniforms(Stream.CAMPUS, keys, city.quarter, 4) >= city.parameter("pupils_board_share")
    boards = np.ones(len(pupils), dtype=np.bool_)
    boards[at_home[stays]] = False
    key = np.concatenate([_held(city).key, keys[~stays]])
    family = people.household_id[pupils[at_home[~stays]]].astype(np.int64)
    family = np.concatenate([_held(city).row, family])
    order = np.argsort(key, kind="stable")
    city.scratch["boarders"] = Boarders(key[order], family[order])
    return boards


def families(city: City, rows: np.ndarray) -> np.ndarray:
    """Return the household rows that graduates, resident rows, go home to, -1 for who has none; i8 (n,)."""
    found = _held(city).find(city.residents.draw_key[rows])
    there = city.households.n_persons[np.maximum(found, 0)] > 0
    return np.where(there, found, NOWHERE)


def forget(city: City, rows: np.ndarray) -> None:
    """Forget the families of some residents."""
    held = _held(city)
    city.scratch["boarders"] = held.part(~np.isin(held.key, city.residents.draw_key[rows]))


def _held(city: City) -> Boarders:
    none = Boarders(np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64))
    held: Boarders = city.scratch.get("boarders", none)
    return held
