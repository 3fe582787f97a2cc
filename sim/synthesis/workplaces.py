"""Say where people work: jobs by zone and sector are modelled so that commutes fit."""

import numba as nb
import numpy as np
import pandas as pd

from sim.city.network import travel_minutes
from sim.city.zones import load_zones
from sim.codes import N_DISTRICTS, N_ZONES, CommuteGroup, Sector
from sim.kernels.philox import uniform4
from sim.parameters.commutes import travel_decay_rates
from sim.parameters.store import ParameterSet
from sim.synthesis.rounding import fit

N_SECTORS = len(Sector)

JOB_SHARE = np.array([
    # the core, Chaoyang, Fengtai, Shijingshan, Haidian
    0.065, 0.086, 0.198, 0.087, 0.026, 0.182,
    # Mentougou, Fangshan, Tongzhou, Shunyi, Changping, Daxing, Huairou, Pinggu, Miyun, Yanqing
    0.012, 0.038, 0.051, 0.062, 0.057, 0.087, 0.018, 0.013, 0.012, 0.006,
])  # fmt: skip
"""Districts' shares of non-farm jobs other than the self-employed's, 2010. Assumed to be those of 2023, of
which three are published (Chaoyang 19.8, Haidian 18.2, Fengtai 8.7 %; no other is above Fengtai's: economic
census, table employment); the rest by legal entities of 2018 and non-public units above scale of 2016. Daxing
with the development area."""
CENTRES = {
    # zone: how many times its people it draws; business, government, technology, industry and airport centres
    "chaoyang.jianwai": 9.0, "chaoyang.chaowai": 5.0, "chaoyang.hujialou": 7.0, "chaoyang.maizidian": 5.0,
    "chaoyang.sanlitun": 3.5, "chaoyang.wangjing": 2.0, "chaoyang.jiuxianqiao": 3.5, "chaoyang.aoyuncun": 1.5,
    "chaoyang.shoudujichang": 12.0, "chaoyang.yayuncun": 1.8, "chaoyang.jiangtai": 2.0,
    "chaoyang.zuojiazhuang": 2.0,
    "xicheng.jinrongjie": 5.0, "xicheng.yuetan": 2.5, "xicheng.zhanlanlu": 2.0, "xicheng.xichanganjie": 3.0,
    "dongcheng.donghuamen": 4.0, "dongcheng.jianguomen": 3.5, "dongcheng.dongzhimen": 3.0,
    "dongcheng.zhaoyangmen": 3.5,
    "haidian.zhongguancun": 3.0, "haidian.haidian": 3.5, "haidian.shangdi": 7.0, "haidian.xueyuanlu": 1.6,
    "haidian.ganjiakou": 1.8, "haidian.yangfangdian": 1.8, "fengtai.lugouqiao": 1.3, "fengtai.xincun": 1.8,
    "fengtai.taipingqiao": 1.6, "shijingshan.gucheng": 1.6, "shijingshan.bajiao": 1.5,
    "daxing.ronghua": 12.0, "daxing.boxing": 10.0, "daxing.yizhuang": 1.6,
    "shunyi.tianzhu": 3.0, "shunyi.konggang": 3.0, "shunyi.renhe": 2.0, "changping.chengbei": 1.6,
    "changping.shahe": 1.2, "tongzhou.majuqiao": 1.4, "huairou.yanqi": 2.0,
}  # fmt: skip
"""Assumed (each 0.5 to 2 times)."""
SPREAD = np.array(
    # 0: jobs follow people; 1: jobs follow centres
    [0.0, 0.0, 0.55, 0.5, 0.5, 0.7, 0.95, 0.5, 0.55, 0.9, 0.6, 0.9, 0.85, 0.45, 0.4, 0.5, 0.6, 0.75, 0.7, 1.0]
)
"""Share of a sector's jobs that follow centres, the rest follow its workers' homes. Assumed."""


def job_mass(
    employed: np.ndarray, organisations: pd.DataFrame, parameters: ParameterSet
) -> tuple[np.ndarray, np.ndarray]:
    """Return filled jobs wanted by zone and sector (343, 20), and by organisation.

    Totals by sector are the employed residents', those of districts `JOB_SHARE` for who works for others,
    and homes for the self-employed. No published table gives jobs by workplace and sector for 2010-2018;
    which district has more of a sector is read off the homes of those who work in it (`job_concentration`).
    What is known of organisations stands where they are, the rest of a district's jobs about them; where they
    have more of a sector than is their district's, it has a percent or two too many in all.

    Parameters
    ----------
    employed : (343, 20)
        Employed residents by zone of home and sector.
    """
    district = load_zones().district
    total = employed.sum(axis=0)
    at_home = _by_district(employed)
    centres = _in_centres(at_home, parameters.value("job_concentration"))
    share = centres[district] * _shares_within_districts()[:, None]
    about = SPREAD * total * share + (1.0 - SPREAD) * employed
    wanted = _jobs_of_organisations(organisations, total, parameters)
    place = organisations["zone"].to_numpy(), organisations["sector"].to_numpy()
    fixed = np.zeros((N_ZONES, N_SECTORS))
    np.add.at(fixed, place, wanted)
    in_district = _jobs_of_districts(_by_district(about), at_home, parameters.value("self_employed_share"))
    free = np.maximum(in_district - _by_district(fixed), 0.0)
    free *= (total - fixed.sum(axis=0)) / np.maximum(free.sum(axis=0), 1e-9)
    return fixed + about * (free / np.maximum(_by_district(about), 1e-9))[district], wanted


def _by_district(zones: np.ndarray) -> np.ndarray:
    """Return sums over the zones (343, ...) of each district, (16, ...)."""
    out = np.zeros((N_DISTRICTS, *zones.shape[1:]))
    np.add.at(out, load_zones().district, zones)
    return out


def _in_centres(at_home: np.ndarray, concentration: float) -> np.ndarray:
    """Return the districts' shares of each sector's jobs in centres, (16, 20), columns add up to one.

    A district has the more of a sector the more of those who live there work in it: a power of the location
    quotient of its residents (Florence 1948, Investment, Location, and Size of Plant), as homes are spread
    around the workplaces.

    Parameters
    ----------
    at_home : (16, 20)
        Employed residents by district of home and sector.
    """
    of_sector = at_home / np.maximum(at_home.sum(axis=0), 1.0)
    of_all = at_home.sum(axis=1, keepdims=True) / at_home.sum()
    weight = JOB_SHARE[:, None] * (of_sector / of_all) ** concentration
    return np.asarray(weight / np.maximum(weight.sum(axis=0), 1e-9))


def _shares_within_districts() -> np.ndarray:
    """Return each zone's share of its district's jobs in centres, (343,)."""
    zones = load_zones()
    pull = np.ones(N_ZONES)
    for zone, factor in CENTRES.items():
        pull[zones.index(zone)] = factor
    base = zones.population_2010.astype(float) * pull
    return np.asarray(base / _by_district(base)[zones.district])


def _jobs_of_districts(seed: np.ndarray, at_home: np.ndarray, self_employed: float) -> np.ndarray:
    """Return jobs by district and sector (16, 20), a seed fitted to what districts and sectors have in all.

    Farm jobs are where farmers live. Of the others a share is that of the self-employed, who work about where
    people live; the rest is shared as `JOB_SHARE` says.
    """
    others = np.arange(N_SECTORS) != Sector.AGRICULTURE
    total = at_home[:, others].sum(axis=0)
    lived = at_home[:, others].sum(axis=1) / total.sum()
    share = (1.0 - self_employed) * JOB_SHARE / JOB_SHARE.sum() + self_employed * lived
    jobs = at_home.copy()
    jobs[:, others] = fit(seed[:, others], [share * total.sum(), total], [[0], [1]])
    return jobs


def _jobs_of_organisations(
    organisations: pd.DataFrame, total: np.ndarray, parameters: ParameterSet
) -> np.ndarray:
    """Return filled jobs of each organisation, at most three quarters of its sector's (20,) in all."""
    wanted = organisations["n_jobs"].to_numpy() * (1.0 - parameters.value("job_vacancy_share"))
    sector = organisations["sector"].to_numpy()
    of_sector = np.bincount(sector, weights=wanted, minlength=N_SECTORS)
    return np.asarray(wanted * np.minimum(0.75 * total / np.maximum(of_sector, 1e-9), 1.0)[sector])


def gravity(
    homes: np.ndarray, mass: np.ndarray, minutes: np.ndarray, decay: np.ndarray, rounds: int = 60
) -> np.ndarray:
    """Return trips by group and home (rows) and workplace (columns) for one sector, doubly constrained.

    Parameters
    ----------
    homes : (4, 343) workers by group and home
    mass : (343,) filled jobs
    minutes : (343, 343)
    decay : (4,) per minute

    Source: Wilson (1971), "A family of spatial interaction models", Environment and Planning 3.
    """
    trips = np.exp(-decay[:, None, None] * minutes[None]) * mass[None, None, :]
    for _ in range(rounds):
        trips *= (homes / np.maximum(trips.sum(axis=2), 1e-30))[:, :, None]
        trips *= (mass / np.maximum(trips.sum(axis=(0, 1)), 1e-30))[None, None, :]
    trips *= (homes / np.maximum(trips.sum(axis=2), 1e-30))[:, :, None]
    return trips


@nb.njit(cache=True, nogil=True)
def draw_workplaces(
    keys, sector, home, group, cumulated, org_start, org_index, org_cumulated, work, employer
):
    """Draw zone of work and employer of each employed resident.

    `cumulated` (20, 4, 343, 343) holds cumulated shares of workplaces; `org_*` list organisations of (zone,
    sector) with the cumulated share of its workers each employs.
    """
    for i in range(keys.size):
        s = sector[i]
        if s < 0:
            work[i] = -1
            continue
        u, v, _, _ = uniform4(np.uint64(2010), np.uint64(201), keys[i], np.uint64(0), np.uint64(0))
        row = cumulated[s, group[i], home[i]]
        low, high = 0, row.size - 1
        while low < high:
            middle = (low + high) // 2
            if row[middle] < u:
                low = middle + 1
            else:
                high = middle
        work[i] = low
        cell = low * 20 + s
        for k in range(org_start[cell], org_start[cell + 1]):
            if v < org_cumulated[k]:
                employer[i] = org_index[k]
                break


def plan_commutes(
    counts: np.ndarray, organisations: pd.DataFrame, parameters: ParameterSet
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return cumulated workplace shares (20, 4, 343, 343) and wanted filled jobs (343, 20), by organisation.

    Parameters
    ----------
    counts : (20, 4, 343)
        Employed residents by sector, group and zone of home.
    """
    minutes = np.asarray(travel_minutes(2010), dtype=np.float64)
    mass, wanted = job_mass(counts.sum(axis=1).T.astype(float), organisations, parameters)
    decay = travel_decay_rates()
    cumulated = np.empty((N_SECTORS, len(CommuteGroup), N_ZONES, N_ZONES), dtype=np.float32)
    for s in range(N_SECTORS):
        trips = gravity(counts[s].astype(float), mass[:, s], minutes, decay)
        shares = np.cumsum(trips, axis=2)
        cumulated[s] = shares / np.maximum(shares[:, :, -1:], 1e-30)
        cumulated[s][:, :, -1] = 1.0
    return cumulated, mass, wanted


def employers_by_cell(
    organisations: pd.DataFrame, wanted: np.ndarray, filled: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Return organisations by zone x sector with cumulated shares of the filled jobs there."""
    cell = organisations["zone"].to_numpy() * N_SECTORS + organisations["sector"].to_numpy()
    order = np.argsort(cell, kind="stable")
    start = np.searchsorted(cell[order], np.arange(N_ZONES * N_SECTORS + 1))
    share = wanted[order] / np.maximum(filled.ravel()[cell[order]], 1.0)
    running = np.cumsum(share)
    before = np.concatenate([[0.0], running])[start[cell[order]]]
    return start, order.astype(np.int16), running - before
