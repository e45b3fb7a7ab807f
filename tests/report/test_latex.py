"""Tables for LaTeX: what LaTeX would read as markup, and whether it sets them."""

import re
import shutil
import subprocess

import pytest
from made_up_studies import made_up
from test_findings import analysed

from activation_lab.analysis.claims import CLAIMS
from activation_lab.report import latex, listings
from conftest import ROOT

MANY = [{"first": "relu", "evidence": "It is so at 1000 of 1000 points. " * 4}] * 30
SPECIAL = r"a & b, 5% of $x_1 {y} #1 ~ ^ \alpha <b> | “q” – … ’ é"
MATHS = "σ_w² ≤ √χ₁ × φ′ ± ξ − Φ → ✓ ✗ ∇ ψ ⊙ ·"
DOCUMENT = r"""\documentclass{article}
\usepackage{array,booktabs,longtable}
\begin{document}
\listoftables
%s
Table~\ref{tab:one}
\end{document}"""
TABLES = {
    "numbers": latex.table([{"networks": "relu", "seeds": "5"}], "Seeds", "one", "A note."),
    "signs": latex.table([{SPECIAL: MATHS}, {SPECIAL: SPECIAL}], SPECIAL, "one", MATHS),
    "long": latex.table(MANY, "Claims", "one", SPECIAL),
    "study": latex.table(listings.accuracy.pairs(analysed(made_up(["relu", "tanh"]))), "P", "one"),
}


def test_a_table_has_rules_a_caption_and_a_label():
    made = TABLES["numbers"]
    assert made.startswith("% Needs \\usepackage{array,booktabs}.\n")
    assert "\\caption[Seeds]{Seeds. A note.}\n\\label{tab:one}" in made
    assert (
        "\\begin{tabular}{lr}\n\\toprule\nnetworks & seeds \\\\\n\\midrule\nrelu & 5 \\\\" in made
    )


def test_signs_that_the_first_fonts_show_as_others_are_maths():
    """Without a T1 font LaTeX sets a Spanish question mark for >."""
    assert latex.escaped("p < 0.1 > |x|") == (
        "p \\ensuremath{<} 0.1 \\ensuremath{>} \\ensuremath{|}x\\ensuremath{|}"
    )


def test_what_is_too_long_for_a_page_goes_over_several():
    made = TABLES["long"]
    assert "longtable}.\n" in made
    assert made.count("relu") == 30
    assert "\\begin{table}" not in made
    assert "\\caption{Claims.}" in made  # on every page; the note comes once, below
    assert made.count("\\textbackslash{}alpha") == 1


def test_wide_columns_become_paragraphs_that_fill_the_line():
    shares = [float(share) for share in re.findall(r"dimexpr([\d.]+)", TABLES["long"])]
    assert len(shares) == 2
    assert shares[1] > 3 * shares[0]
    assert sum(shares) == pytest.approx(1, abs=0.01)


def test_a_column_with_more_text_has_more_room():
    room = latex.letters([{"short": "word " * 20, "long": "word " * 80}])
    assert room["long"] > 2 * room["short"]
    assert sum(room.values()) + latex.GAP * 2 <= latex.LETTERS


@pytest.mark.parametrize("name", TABLES)
def test_latex_sets_the_table(name, tmp_path):
    engine = shutil.which("pdflatex")
    if not engine:
        pytest.skip("LaTeX is not installed")
    (tmp_path / "all.tex").write_text(DOCUMENT % TABLES[name])
    for _ in range(2):  # the second reads the list of tables, and the label
        done = subprocess.run(
            [engine, "-interaction=nonstopmode", "-halt-on-error", "all.tex"],
            cwd=tmp_path,
            capture_output=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout.decode(errors="replace")
    assert b"undefined" not in done.stdout


def test_every_sign_of_the_report_is_known():
    """A sign that LaTeX's first fonts lack stops it, or is missing on the page."""
    claims = list(CLAIMS.values())
    said = " ".join(f"{claim.statement} {claim.quote} {claim.test}" for claim in claims)
    said += (ROOT / "docs/reference/report.md").read_text()
    unknown = {sign for sign in said if not latex.escaped(sign).isascii()}
    assert not unknown
