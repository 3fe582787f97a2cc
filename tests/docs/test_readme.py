"""The two READMEs are twins: what the English one names, the Chinese one names too."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENGLISH = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh.md").read_text(encoding="utf-8")


def test_both_name_the_same_commands():
    def commands(text):
        return set(re.findall(r"^shujie ([a-z]+)|`shujie ([a-z]+)", text, re.MULTILINE))

    assert commands(ENGLISH) <= commands(CHINESE)


def test_both_have_the_same_sections_tables_and_links():
    for pattern in (r"^## ", r"^\|", r"^```"):
        assert len(re.findall(pattern, ENGLISH, re.MULTILINE)) == len(
            re.findall(pattern, CHINESE, re.MULTILINE)
        ), pattern
    links = set(re.findall(r"\]\(([^)]+)\)", ENGLISH)) - {"README.zh.md"}
    assert links <= set(re.findall(r"\]\(([^)]+)\)", CHINESE))


def test_every_link_of_the_chinese_one_leads_somewhere():
    for link in re.findall(r"\]\(([^)#]+)\)", CHINESE):
        assert (ROOT / link).exists(), link


def test_the_chinese_one_names_paths_that_exist():
    for path in re.findall(r"`(sim/[\w/.]+)`", CHINESE):
        assert (ROOT / path).exists(), path
