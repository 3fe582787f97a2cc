"""Run a reduced quarter - births, deaths, relocation - with every person and household as a Mesa object.

This is how the same city would be written from Mesa's tutorials, with care but without columns: one agent a
person, one agent a household, random numbers from the model's generator, and the choice among zones done with
NumPy.
"""

from __future__ import annotations

import time

import mesa
import numpy as np

N_ZONES = 343


class Person(mesa.Agent):
    """Age, perhaps die, perhaps bear a child."""

    def __init__(self, model: PlainCity, birth_quarter: int, sex: int, home: Home) -> None:
        super().__init__(model)
        self.birth_quarter = birth_quarter
        self.sex = sex
        self.home = home
        home.members.append(self)

    def step(self) -> None:
        """Live one quarter."""
        model = self.model
        age = min((model.quarter - self.birth_quarter) // 4, 110)
        if model.random.random() < model.death[self.sex, age]:
            self.home.members.remove(self)
            if not self.home.members:
                model.vacant[self.home.zone] += 1
                self.home.remove()
            self.remove()
        elif self.sex == 1 and model.random.random() < model.birth[age]:
            Person(model, model.quarter, int(model.random.random() < 0.48), self.home)


class Home(mesa.Agent):
    """Hold the members of a household and, now and then, move."""

    def __init__(self, model: PlainCity, zone: int, work_zone: int) -> None:
        super().__init__(model)
        self.zone = zone
        self.work_zone = work_zone
        self.members: list[Person] = []

    def step(self) -> None:
        """Perhaps choose a zone among all by travel to work, closeness to the last home and vacancies."""
        model = self.model
        if model.random.random() >= model.move_prob:
            return
        utility = model.decay[:, self.work_zone] + model.closeness[self.zone] + np.log(model.vacant + 1e-9)
        choice = int(np.argmax(utility + model.rng.gumbel(size=N_ZONES)))
        if model.vacant[choice] >= 1:
            model.vacant[self.zone] += 1
            model.vacant[choice] -= 1
            self.zone = choice


class PlainCity(mesa.Model):
    """Hold the objects; tables and first state are those of the city it is compared with."""

    def __init__(self, start: dict[str, np.ndarray], move_prob: float, *, rng: int) -> None:
        super().__init__(rng=rng)
        self.quarter = 0
        self.death, self.birth = start["death"], start["birth"]
        self.decay, self.closeness = start["decay"], start["closeness"]
        self.vacant = start["vacant"].astype(float)
        self.move_prob = move_prob
        homes = [
            Home(self, int(zone), int(work))
            for zone, work in zip(start["zone"], start["work_zone"], strict=True)
        ]
        for birth_quarter, sex, home in zip(start["birth_quarter"], start["sex"], start["home"], strict=True):
            Person(self, int(birth_quarter), int(sex), homes[home])

    def step(self) -> None:
        """Run one quarter: people in random order, then households in random order."""
        self.quarter += 1
        self.agents_by_type[Person].shuffle_do("step")
        self.agents_by_type[Home].shuffle_do("step")


def speed(start: dict[str, np.ndarray], move_prob: float, n_quarters: int = 4) -> float:
    """Return resident-quarters a second of the objects, without the time of making them."""
    model = PlainCity(start, move_prob, rng=1)
    n_people = len(start["sex"])
    model.step()
    begin = time.perf_counter()
    for _ in range(n_quarters):
        model.step()
    elapsed = time.perf_counter() - begin
    model.remove_all_agents()
    return n_people * n_quarters / elapsed
