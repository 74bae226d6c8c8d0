"""The page in a real browser: offline, silent, within the screen, by keyboard."""

from dataclasses import replace

import pytest

from common.submission.report.page import write_report

pytestmark = pytest.mark.browser
HOSTILE = "</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def page(tmp_path_factory, make_report):
    path = tmp_path_factory.mktemp("page") / "report.html"
    data = make_report(n_videos=12)
    truth = data.truth.assign(label=data.truth["label"].where(data.truth.index > 2, HOSTILE))
    write_report(path, replace(data, truth=truth, notes=(HOSTILE, "a" * 200)))
    return path


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_it_never_scrolls_sideways_and_never_complains(width, page, browser):
    browser.open(page, width)
    browser.run("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert browser.run(wide) == 0
    assert browser.complaints() == []
    assert all(url.startswith(("file:", "data:")) for url in browser.requests())


def test_every_picture_loads_and_every_chart_has_a_size(page, browser):
    browser.open(page)
    browser.run("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    broken = browser.run(
        "Promise.all([...document.images].map((i) => { i.loading = 'eager'; return i.decode(); }))"
        ".then(() => 0, () => 1)"
    )
    assert broken == 0
    assert browser.run("document.images.length") > 50
    small = (
        "[...document.querySelectorAll('svg.chart, svg.strip')]"
        ".filter((s) => s.getBoundingClientRect().width < 200).length"
    )
    assert browser.run(small) == 0


def test_filters_count_what_they_show(page, browser):
    browser.open(page)
    type_in = """(name, text) => {
      const input = document.querySelector(`input[data-filter="${name}"]`);
      input.value = text;
      input.dispatchEvent(new Event("input"));
      return input.closest(".filter").querySelector("output").textContent;
    }"""
    assert browser.run(f"({type_in})('videos', 'video_0003')") == "1 of 12"
    shown = "[...document.querySelectorAll('details.video')].filter((v) => v.offsetHeight).length"
    assert browser.run(shown) == 1
    assert browser.run(f"({type_in})('videos', '')") == "12 of 12"
    total = browser.run("document.querySelectorAll('#class-table tbody tr').length")
    assert browser.run(f"({type_in})('class-table', 'onerror')") == f"1 of {total}"


def test_the_class_table_sorts_both_ways(page, browser):
    browser.open(page)
    column = (
        "[...document.querySelectorAll('#class-table tbody tr')]"
        ".map((row) => Number(row.cells[1].dataset.key))"
    )
    click = "document.querySelectorAll('#class-table thead button')[1].click()"
    browser.run(click)
    falling = browser.run(column)
    browser.run(click)
    rising = browser.run(column)
    assert falling == sorted(falling, reverse=True) and rising == sorted(rising)
    sort = "document.querySelectorAll('#class-table thead th')[1].getAttribute('aria-sort')"
    assert browser.run(sort) == "ascending"


def test_a_link_opens_a_video_at_a_time(page, browser):
    browser.open(page, fragment="#v=video_0007&t=10")
    assert browser.run("document.getElementById('v-video_0007').open") is True
    assert browser.run("document.querySelectorAll('details.video[open]').length") == 1
    share = 10 / float(browser.run("document.getElementById('v-video_0007').dataset.seconds"))
    at = browser.run("document.querySelector('.cursor').getAttribute('x1')")
    assert float(at.rstrip("%")) == pytest.approx(100 * share)


def test_marks_say_what_they_are_by_keyboard(page, browser):
    browser.open(page, fragment="#v=video_0007")
    browser.run("document.querySelector('#v-video_0007 .seg').focus()")
    said = browser.run("document.querySelector('#v-video_0007 .readout').textContent")
    assert said.startswith("ground truth ")
    browser.press("Tab")
    assert browser.run("document.activeElement.getAttribute('role')") == "button"
    after = browser.run("document.querySelector('#v-video_0007 .readout').textContent")
    assert after != said


def test_arrow_keys_walk_the_classes(page, browser):
    browser.open(page)
    browser.run("document.querySelector('.walk .dot[tabindex=\"0\"]').focus()")
    label = "document.activeElement.querySelector('title').textContent"
    first = browser.run(label)
    browser.press("ArrowRight")
    second = browser.run(label)
    assert first != second
    assert browser.run("document.querySelectorAll('.walk .dot[tabindex=\"0\"]').length") == 1
    browser.press("ArrowLeft")
    assert browser.run(label) == first


def test_the_tab_key_reaches_every_control(page, browser):
    browser.open(page)
    reachable = browser.run(
        "[...document.querySelectorAll('a, button, input, summary')]"
        ".filter((n) => n.offsetParent !== null || n.closest('nav')).length"
    )
    seen = set()
    mark = (
        "(() => { const n = document.activeElement; n.dataset.seen ??= String(Math.random());"
        " return n.matches('a, button, input, summary') ? n.dataset.seen : ''; })()"
    )
    for _ in range(reachable + 120):
        browser.press("Tab")
        seen.add(browser.run(mark))
    assert len(seen - {""}) >= reachable
    assert browser.complaints() == []


def test_touch_targets_are_large_enough(page, browser):
    browser.open(page, 360)
    small = browser.run(
        "[...document.querySelectorAll('nav a, summary, #save, input, th button')]"
        ".filter((n) => n.offsetParent && n.getBoundingClientRect().height < 43.5)"
        ".map((n) => n.textContent)"
    )
    assert small == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast(scheme, page, browser):
    browser.call(
        "Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}]
    )
    browser.open(page)
    low = browser.run(
        """(() => {
          const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
          const light = (c) => { const f = c.slice(0, 3).map((v) => v / 255).map((v) =>
            v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
            return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2]; };
          const behind = (n) => { for (; n; n = n.parentElement) {
            const c = numbers(getComputedStyle(n).backgroundColor);
            if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
          const own = (n) => [...n.childNodes].some((c) => c.nodeType === 3 && c.data.trim());
          return [...document.querySelectorAll("body *")].filter((n) => own(n)
            && !n.closest("script, style, .letter, .mark, .skip")
            && n.getBoundingClientRect().width).filter((n) => {
              const style = getComputedStyle(n);
              const ink = numbers(n.closest("svg") ? style.fill : style.color);
              const [a, b] = [light(ink), light(behind(n))].sort((x, y) => y - x);
              return (a + 0.05) / (b + 0.05) < 4.5;
            }).map((n) => `${n.tagName} ${n.getAttribute("class")} ${n.textContent.slice(0, 30)}`);
        })()"""
    )
    browser.call("Emulation.setEmulatedMedia", features=[])
    assert low == []


def test_print_shows_the_tables(page, browser):
    browser.open(page)
    browser.run("dispatchEvent(new Event('beforeprint'))")
    assert browser.run("document.querySelectorAll('figure details:not([open])').length") == 0
    pdf = browser.call("Page.printToPDF", printBackground=True)["data"]
    assert len(pdf) > 100_000


def test_without_script_the_page_is_whole(page, browser):
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    browser.open(page)
    # The protocol still evaluates; only the page's own script is off.
    assert browser.run("document.querySelectorAll('#class-table tbody tr').length") > 5
    assert browser.run("document.querySelectorAll('.filter:not([hidden])').length") == 0
    browser.call("Emulation.setScriptExecutionDisabled", value=False)
