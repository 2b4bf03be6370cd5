"""What the page's script calls, over a real index and pipeline of two small documents, without a browser."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from qa.feedback import FeedbackStore
from qa.web.auth import Sessions, hash_password
from qa.web.page import Page
from qa.web.pipelines import pipeline_opener
from qa.web.routes import make_router
from qa.web.security import Door
from qa.web.workspace import Workspace

COAL = "# 能源答复\n\n晋能源提函〔2025〕18号\n\n山西援建的新疆准东产业园项目，每年转化煤炭 1200 万吨。2024年晋中开发区援建100万元。大同开发区援建10万元。\n"
FARM = "农业简报\n\n2023年大同市粮食产量达到50万吨。合作包括谷子、黄芩、蔬菜三项。\n"


def wait_for(check: Any, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


def make_client(folder: Path, sessions: Sessions | None = None) -> tuple[TestClient, Page]:
    corpus = folder / "corpus"
    corpus.mkdir()
    (corpus / "coal.md").write_text(COAL, encoding="utf-8")
    (corpus / "farm.txt").write_text(FARM, encoding="utf-8")
    page = Page(Workspace(corpus, folder / "index", pipeline_opener("overlap")), sessions=sessions)
    app = FastAPI()
    app.include_router(make_router(page))
    page.start()
    assert page.workspace.wait_ready(120), page.workspace.state
    wait_for(lambda: not page.workspace.state.updating)
    return TestClient(Door(app, sessions=sessions, hosts=None), follow_redirects=False), page


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    client, page = make_client(tmp_path_factory.mktemp("shared"))
    yield client
    page.close()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[TestClient, Page]]:
    client, page = make_client(tmp_path)
    yield client, page
    page.close()


def ask(client: TestClient, question: str, **values: Any) -> list[dict[str, Any]]:
    reply = client.post("/wj/ask", json={"question": question, "language": "zh", **values})
    assert reply.status_code == 200, reply.text
    return [json.loads(line) for line in reply.text.splitlines()]


def test_an_answer_comes_stage_by_stage(shared: TestClient) -> None:
    lines = ask(shared, "每年转化煤炭多少万吨？")
    assert [line["stage"] for line in lines[:-1]] == ["retrieving", "reading"]
    answer = lines[-1]["turn"]["answer"]
    assert answer["answer"] == "1200 万吨"
    cited = answer["citations"][0]
    assert COAL[cited["start"] : cited["end"]] == cited["quote"]
    assert "1200 万吨" in lines[-1]["html"]
    assert "<mark" in lines[-1]["evidence"]
    assert lines[-1]["turn"]["scores"]["1"]["lexical_rank"] == 1
    assert lines[-1]["turn"]["scores"]["1"]["rank"] == 1


def test_a_follow_up_is_asked_whole(shared: TestClient) -> None:
    turn = ask(shared, "那大同呢？", previous="2024年晋中开发区援建多少万元？")[-1]["turn"]
    assert turn["typed"] == "那大同呢？"
    assert turn["answer"]["question"] == "2024年大同开发区援建多少万元？"
    assert "".join(part["text"] for part in turn["parts"]) == turn["answer"]["question"]


def test_only_the_chosen_documents_are_asked(shared: TestClient) -> None:
    turn = ask(shared, "每年转化煤炭多少万吨？", document_ids=["farm.txt"])[-1]["turn"]
    assert turn["scope"] == 1
    assert {c["document_id"] for c in turn["answer"]["citations"]} <= {"farm.txt"}
    assert ask(shared, "煤炭？", document_ids=["gone.txt"])[-1] == {"error": "error.scope"}


@pytest.mark.parametrize(
    ("body", "status"),
    [({"question": " "}, 422), ({"question": "长" * 1001}, 422), ({}, 422), ({"question": 3}, 400), ([], 400), ({"question": "x", "document_ids": "a"}, 400)],
)  # fmt: skip
def test_bad_questions_are_refused(shared: TestClient, body: Any, status: int) -> None:
    assert shared.post("/wj/ask", json=body).status_code == status


def test_only_json_is_taken(shared: TestClient) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        reply = shared.post("/wj/delete", content=b'{"document": "farm.txt"}', headers={"content-type": kind})
        assert reply.status_code == 415
    assert (
        shared.post("/wj/upload?name=a.txt", content=b"x", headers={"content-type": "text/plain"}).status_code
        == 415
    )


def test_kept_turns_are_drawn_again(shared: TestClient) -> None:
    line = ask(shared, "每年转化煤炭多少万吨？")[-1]
    drawn = shared.post(
        "/wj/render", json={"turns": [line["turn"], {"bad": 1}, None], "language": "zh"}
    ).json()
    assert drawn[0] == {key: line[key] for key in ("html", "evidence", "copy")}
    assert drawn[1] == drawn[2] == {"html": "", "evidence": "", "copy": ""}
    english = shared.post("/wj/render", json={"turns": [line["turn"]], "language": "en"}).json()
    assert "很确定" not in english[0]["html"]
    assert shared.post("/wj/render", json={"turns": [line["turn"]] * 51}).status_code == 400


def test_documents_are_listed_with_what_they_say_of_themselves(shared: TestClient) -> None:
    rows = {row["id"]: row for row in shared.get("/wj/documents").json()}
    assert set(rows) == {"coal.md", "farm.txt"}
    assert rows["coal.md"]["state"] == "ready"
    assert rows["coal.md"]["characters"] == len(COAL)


def test_the_source_view_holds_the_whole_text(shared: TestClient) -> None:
    start = COAL.index("1200")
    view = shared.get(
        "/wj/source", params={"document": "coal.md", "start": start, "end": start + 4, "hits": "2-4,x,9"}
    ).json()
    assert (view["low"], view["high"], view["size"]) == (0, len(COAL), len(COAL))
    assert 'data-anchor="quote">1200<' in view["html"]
    assert 'data-anchor="hit"' in view["html"]
    assert shared.get("/wj/source", params={"document": "../x"}).status_code == 404
    assert shared.get(
        "/wj/quote", params={"document": "coal.md", "start": start, "end": start + 4}
    ).json() == {"quote": "1200"}
    assert (
        shared.get("/wj/quote", params={"document": "coal.md", "start": 0, "end": 10**6}).status_code == 422
    )


def test_the_source_view_marks_nothing_in_another_text_than_the_cited(shared: TestClient) -> None:
    start = COAL.index("1200")
    asked = {"document": "coal.md", "start": start, "end": start + 4, "hits": "2-4"}
    plain = shared.get("/wj/source", params=asked).json()
    same = shared.get("/wj/source", params={**asked, "sha256": plain["sha256"]}).json()
    empty = shared.get("/wj/source", params={**asked, "sha256": ""}).json()
    assert plain["changed"] is False
    assert same == empty == plain
    assert plain["html"].count("data-anchor") == 2
    other = shared.get("/wj/source", params={**asked, "sha256": "0" * 64}).json()
    assert other["changed"] is True
    assert "data-anchor" not in other["html"] and "<mark" not in other["html"]
    assert (other["sha256"], other["size"]) == (plain["sha256"], plain["size"])


def test_only_files_of_the_corpus_are_sent_out(shared: TestClient, tmp_path: Path) -> None:
    reply = shared.get("/wj/original", params={"document": "coal.md"})
    assert reply.content == COAL.encode()
    assert reply.headers["content-disposition"].startswith("attachment")
    assert reply.headers["content-type"] == "application/octet-stream"
    assert "sandbox" in reply.headers["content-security-policy"]
    for document in ("../index/wenju.sqlite", "/etc/passwd", "", "nothing.txt"):
        assert shared.get("/wj/original", params={"document": document}).status_code == 404
    assert shared.get("/wj/static/..%2froutes.py").status_code == 404
    assert shared.get("/wj/static/nothing.js").status_code == 404


def test_health_and_state(shared: TestClient) -> None:
    health = shared.get("/healthz")
    assert health.status_code == 200
    assert health.json()["status"] == "ok"
    state = shared.get("/wj/state").json()
    assert (state["state"], state["documents"]) == ("ready", 2)
    assert state["index"] == health.json()["index"] != ""


def test_upload_replace_delete_while_questions_go_on(own: tuple[TestClient, Page]) -> None:
    client, page = own
    octets = {"content-type": "application/octet-stream"}

    def settled() -> bool:
        rows = client.get("/wj/documents").json()
        return not page.workspace.state.updating and all(row["state"] != "waiting" for row in rows)

    reply = client.post(
        "/wj/upload",
        params={"name": "朔州<b>.txt"},
        content="2022年朔州市粮食产量达到77万吨。".encode(),
        headers=octets,
    )
    document = reply.json()["id"]
    assert reply.json()["state"] == "added"
    assert "每年" in ask(client, "每年转化煤炭多少万吨？")[-1]["turn"]["answer"]["question"]
    wait_for(settled)
    assert ask(client, "2022年朔州市粮食产量是多少万吨？")[-1]["turn"]["answer"]["answer"] == "77万吨"
    changed = client.post(
        "/wj/upload",
        params={"name": "x.txt", "replaces": document},
        content="2022年朔州市粮食产量达到88万吨。".encode(),
        headers=octets,
    )
    assert changed.json() == {"state": "replaced", "id": document}
    wait_for(lambda: "88" in client.get("/wj/source", params={"document": document}).text)
    assert client.post("/wj/delete", json={"document": document}).json() == {"deleted": True}
    wait_for(lambda: client.get("/wj/source", params={"document": document}).status_code == 404)
    assert client.post("/wj/delete", json={"document": document}).status_code == 404
    assert client.post("/wj/delete", json={"document": "../index/wenju.sqlite"}).status_code == 404
    last = ask(client, "2022年朔州市粮食产量是多少万吨？")[-1]["turn"]["answer"]
    assert document not in {c["document_id"] for c in last["citations"]}


def test_the_state_tells_of_every_change_of_a_document(own: tuple[TestClient, Page]) -> None:
    client, page = own
    seen = [client.get("/wj/state").json()["index"]]
    page.workspace.request_sync()
    path = page.workspace.corpus_dir / "new.txt"
    for change in ("2022年朔州市粮食产量达到77万吨。", "2022年朔州市粮食产量达到88万吨。", ""):
        if change:
            path.write_text(change, encoding="utf-8")
        else:
            path.unlink()
        page.workspace.request_sync()
        wait_for(lambda: client.get("/wj/state").json()["index"] != seen[-1])
        seen.append(client.get("/wj/state").json()["index"])
    assert len(set(seen)) == 3
    assert seen[-1] == seen[0]


def test_a_name_that_is_not_utf_8_is_listed_with_its_trouble(own: tuple[TestClient, Page]) -> None:
    client, page = own
    name = os.fsdecode("报告.txt".encode("gbk"))
    (page.workspace.corpus_dir / name).write_text("2022年朔州市粮食产量达到77万吨。", encoding="utf-8")
    shown = "报告.txt".encode("gbk").decode("utf-8", "replace")
    waiting = {row["id"]: row["state"] for row in client.get("/wj/documents").json()}
    assert waiting == {"coal.md": "ready", "farm.txt": "ready", shown: "waiting"}
    page.workspace.request_sync()

    def found() -> dict[str, Any]:
        return {row["id"]: row for row in client.get("/wj/documents").json()}[shown]  # type: ignore[no-any-return]

    wait_for(lambda: found()["state"] == "failed")
    assert found()["reason"] and found()["title"] == shown
    assert client.get("/wj/original", params={"document": shown}).status_code == 404
    assert client.post("/wj/delete", json={"document": shown}).status_code == 404


def test_what_is_indexed_is_listed_where_the_folder_cannot_be(own: tuple[TestClient, Page]) -> None:
    client, page = own
    (page.workspace.corpus_dir / ".wenjuignore").write_text("[z-a]\n", encoding="utf-8")
    assert {row["id"]: row["state"] for row in client.get("/wj/documents").json()} == {
        "coal.md": "ready",
        "farm.txt": "ready",
    }


def test_an_index_inside_the_corpus_is_not_listed(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, tmp_path / "index", pipeline_opener("overlap"))
    workspace.trash.mkdir(parents=True)
    (workspace.trash / "20250101-000000-abcdef-年报.txt").write_text("旧的", encoding="utf-8")
    (tmp_path / "年报😀.txt").write_text("新的", encoding="utf-8")
    assert [row["id"] for row in workspace.documents()] == ["年报😀.txt"]


def test_a_file_that_cannot_be_read_says_why(own: tuple[TestClient, Page]) -> None:
    client, _ = own
    bad = client.post(
        "/wj/upload",
        params={"name": "x.pdf"},
        content=b"%PDF-1.4 nothing",
        headers={"content-type": "application/octet-stream"},
    )
    assert bad.status_code == 200

    def failed() -> list[dict[str, Any]]:
        return [row for row in client.get("/wj/documents").json() if row["state"] == "failed"]

    wait_for(lambda: bool(failed()))
    assert failed()[0]["reason"]


def test_a_sheet_of_questions_becomes_a_sheet_of_answers(shared: TestClient) -> None:
    sheet = "问题\n每年转化煤炭多少万吨？\n\n=1+1\n".encode()
    job = shared.post(
        "/wj/batch",
        params={"name": "q.csv"},
        content=sheet,
        headers={"content-type": "application/octet-stream"},
    ).json()
    wait_for(lambda: shared.get(f"/wj/jobs/{job['id']}").json()["state"] in ("done", "failed"))
    done = shared.get(f"/wj/jobs/{job['id']}").json()
    assert (done["state"], done["done"], done["total"]) == ("done", 2, 2)
    assert done["result"]["preview"][0]["answer"] == "1200 万吨"
    for suffix in ("xlsx", "csv", "jsonl"):
        assert len(shared.get(f"/wj/jobs/{job['id']}/answers.{suffix}").content) > 100
    assert shared.get(f"/wj/jobs/{job['id']}/answers.exe").status_code == 404
    assert shared.get("/wj/jobs/nothing").status_code == 404
    refused = shared.post(
        "/wj/batch",
        params={"name": "q.exe"},
        content=b"x",
        headers={"content-type": "application/octet-stream"},
    )
    assert refused.status_code == 415


def test_feedback_is_stored_with_the_words_that_were_marked(own: tuple[TestClient, Page]) -> None:
    client, page = own
    turn = ask(client, "大同市粮食产量是多少？")[-1]["turn"]
    start = FARM.index("50万吨")
    sha256 = client.get("/wj/source", params={"document": "farm.txt"}).json()["sha256"]
    marked = {
        "document_id": "farm.txt",
        "sha256": sha256,
        "start": start,
        "end": start + 4,
        "quote": "50万吨",
    }
    assert client.post("/wj/feedback", json={"turn": turn, "verdict": "wrong", "marked": marked}).json() == {
        "stored": True
    }
    stored = FeedbackStore(page.feedback.path).all()
    assert [(one.verdict, one.marked and one.marked.quote) for one in stored] == [("wrong", "50万吨")]
    for wrong in ({**marked, "quote": "别的"}, {**marked, "document_id": "../x"}, {**marked, "start": -3}):
        assert (
            client.post("/wj/feedback", json={"turn": turn, "verdict": "wrong", "marked": wrong}).status_code
            == 409
        )
    assert client.post("/wj/feedback", json={"turn": turn, "verdict": "x"}).status_code == 400
    assert client.post("/wj/feedback", json={"turn": {}, "verdict": "right"}).status_code == 400


def test_users_do_not_see_each_other(tmp_path: Path) -> None:
    sessions = Sessions({"a": hash_password("password a"), "b": hash_password("password b")})
    client, page = make_client(tmp_path, sessions)
    try:
        assert client.post("/login", json={"name": "a", "password": "no"}).status_code == 401
        assert (
            client.post("/login", json={"name": "a", "password": "password a", "language": "zh"}).status_code
            == 200
        )
        assert client.get("/wj/state").json()["user"] == "a"
        job = client.post(
            "/wj/batch",
            params={"name": "q.txt"},
            content="煤炭？".encode(),
            headers={"content-type": "application/octet-stream"},
        ).json()
        assert client.get(f"/wj/jobs/{job['id']}").status_code == 200
        assert client.post("/logout").headers["location"] == "/login"
        assert client.get("/wj/state").status_code == 401
        client.cookies.clear()
        assert client.post("/login", json={"name": "b", "password": "password b"}).status_code == 200
        assert client.get(f"/wj/jobs/{job['id']}").status_code == 404
    finally:
        page.close()


def test_a_damaged_index_is_made_anew(tmp_path: Path) -> None:
    client, page = make_client(tmp_path)
    page.close()
    page.workspace.pipeline.index.close()
    for path in (tmp_path / "index").glob("vectors-*"):
        path.write_bytes(b"damaged")
    workspace = Workspace(tmp_path / "corpus", tmp_path / "index", pipeline_opener("overlap"))
    workspace.start()
    try:
        assert workspace.wait_ready(60), workspace.state
        assert workspace.pipeline.ask("每年转化煤炭多少万吨？").answer == "1200 万吨"
    finally:
        workspace.stop()
    assert client is not None
