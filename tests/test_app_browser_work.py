"""Batches, opinions and evaluations in a real Chromium, in a wide and in a narrow window."""

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from page_server import (
    AID,
    COAL,
    ROOT,
    SIZES,
    Server,
    Windows,
    ask,
    visited,
)

from qa.feedback import FEEDBACK_NAME, FeedbackStore

pytestmark = pytest.mark.browser


def test_a_sheet_of_questions_becomes_a_sheet_of_answers(page: Any, tmp_path: Path) -> None:
    from openpyxl import Workbook, load_workbook

    book = Workbook()
    for row in (["编号", "问题"], [1, COAL], [2, AID]):
        book.active.append(row)
    book.save(tmp_path / "questions.xlsx")
    page.click("#wj-tab-batch")
    page.set_input_files("#wj-batch-file", tmp_path / "questions.xlsx")
    page.wait_for_selector("#wj-batch-job table")
    page.reload()  # the sheet is still there
    page.wait_for_selector("#wenju[data-ready]")
    page.click("#wj-tab-batch")
    page.wait_for_selector("#wj-batch-job table")
    assert "2 题有答案" in page.locator("#wj-batch-job").inner_text()
    with page.expect_download() as download:
        page.locator("#wj-batch-job a").first.click()
    download.value.save_as(tmp_path / "answers.xlsx")
    rows = list(load_workbook(tmp_path / "answers.xlsx").active.iter_rows(values_only=True))
    answers = [row[rows[0].index("answer")] for row in rows[1:]]
    assert answers[0] == "1200 万吨"
    assert "100" in answers[1]


def test_an_opinion_and_the_right_words_are_kept(page: Any, server: Server) -> None:
    question = f"同心强产业的记者叫什么名字？（{page.viewport_size['width']}）"
    turn = ask(page, question)
    turn.locator(".wj-verdict-wrong").click()
    turn.locator(".wj-correct button").click()
    page.wait_for_selector("#wj-source[open]")
    page.evaluate(
        """() => {
          const line = [...document.querySelectorAll('#wj-source-text .wj-line')].find(n => n.textContent.trim().length > 8);
          const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
          let node = walker.nextNode(); while (node.textContent.length < 3) node = walker.nextNode();
          const range = document.createRange(); range.setStart(node, 1); range.setEnd(node, 3);
          getSelection().removeAllRanges(); getSelection().addRange(range);
          line.scrollIntoView();
        }"""
    )
    chosen = page.evaluate("() => getSelection().toString()")
    page.click("#wj-source-mark")
    page.wait_for_selector(".wj-toast:has-text('已记录这处文字')")
    found = [one for one in FeedbackStore(server.index / FEEDBACK_NAME).all() if one.question == question]
    assert [(one.verdict, one.marked and one.marked.quote) for one in found] == [("wrong", chosen)]
    text = (server.corpus / found[0].marked.document_id).read_text(encoding="utf-8")
    assert text[found[0].marked.start : found[0].marked.end] == chosen


def test_a_sheet_on_its_way_shows_progress_and_can_be_stopped(page: Any, tmp_path: Path) -> None:
    sheet = tmp_path / "questions.txt"
    sheet.write_text("".join(f"{COAL}（{i}）\n" for i in range(400)), encoding="utf-8")
    page.click("#wj-tab-batch")
    page.set_input_files("#wj-batch-file", sheet)
    page.wait_for_selector("#wj-batch-job progress")
    stop = page.locator("#wj-batch-job").get_by_role("button", name="停止")
    stop.focus()
    page.wait_for_selector("#wj-batch-job p:has-text('/400')")
    before = page.locator("#wj-batch-job p").inner_text()
    page.wait_for_function("b => document.querySelector('#wj-batch-job p').textContent !== b", arg=before)
    assert stop.evaluate("n => n === document.activeElement")  # it is the same button all the time
    page.click("#wj-language")
    page.locator("#wj-batch-job").get_by_role("button", name="Stop").wait_for()
    page.click("#wj-language")
    page.route("**/wj/jobs/*/cancel", lambda route: route.abort())
    stop.click()
    page.wait_for_selector(".wj-toast.wj-bad")
    page.unroute("**/wj/jobs/*/cancel")
    with page.expect_request("**/wj/jobs/*/cancel"):  # another sheet takes its place
        page.set_input_files("#wj-batch-file", sheet)
    page.wait_for_selector("#wj-batch-job p:has-text('/400')")
    stop.click()
    page.wait_for_selector("#wj-batch-job p:has-text('已停止')")


def test_what_is_no_sheet_is_refused_in_words(page: Any) -> None:
    page.click("#wj-tab-batch")
    page.set_input_files(
        "#wj-batch-file", {"name": "表.xlsx", "mimeType": "application/octet-stream", "buffer": b"no sheet"}
    )
    page.wait_for_selector("#wj-batch-job .wj-bad:has-text('不是可以打开的 xlsx 文件')")


def test_a_batch_that_the_server_lost_is_told(page: Any, tmp_path: Path) -> None:
    sheet = tmp_path / "questions.txt"
    sheet.write_text(COAL, encoding="utf-8")
    page.route(
        re.compile(r"/wj/jobs/[^/]+$"),
        lambda route: route.fulfill(status=404, json={"detail": "no such job"}),
    )
    page.click("#wj-tab-batch")
    page.set_input_files("#wj-batch-file", sheet)
    page.wait_for_selector("#wj-batch-job .wj-bad:has-text('请重新上传')")


def test_a_good_answer_is_praised_once(page: Any, server: Server) -> None:
    question = f"{COAL}（{page.viewport_size['width']}）"
    turn = ask(page, question)
    turn.locator(".wj-verdict-right").click()
    page.wait_for_selector(".wj-toast:has-text('已记录')")
    assert turn.locator(".wj-verdict-right").get_attribute("aria-pressed") == "true"
    assert turn.locator(".wj-verdict-wrong").get_attribute("aria-pressed") == "false"
    page.reload()
    page.wait_for_selector("#wenju[data-ready]")
    assert page.locator(".wj-verdict-right").get_attribute("aria-pressed") == "true"
    said = [
        one.verdict for one in FeedbackStore(server.index / FEEDBACK_NAME).all() if one.question == question
    ]
    assert said == ["right"]


GOLD = (
    {"id": "g1", "question": COAL, "answers": ["1200万吨"], "documents": ["000_a747320a06236df0.txt"]},
    {"id": "g2", "question": AID, "answers": ["10 万元"], "documents": ["000_a747320a06236df0.txt"]},
    {"id": "g3", "question": "火星上有多少<b>人</b>？", "answers": []},
)


@pytest.fixture(scope="module")
def examiner() -> Iterator[Server]:
    """A page with a short question set of its own, one of whose answers is wrong on purpose."""
    with tempfile.TemporaryDirectory(prefix="wenju-examiner-") as folder:
        shutil.copytree(ROOT / "seeds", Path(folder) / "seeds")
        golds = Path(folder) / "gold"
        golds.mkdir()
        lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in GOLD)
        (golds / "三问.jsonl").write_text(lines, encoding="utf-8")
        running = Server(Path(folder) / "seeds", "--gold", str(golds))
        yield running
        running.stop()


@pytest.mark.parametrize("size", SIZES)
def test_an_evaluation_is_run_seen_and_its_failure_asked_again(
    opened: Windows, examiner: Server, size: str
) -> None:
    with visited(opened.of_size(size), examiner.url) as page:
        page.click("#wj-tab-evaluation")
        page.locator("#wj-gold option").first.wait_for(state="attached")
        assert page.locator("#wj-gold option").all_inner_texts() == ["三问"]
        page.click("#wj-run")
        page.wait_for_selector("#wj-evaluation-job progress")
        page.wait_for_selector("#wj-evaluation-result .wj-figure", timeout=120_000)
        assert page.locator("#wj-evaluation-result .wj-figure dt").first.inner_text() == "答对（全部问题）"
        plots = page.locator("#wj-evaluation-result .wj-plots svg")
        assert plots.count() >= 1
        assert not re.search("[a-z]{3}", " ".join(plots.all_text_contents()))
        page.click("#wj-language")
        page.wait_for_selector("#wj-evaluation-result h3:has-text('Plots')")
        assert not re.search("[\u4e00-\u9fff]", " ".join(plots.all_text_contents()))
        page.click("#wj-language")
        page.wait_for_selector("#wj-evaluation-result h3:has-text('图表')")
        for language, scheme, title in (("zh", "light", "评测报告"), ("en", "dark", "Evaluation")):
            with page.context.expect_page() as window:
                page.click(".wj-report-link")
            report = window.value
            report.wait_for_load_state()
            assert report.locator("h1").inner_text() == title
            assert report.locator("html").get_attribute("lang") == language
            assert report.locator("svg").count() >= 1
            ground = report.evaluate("() => getComputedStyle(document.body).backgroundColor")
            assert (int(re.findall(r"\d+", ground)[0]) < 60) == (scheme == "dark")
            report.close()
            page.click("#wj-language")
            page.click("#wj-theme")
        page.wait_for_selector("#wj-evaluation-result h3:has-text('图表')")
        failure = page.locator(".wj-failures li", has_text=AID)
        assert "10 万元" in failure.inner_text()
        failure.locator(".wj-failure").click()
        page.wait_for_selector(".wj-turn[data-id] .wj-card-answer:visible")
        assert page.locator(".wj-asked").last.inner_text() == AID
        assert page.locator("#wj-tab-ask").get_attribute("aria-selected") == "true"


def test_the_evaluation_can_be_started_and_stopped(page: Any) -> None:
    page.click("#wj-tab-evaluation")
    page.click("#wj-run")
    page.wait_for_selector("#wj-evaluation-job progress")
    page.click("#wj-run-stop")
    page.wait_for_selector("#wj-evaluation-job:has-text('已停止')")
