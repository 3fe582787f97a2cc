"""Be the command `shujie`: read the request, hand it to the library, say what came of it.

Heavy libraries are imported inside the commands, so that `shujie --help` answers at once. Exit status:
0 done; 1 the work failed; 2 the request was wrong.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from sim import cli_accounts, cli_attribute, cli_library, cli_results, cli_robustness, cli_run
from sim.cli_output import say, write
from sim.entry_points import COMMANDS as ADDED
from sim.entry_points import declared
from sim.errors import ShujieError

app = typer.Typer(
    name="shujie",
    help="Simulate Beijing's relocation campaigns: which targets are reached, how surely, who is displaced.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        import sim

        write(f"shujie {sim.__version__}\n")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Take the options that stand before a command."""


COMMANDS: dict[str, Callable[..., None]] = {
    "run": cli_run.run,
    "rerun": cli_run.rerun,
    "targets": cli_results.targets,
    "densities": cli_results.densities,
    "indicators": cli_results.indicators,
    "flows": cli_results.flows,
    "ledger": cli_accounts.ledger,
    "fund": cli_accounts.fund,
    "compare": cli_results.compare,
    "attribute": cli_attribute.attribute,
    "robustness": cli_robustness.robustness,
    "report": cli_results.report,
    "scenarios": cli_library.scenarios,
    "show": cli_library.show,
    "check": cli_library.check,
    "catalogue": cli_library.catalogue,
    "figures": cli_library.figures,
    "coverage": cli_library.coverage,
    "schedule": cli_library.schedule,
    "base": cli_library.base,
}
for _name, _command in COMMANDS.items():
    app.command(_name)(_command)
for _point in declared(ADDED):
    app.command(_point.name)(_point.load())


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    Parameters
    ----------
    argv
        The words after `shujie`; None takes those of the process.
    """
    try:
        app(args=None if argv is None else list(argv), prog_name="shujie")
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except ShujieError as error:
        say(f"error: {error}")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
