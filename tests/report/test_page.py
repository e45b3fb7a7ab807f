"""The page as a reader has it: in a real browser, by mouse, keyboard and screen reader, and on paper."""

import shutil
from xml.etree import ElementTree

import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image, ImageChops
from playwright.sync_api import sync_playwright
from test_config import changed
from test_findings import analysed, compared
from test_report import CLAIMS, paged, reported

from activation_lab.analysis.claims import CLAIMS as REGISTERED
from activation_lab.report.figures import FIGURES, style
from activation_lab.report.page.drawings import Drawings

CHROMIUM = shutil.which("chromium")
KNOWN = next(name for name, claim in REGISTERED.items() if claim.study == "tutorial")
STATEMENT = "Sigmoid is slow"
QUESTION = "<script>alert(1)</script> <b>What</b> differs?"

pytestmark = pytest.mark.skipif(
    not CHROMIUM, reason="needs a browser: install chromium (apt-get install chromium)"
)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The page of a report whose question is hostile, with a table longer than is shown at once."""
    folder = tmp_path_factory.mktemp("page")
    tables = analysed(compared(0.05, 0, 0))
    rows = tables["contrasts"]
    many = [rows.assign(difference=rows["difference"] + 0.02 * (n - 5)) for n in range(10)]
    tables["contrasts"] = pd.concat(many)
    unsure = {"verdict": "inconclusive", "statement": "2", "evidence": "–"}
    known = {"claim": KNOWN, "verdict": "by definition", "statement": STATEMENT, "evidence": "Yes."}
    asked = {**known, "claim": "start-relu", "verdict": "supported", "statement": "ReLU will do"}
    judged = [*CLAIMS, *[unsure] * 9, known, asked]
    made = reported(tables, changed("studies/tutorial/question", QUESTION), judged)
    (folder / "report.html").write_text(paged(made, folder))
    shutil.rmtree(folder / "figures")  # it stands alone
    return f"file://{folder}/report.html"


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])


@pytest.fixture
def open_page(browser, address):
    """Open the page in a window of a width and scheme; it must say nothing on the console."""
    said, opened = [], []

    def open_page(width=1280, scheme="light"):
        page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda asked: asked.url.startswith("http") and said.append(asked.url))
        page.goto(address)
        opened.append(page)
        return page

    yield open_page
    for page in opened:
        page.close()
    assert said == []


def unfold(page, *what):
    """Open the folded parts of the study with these words in their summaries."""
    for words in what:
        page.locator("section > details > summary", has_text=words).first.click()


def column(table, name):
    """Return a column of a table, as it is read from top to bottom."""
    return table.locator(f'td[data-name="{name}"]').all_inner_texts()


def head(table, name):
    """Return the head of a column."""
    return table.locator("th", has_text=name).first


def test_every_figure_shows(open_page):
    page = open_page()
    page.locator("details").evaluate_all("all => all.forEach((one) => (one.open = true))")
    marks = page.locator("figure use").evaluate_all("all => all.map(one => one.getBBox().width)")
    assert marks == [9, 9]  # a shape that figures share is drawn in each


def test_the_first_screen_has_findings_and_the_score(open_page):
    page = open_page()
    for text in ("2 refuted", "All 3 activations always learnt"):
        box = page.get_by_text(text).first.bounding_box()
        assert box["y"] + box["height"] < 800


def test_what_readers_ask_first_leads_to_the_answer(open_page):
    page = open_page()
    page.get_by_role("link", name="Which activation should I take?").click()
    line = page.locator("tr", has_text="ReLU will do")
    assert line.evaluate("it => it.matches(':target')")
    page.get_by_role("link", name="What is not known?").last.click()
    assert page.locator("#what-is-not-known").evaluate("it => it.matches(':target')")
    assert page.locator("#what-is-not-known ~ ul").first.locator("li").count() == 9


def test_the_count_of_a_verdict_shows_the_claims_that_have_it(open_page):
    page = open_page()
    page.get_by_role("link", name="2 refuted").click()
    shown = page.locator("#claims tbody tr:visible")
    assert [text.split()[1] for text in shown.all_inner_texts()] == ["refuted"] * 2
    page.get_by_role("link", name="Which activation should I take?").click()
    assert shown.count() == 14  # a line that was hidden is shown again


def test_text_from_the_config_stays_text(open_page):
    page = open_page()
    assert QUESTION in page.locator("h2#tutorial").inner_text()
    assert QUESTION in page.locator(".striking").inner_text()
    assert QUESTION in page.locator("nav").inner_text()
    assert page.locator("script").count() == 1


def test_a_click_sorts_numbers_as_numbers_and_again_the_other_way(open_page):
    page = open_page()
    unfold(page, "tables")
    table = page.locator("table", has_text="difference, points").first

    def differences():
        texts = column(table, "difference, points")
        return [float(text.split()[0].replace("−", "-")) for text in texts]

    before = differences()
    assert before != sorted(before)
    assert min(before) < 0
    shown = head(table, "difference")
    shown.get_by_role("button").click()
    assert differences() == sorted(before)
    assert shown.get_attribute("aria-sort") == "ascending"
    shown.get_by_role("button").click()
    assert differences() == sorted(before, reverse=True)
    assert shown.get_attribute("aria-sort") == "descending"
    head(table, "second").get_by_role("button").click()
    assert shown.get_attribute("aria-sort") is None


def test_the_keyboard_sorts(open_page):
    page = open_page()
    table = page.locator(".claims table")
    head(table, "verdict").get_by_role("button").focus()
    page.keyboard.press("Enter")
    ascending = column(table, "verdict")
    order = {"? inconclusive": 9, "= by definition": 1, "✓ supported": 2, "✗ refuted": 2}
    assert ascending == [verdict for verdict, count in order.items() for _ in range(count)]
    page.keyboard.press("Space")
    assert column(table, "verdict") == ascending[::-1]


def test_what_is_missing_comes_last_either_way(open_page):
    page = open_page()
    table = page.locator(".claims table")
    button = head(table, "evidence").get_by_role("button")
    for _ in range(2):
        button.click()
        assert column(table, "evidence")[-1] == "–"


def test_more_lines_open_and_sort(open_page):
    page = open_page()
    unfold(page, "tables")
    page.locator("summary", has_text="All 30 lines").click()
    table = page.locator("details details table")
    assert table.is_visible()
    assert len(column(table, "first")) == 30


def saved(page, name):
    """Click the button with this name, and return what it saves."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=name).first.click()
    return waiting.value


def test_a_table_is_saved_as_csv(open_page):
    page = open_page()
    file = saved(page, "CSV: Claims, judged")
    assert file.suggested_filename == "claims.csv"
    read = pd.read_csv(file.path(), encoding="utf-8-sig")
    assert read["verdict"].tolist() == column(page.locator(".claims table"), "verdict")


def test_a_figure_is_saved_as_svg_and_as_png(open_page):
    page = open_page()
    page.locator(".answer figure svg").scroll_into_view_if_needed()
    svg, png = (saved(page, f"{kind}: tutorial: Test accuracy") for kind in ("SVG", "PNG"))
    assert svg.suggested_filename == "tutorial-accuracy.svg"
    alone = ElementTree.parse(svg.path())
    (use,) = alone.iter("{http://www.w3.org/2000/svg}use")
    assert alone.find(f".//*[@id='{use.attrib['href'][1:]}']").attrib["d"] == "M0 0h9v9"
    assert f".{use.attrib['class']}{{fill: #000000}}" in "".join(
        alone.getroot().itertext()
    )  # as on paper
    with Image.open(png.path()) as image:
        assert image.size == (2700, 600)  # three times what is shown


def test_a_long_table_shows_only_rows_with_the_words_asked_for(open_page):
    page = open_page()
    unfold(page, "tables")
    page.locator("summary", has_text="All 30 lines").click()
    table = page.locator("details details table")
    row = table.locator("tbody tr")
    said = row.first.inner_text().split()[0].lower()
    field = page.locator("details details input[type=search]")
    field.fill(f"{said} no such words")
    assert row.locator("visible=true").count() == 0
    field.fill("")
    assert row.locator("visible=true").count() == 30


def test_a_link_to_what_is_folded_opens_it(open_page):
    page = open_page()
    table = page.locator("details details table")
    anchor = page.locator("details .table").first.get_attribute("id")
    assert not table.is_visible()
    page.evaluate("anchor => (location.hash = anchor)", anchor)
    page.locator(f"#{anchor} table").wait_for(state="visible")
    again = page.url
    page.goto("about:blank")
    page.goto(again)
    page.locator(f"#{anchor} table").wait_for(state="visible")


def test_every_table_claim_and_figure_has_its_own_anchor(open_page):
    page = open_page()
    ids = page.locator("[id]").evaluate_all("all => all.map(one => one.id)")
    assert len(ids) == len(set(ids))
    for what in ("details > .table", "figure", ".claims tbody tr"):
        assert all(page.locator(what).evaluate_all("all => all.map(one => one.id)"))


def test_figures_enlarge_and_escape_gives_the_focus_back(open_page):
    page = open_page()
    button = page.get_by_role("button", name="Enlarge: tutorial: Test accuracy")
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    assert dialog.is_visible()
    drawn = dialog.get_by_role("img", name="tutorial: Test accuracy")
    assert drawn.bounding_box()["width"] > 800
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    assert button.evaluate("button => button === document.activeElement")


def test_a_click_on_a_figure_enlarges_it_too(open_page):
    page = open_page()
    page.locator("figure svg").nth(1).click()
    assert page.get_by_role("dialog").is_visible()
    page.get_by_role("button", name="Close").click()
    button = page.locator("figure").nth(1).get_by_role("button", name="Enlarge")
    assert button.evaluate("it => it === document.activeElement")


def test_the_keyboard_skips_to_the_report(open_page):
    page = open_page()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("width", [320, 400, 800, 1280])
def test_the_page_never_scrolls_sideways(open_page, width):
    page = open_page(width)
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("enlarged", [False, True])
def test_axe_finds_nothing(open_page, scheme, width, enlarged):
    page = open_page(width, scheme)
    unfold(page, "tables", "How it was run")
    page.locator("summary", has_text="All 30 lines").click()
    if enlarged:
        page.locator("figure button").first.click()
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def test_paper_has_the_answers_and_nothing_to_click(open_page, tmp_path):
    page = open_page(scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.locator(".answer figure svg").is_visible()
    assert page.locator(".claims table").is_visible()
    assert not page.locator("summary").first.is_visible()
    unfold_for_print = "all => all.forEach((one) => (one.open = true))"
    page.locator("details").evaluate_all(unfold_for_print)
    assert page.locator("details table").first.is_visible()
    for name in ("nav", "figure button", ".skip"):
        assert not page.locator(name).first.is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    clipped = "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).length"
    page.set_viewport_size({"width": 680, "height": 1000})  # A4 within its margins
    assert page.locator(".table").evaluate_all(clipped) == 0
    assert page.pdf(path=tmp_path / "report.pdf", format="A4").startswith(b"%PDF")


def test_without_scripts_everything_is_there(browser, address):
    page = browser.new_page(java_script_enabled=False)
    page.goto(address)
    assert page.locator("td").count() > 50
    assert page.get_by_role("button").count() == 0
    page.close()


def colour(page, part):
    return page.locator(f".answer figure {part}").first.evaluate("it => getComputedStyle(it).fill")


def test_figures_are_dark_on_a_dark_screen_and_light_on_paper(open_page):
    background, mark = "svg > path", "[data-of=relu] use"
    light, dark = open_page(), open_page(scheme="dark")
    assert (colour(light, background), colour(light, mark)) == (
        "rgb(255, 255, 255)",
        "rgb(0, 0, 0)",
    )
    assert colour(dark, background) == "rgb(22, 22, 22)"
    assert colour(dark, mark) == "rgb(245, 245, 245)"
    dark.emulate_media(media="print", color_scheme="dark")
    assert colour(dark, background) == "rgb(255, 255, 255)"


@pytest.mark.parametrize("name", ["accuracy", "activations", "flow"])
def test_a_figure_looks_in_the_page_as_in_its_file(name, browser, tmp_path):
    style.save(FIGURES[name](analysed(compared(0.05, 0, 0))), tmp_path / "figure.svg")
    svg = (tmp_path / "figure.svg").read_text()
    drawings = Drawings()
    drawn = drawings.inline(svg, name) + drawings.shapes()
    for file, inside in (("own.html", svg[svg.index("<svg") :]), ("page.html", drawn)):
        (tmp_path / file).write_text(f"<!doctype html><body style='margin: 0'>{inside}")
    page = browser.new_page(viewport={"width": 1000, "height": 800})
    seen = []
    for file in ("own.html", "page.html"):
        page.goto(f"file://{tmp_path / file}")
        page.screenshot(path=tmp_path / "seen.png")
        with Image.open(tmp_path / "seen.png") as image:
            seen.append(image.convert("L"))
    page.close()
    assert seen[0].getextrema()[0] < 50  # something is drawn
    (_, most) = ImageChops.difference(*seen).getextrema()
    assert most < 60  # a rounded edge


def test_the_mouse_finds_which_run_a_mark_is(open_page):
    page = open_page()
    title = page.locator(".answer [data-of=relu] > title")
    assert title.evaluate("it => it.textContent") == "relu, seed 1: 80.00%"


def choose(page, *names):
    for name in names:
        page.locator("#compare").get_by_role("button", name=name, exact=True).click()


def seen(page):
    """How clearly each part of the first figure is drawn, and the lines of the study's tables."""
    parts = page.locator(".answer figure [data-of]")
    drawn = parts.evaluate_all(
        "all => all.map(it => [it.dataset.of, getComputedStyle(it).opacity])"
    )
    rows = page.locator("section > details > .table tbody tr").locator("visible=true")
    return dict(drawn), rows.evaluate_all("all => all.map(it => it.dataset.of)")


def test_figures_and_tables_follow_the_chosen_activations(open_page):
    page = open_page()
    unfold(page, "tables")
    assert page.get_by_role("group", name="Compare").is_visible()
    every = seen(page)
    choose(page, "relu")
    drawn, rows = seen(page)
    assert drawn["relu"] == "1"
    assert float(drawn["tanh"]) < 0.2
    assert all("relu" in row for row in rows)
    assert "relu tanh" in rows
    choose(page, "elu")
    assert set(seen(page)[1]) == {"relu", "elu", "relu elu"}
    choose(page, "relu", "elu")
    assert seen(page) == every


def test_the_address_keeps_the_choice(open_page):
    page = open_page()
    choose(page, "relu", "elu")
    assert page.url.endswith("#compare=relu,elu")
    page.locator("nav a", has_text="others say").click()
    page.wait_for_url("**#what-others-claim&compare=relu,elu")
    before = seen(page)
    assert before[0]["tanh"] != "1"
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    assert seen(page) == before
    pressed = page.locator("#compare [aria-pressed=true]").all_inner_texts()
    assert pressed == ["relu", "elu"]
    assert page.evaluate("scrollY") > 0  # at the claims


def test_a_claim_leads_to_its_networks_and_back(open_page):
    page = open_page()
    claim = page.locator(".claims tr", has_text=STATEMENT).first
    claim.get_by_role("link", name="Where it was measured").click()
    assert page.url.endswith("#tutorial")
    unfold(page, "judged by these networks")
    page.locator("#tutorial ~ details a", has_text=STATEMENT).first.click()
    assert page.url.endswith(claim.get_attribute("id"))


def test_estimates_are_drawn_beside_their_numbers(open_page):
    page = open_page()
    unfold(page, "tables")
    cells = page.locator('td[data-name="test accuracy"]')
    assert cells.locator(".bar circle").count() == cells.count() == 3
