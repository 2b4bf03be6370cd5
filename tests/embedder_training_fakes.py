"""Pairs small enough to train an embedder on in seconds: each topic in Chinese and in English, with a few words of its own."""

import json
from pathlib import Path

TOPICS = {
    "煤炭转化产量": "coal conversion output",
    "光伏发电装机": "solar power capacity",
    "养老服务补贴": "elderly care subsidy",
    "图书出版许可": "book publishing licence",
    "地震应急演练": "earthquake emergency drill",
    "湿地鸟类保护": "wetland bird protection",
    "高铁线路开通": "railway line opening",
    "疫苗接种登记": "vaccine registration desk",
    "小麦播种面积": "wheat sowing area",
    "博物馆夜间开放": "museum night hours",
    "税收减免政策": "tax relief policy",
    "航天发射任务": "space launch mission",
}


def passage(topic: str) -> str:
    """A passage about a topic, with sentences that every passage has."""
    return f"今天召开会议。会议指出,{topic}要抓好。各地要认真落实,{topic}工作取得进展🎉。请有关部门报告。"


def pair_rows() -> list[list]:
    """Questions, parallel names and documents: 12 topics each."""
    rows: list[list] = []
    for topic, english in TOPICS.items():
        rows.append(["question", f"{topic}怎么样?", passage(topic)])
        rows.append(["parallel", english, topic])
        rows.append(["parallel", f"the {english}", passage(topic)])
        rows.append(["news", [f"{part}。" for part in passage(topic).split("。") if part]])
    return rows


def write_pairs(path: Path, rows: list[list] | None = None) -> Path:
    """The rows as a file of pairs."""
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows or pair_rows())
    path.write_text(text, encoding="utf-8")
    return path
