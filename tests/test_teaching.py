"""The page for teachers is true: its claims are judged, and its numbers are the published run's."""

import re

import pytest

import activation_lab
from conftest import ROOT

PAGE = (ROOT / "docs/teaching.md").read_text()
EVIDENCE = activation_lab.load(ROOT / "docs/reference")["claims"].set_index("claim")["evidence"]
DISCUSSED = re.findall(r"^\*\*.*$", PAGE, flags=re.MULTILINE)
NUMBER = re.compile(r"\d+(?:\.\d+)?")


def test_every_claim_of_the_table_is_judged():
    last = [line.rpartition(" | ")[2] for line in PAGE.splitlines() if line.startswith("| ")]
    named = {name for cell in last for name in re.findall(r"`([\w-]+)`", cell)}
    assert len(named) > 15
    assert named <= set(EVIDENCE.index)


@pytest.mark.parametrize("text", DISCUSSED, ids=lambda text: text.split("**")[1])
def test_the_numbers_to_discuss_stand_in_the_claims_that_are_named(text):
    evidence = " ".join(EVIDENCE[re.findall(r"\(claim `([\w-]+)`\)", text)])
    numbers = NUMBER.findall(text)
    assert numbers
    assert set(numbers) <= set(NUMBER.findall(evidence))
