"""Write files of draws: the designs of a fit's runs and its posterior."""

from __future__ import annotations

import os
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from sim.parameters.posterior import FORMAT, Posterior

_WORDS = {
    "posterior": "# Draws of a fit, written by 'shujie calibrate'; each run takes one row.\n",
    "design": "# Runs that a fit makes, written by 'shujie calibrate'; each run takes one row.\n",
}


def write_draws(path: Path, draws: Posterior) -> None:
    """Write a file of draws at once or not at all."""
    content: dict[str, Any] = draws.model_dump()
    rows = content.pop("draws")
    if not draws.bounds:
        del content["bounds"]
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.width = 110
    yaml.sort_base_mapping_type_on_output = False
    text = StringIO()
    yaml.dump({"format": FORMAT, **content}, text)
    lines = [f"- [{', '.join(_number(value) for value in row)}]\n" for row in rows]
    path.parent.mkdir(parents=True, exist_ok=True)
    working = path.with_name(f".{path.name}-{os.getpid()}")
    working.write_text(_WORDS[draws.kind] + text.getvalue() + "draws:\n" + "".join(lines), encoding="utf-8")
    working.replace(path)


def _number(value: float) -> str:
    text = f"{value:.10g}"
    return text if any(mark in text for mark in ".en") else f"{text}.0"
