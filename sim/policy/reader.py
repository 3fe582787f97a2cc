"""Read policy files: the one safe reader of YAML, under the name the policy code knows."""

from __future__ import annotations

from sim.data.yaml_file import Source, read_source, read_valid, validate
from sim.errors import join_errors

__all__ = ["Source", "join_errors", "read_source", "read_valid", "validate"]
