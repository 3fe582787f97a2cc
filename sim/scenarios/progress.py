"""Keep account of a batch: what is done, what failed and why, how long it still takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sim.errors import RunError
from sim.scenarios.run_folder import RunSpec

Replaced = tuple[str, str]


@dataclass(frozen=True)
class Progress:
    """Tell how far a batch is.

    Attributes
    ----------
    done, total
        Runs that are finished, those found in the store included, and runs asked for.
    failed
        Runs that failed.
    seconds
        Time since the start.
    runs_a_minute, seconds_left
        Rate of the runs made now and time left at that rate; None before the first one has ended.
    run
        The run that ended last, as ``scenario/replication``; empty at the start.
    message
        A notice, such as a damaged run that is run again.
    """

    done: int
    total: int
    failed: int
    seconds: float
    runs_a_minute: float | None
    seconds_left: float | None
    run: str = ""
    message: str = ""


@dataclass
class BatchReport:
    """Say what a batch did.

    Attributes
    ----------
    made, found
        Runs made now, and those that the store already held.
    failed
        Why each failed run failed, by ``scenario/replication``.
    replaced
        Damaged runs that were set aside and run again, with what was wrong.
    pasts_lost
        Why pasts that scenarios share could not be kept; their runs were made from the start.
    """

    store: Path
    made: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    replaced: list[Replaced] = field(default_factory=list)
    pasts_lost: list[str] = field(default_factory=list)


class BatchError(RunError):
    """Say which runs of a batch failed and why; all others are in the store."""

    def __init__(self, report: BatchReport) -> None:
        self.report = report
        super().__init__(report)

    def __str__(self) -> str:
        """Return one line a failed run."""
        failed = len(self.report.failed)
        total = failed + len(self.report.made) + len(self.report.found)
        lines = [f"{failed} of {total} runs failed; what is finished is in {self.report.store}"]
        lines += [f"  {run}: {why}" for run, why in self.report.failed.items()]
        return "\n".join(lines)


class Watch:
    """Keep the report of a batch and tell how far it is."""

    def __init__(self, report: BatchReport, total: int, progress: Callable[[Progress], None] | None) -> None:
        self._report = report
        self._total = total
        self._tell = progress
        self._start = time.monotonic()

    def begin(self) -> None:
        """Tell how many runs there are to make, before the first one has ended."""
        self._send("")

    def found(self, spec: RunSpec) -> None:
        """Note a run that the store held already."""
        self._report.found.append(spec.label)
        self._send(spec.label)

    def damaged(self, spec: RunSpec, flaw: str, put: Path) -> None:
        """Note a run that was set aside."""
        self._report.replaced.append((spec.label, flaw))
        self._send(
            "",
            f"runs/{spec.label} is damaged ({flaw}): set aside as {put.parent.name}/{put.name} and run again",
        )

    def past_lost(self, spec: RunSpec, failure: str) -> None:
        """Note that a past which scenarios share could not be kept; they are run from the start."""
        self._report.pasts_lost.append(failure)
        self._send("", f"the past of replication {spec.replication} could not be shared: {failure}")

    def ended(self, spec: RunSpec, failure: str | None) -> None:
        """Note a run that was made or failed."""
        if failure is None:
            self._report.made.append(spec.label)
            self._send(spec.label)
        else:
            self._report.failed[spec.label] = failure
            self._send(spec.label, f"{spec.label} failed: {failure}")

    def _send(self, run: str, message: str = "") -> None:
        if self._tell is None:
            return
        made, failed = len(self._report.made), len(self._report.failed)
        done = made + len(self._report.found)
        seconds = time.monotonic() - self._start
        rate = (made + failed) / seconds * 60 if made + failed and seconds > 0 else None
        left = None if rate is None else (self._total - done - failed) / rate * 60
        self._tell(Progress(done, self._total, failed, seconds, rate, left, run, message))
