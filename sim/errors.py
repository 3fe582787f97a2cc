"""Name what can go wrong, so that a command can tell a wrong request from failed work."""

from __future__ import annotations

from collections.abc import Sequence

MOST_TOLD = 200
"""Problems that one message lists; of more it says how many."""


class ShujieError(Exception):
    """Be the root of every error this project raises on purpose."""

    exit_code = 1


class InputError(ShujieError):
    """Say that a request was wrong: what, where, why and how to mend it.

    Parameters
    ----------
    what
        What is wrong, in one clause.
    where
        The file, the key, the option or the row.
    why
        The rule that was broken.
    mend
        What to do about it.

    Notes
    -----
    A command that meets one prints ``str(error)`` and ends with status 2, never with a traceback.
    """

    exit_code = 2

    def __init__(self, what: str, *, where: str = "", why: str = "", mend: str = "") -> None:
        self.what = what
        self.where = where
        self.why = why
        self.mend = mend
        super().__init__(what)

    def __str__(self) -> str:
        """Return all parts that were given, one line each."""
        parts = [self.what]
        parts += [
            f"  {label}: {text}"
            for label, text in (("where", self.where), ("why", self.why), ("mend", self.mend))
            if text
        ]
        return "\n".join(parts)

    def __reduce__(self) -> tuple[object, ...]:
        """Keep every part when the error crosses to another process."""
        return _rebuild_input_error, (self.what, self.where, self.why, self.mend)


def _rebuild_input_error(what: str, where: str, why: str, mend: str) -> InputError:
    return InputError(what, where=where, why=why, mend=mend)


class SeveralInputError(InputError):
    """Tell several wrong things at once, one after the other.

    Parameters
    ----------
    errors
        What is wrong; an error that is itself several is taken apart.
    """

    def __init__(self, errors: Sequence[InputError]) -> None:
        self.errors: list[InputError] = []
        for error in errors:
            self.errors += error.errors if isinstance(error, SeveralInputError) else [error]
        places = dict.fromkeys(error.where.partition(", line ")[0] for error in self.errors if error.where)
        text = "\n".join(str(error) for error in self.errors[:MOST_TOLD])
        if len(self.errors) > MOST_TOLD:
            text += f"\nand {len(self.errors) - MOST_TOLD} more"
        super().__init__(
            f"{len(self.errors)} problems:\n{text}", where=", ".join(places), mend="mend them one by one"
        )

    def __reduce__(self) -> tuple[object, ...]:
        """Keep every error when it crosses to another process."""
        return SeveralInputError, (self.errors,)


def join_errors(errors: Sequence[InputError]) -> InputError:
    """Return one error that tells all of them; the error itself where there is one only."""
    return errors[0] if len(errors) == 1 else SeveralInputError(errors)


class RunError(ShujieError):
    """Say that the request was sound and the work failed; a command ends with status 1."""


class ReconcileError(RunError):
    """Say that people, dwellings, jobs or money do not add up after a stage.

    Parameters
    ----------
    stage
        Name of the stage of the quarter after which the sums were taken.
    place
        Zone, district or area whose sum is wrong.
    amount
        What is missing (negative) or too much (positive), in the unit that ``detail`` names.
    detail
        Which two sums differ.
    """

    def __init__(self, stage: str, place: str, amount: float, detail: str) -> None:
        self.stage = stage
        self.place = place
        self.amount = amount
        self.detail = detail
        super().__init__(stage, place, amount, detail)

    def __str__(self) -> str:
        """Return the stage, the place, the amount and the two sums in one line."""
        return f"after stage '{self.stage}', in {self.place}: off by {self.amount:+g} ({self.detail})"
