"""Write JSON Schemas of the project's YAML files, so that an editor completes keys and underlines mistakes.

python -m sim.scenarios.editor_schemas          # writes docs/schemas/
python -m sim.scenarios.editor_schemas --check  # ends with 1 when a file is not up to date

They are made from the same models that check a file when it is read, with the ids of the catalogue as
choices. The models know more than a schema can say: `shujie check` has the last word.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from sim.codes import OUTSIDE
from sim.policy.catalogue import kind_parameters, load_documents, load_kinds, load_measures
from sim.policy.coverage import CoverageFile
from sim.policy.places import places
from sim.policy.schema import Document, Kinds, MeasureFile, TargetFile
from sim.policy.stocks import StockFile
from sim.scenarios.scenario import library_names
from sim.scenarios.scenario_file import ScenarioFile

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]


def schemas() -> dict[str, Schema]:
    """Return the schema of each file format by the name of its file in docs/schemas/."""
    return {
        "measure": _measure(),
        "scenario": _scenario(),
        "document": _plain(Document),
        "kinds": _plain(Kinds),
        "targets": _with_places(_plain(TargetFile)),
        "coverage": _plain(CoverageFile),
        "stocks": _with_places(_plain(StockFile)),
    }


def texts() -> dict[Path, str]:
    """Return the text of each schema by its path."""
    return {FOLDER / f"{name}.schema.json": _text(schema) for name, schema in schemas().items()}


def _text(schema: Schema) -> str:
    return json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _plain(model: type[BaseModel]) -> Schema:
    return {"$schema": DIALECT, **model.model_json_schema()}


def _measure() -> Schema:
    schema = _with_places(_plain(MeasureFile))
    kinds = load_kinds()
    _choose(schema, "kind", kinds)
    _choose(schema, "document", load_documents())
    schema["allOf"] = [
        {
            "if": {"properties": {"kind": {"const": name}}, "required": ["kind"]},
            "then": {
                "properties": {
                    "action": {"enum": list(kind.actions)},
                    "parameters": {"propertyNames": {"enum": _parameters_of(name)}},
                }
            },
        }
        for name, kind in kinds.items()
    ]
    return schema


def _scenario() -> Schema:
    schema = _plain(ScenarioFile)
    _choose(schema, "extends", library_names())
    include, levers = schema["$defs"]["Include"], schema["$defs"]["Levers"]
    for key, ids in (
        ("measures", load_measures()),
        ("without", load_measures()),
        ("kinds", load_kinds()),
        ("documents", load_documents()),
    ):
        include["properties"][key]["items"] = {"enum": sorted(ids)}
    for key, ids in (("scale_kinds", load_kinds()), ("scale_measures", load_measures())):
        levers["properties"][key]["propertyNames"] = {"enum": sorted(ids)}
    return schema


def _with_places(schema: Schema) -> Schema:
    """Give every key that names a place the ids of the places."""
    definitions = schema.setdefault("$defs", {})
    for part in [schema, *definitions.values()]:
        for name, entry in part.get("properties", {}).items():
            if name in ("area", "origin"):
                _refer(entry, "Place")
            elif name == "destination":
                _refer(entry, "Destination")
            elif name == "destinations":
                entry["propertyNames"] = {"$ref": "#/$defs/Destination"}
    definitions["Place"] = {"enum": sorted(places().areas), "description": "A zone, a district or an area."}
    definitions["Destination"] = {
        "enum": sorted([*places().zone_ids, *OUTSIDE]),
        "description": "A zone, or where people and firms go outside Beijing.",
    }
    return schema


def _refer(entry: Schema, definition: str) -> None:
    reference = {"$ref": f"#/$defs/{definition}"}
    if "anyOf" in entry:
        entry["anyOf"] = [reference, *(option for option in entry["anyOf"] if option["type"] == "null")]
    else:
        entry.pop("type")
        entry.update(reference)


def _choose(schema: Schema, key: str, ids: Iterable[str]) -> None:
    entry = schema["properties"][key]
    for option in entry.get("anyOf", [entry]):
        if option.get("type") == "string":
            option["enum"] = sorted(ids)


def _parameters_of(kind: str) -> list[str]:
    return sorted(name for name in kind_parameters().entries if name.startswith(f"{kind}_"))


def main(words: list[str]) -> int:
    """Write the schemas, or tell which are not up to date."""
    stale = [
        path
        for path, text in texts().items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    if "--check" in words:
        for path in stale:
            sys.stderr.write(f"{path.name} is not up to date: run make docs\n")
        return int(bool(stale))
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in stale:
        path.write_text(texts()[path], encoding="utf-8")
        sys.stderr.write(f"{path} is up to date\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
