"""The schemas for editors are those of the code, take every file of the project and refuse wrong ones."""

import json
from copy import deepcopy

import pytest
from jsonschema import Draft202012Validator

from sim.policy.catalogue import FOLDER
from sim.policy.reader import read_source
from sim.scenarios import editor_schemas
from sim.scenarios.editor_schemas import schemas, texts
from sim.scenarios.scenario import LIBRARY

FILES = {
    "measure": sorted((FOLDER / "measures").glob("*.yaml")),
    "scenario": sorted(LIBRARY.glob("*.yaml")),
    "document": sorted((FOLDER / "documents").glob("*.yaml")),
    "targets": sorted((FOLDER / "targets").glob("*.yaml")),
    "kinds": [FOLDER / "kinds.yaml"],
    "coverage": [FOLDER / "coverage.yaml"],
    "stocks": [FOLDER / "stocks.yaml"],
}
MEASURE = read_source(FOLDER / "measures" / "demolish-2017.yaml").content


def validator(name):
    schema = json.loads(editor_schemas.FOLDER.joinpath(f"{name}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_the_committed_schemas_are_up_to_date():
    for path, text in texts().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: run make docs"
    assert {path.name for path in editor_schemas.FOLDER.glob("*.json")} == {path.name for path in texts()}


def test_the_check_tells_a_stale_file(tmp_path, monkeypatch):
    monkeypatch.setattr(editor_schemas, "FOLDER", tmp_path)
    assert editor_schemas.main(["--check"]) == 1
    assert editor_schemas.main([]) == 0
    assert editor_schemas.main(["--check"]) == 0
    (tmp_path / "kinds.schema.json").write_text("{}", encoding="utf-8")
    assert editor_schemas.main(["--check"]) == 1


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_file_of_the_project_fits_its_schema(name):
    assert set(FILES) == set(schemas())
    check = validator(name)
    for path in FILES[name]:
        errors = [
            f"{path.name}: {error.json_path} {error.message[:200]}"
            for error in check.iter_errors(read_source(path).content)
        ]
        assert errors == []


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (("colour",), "red"),
        (("kind",), "magic"),
        (("action",), "renovate"),
        (("document",), "nowhere"),
        (("first",), "2017Q5"),
        (("id",), "Not An Id"),
        (("basis",), "guessed"),
        (("quantities", 0, "area"), "haidan"),
        (("quantities", 0, "value"), -1),
        (("parameters",), {"basement_spread": {}}),
        (("destinations",), {"nowhere": 1}),
    ],
)
def test_an_editor_underlines_what_is_wrong(keys, value):
    content = deepcopy(MEASURE)
    assert validator("measure").is_valid(content)
    place = content
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    assert not validator("measure").is_valid(content)
