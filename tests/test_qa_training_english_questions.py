import json

import numpy as np
import pytest
from training_fakes import rows, write_rows

from qa.__main__ import main
from qa.training.bilingual_passages import PassageMaker
from qa.training.bilingual_words import BilingualWords, Name, learn_words
from qa.training.english_questions import make_english_questions, read_pairs
from qa.training.english_words import base_form, count_english
from qa.training.errors import TrainingError
from qa.training.glossed_questions import gloss_question
from qa.training.held_out import HeldOut
from qa.training.labelled import LabelledFile
from qa.training.parallel_questions import name_questions, number_questions
from qa.training.question_order import english_sentences
from qa.training.word_alignment import align_names, align_words

TEXTS = [
    "They export steel to build ships.",
    "Ships carry steel and they export coal.",
    "Some export in Wuhan.",
    "He is in Wuhan.",
]
COUNTS = count_english([*TEXTS, "They export.", "A school in Wuhan, and the sea."])


def generator(seed=0):
    return np.random.default_rng(seed)


def asked(english, chinese, **options):
    """Every question that some seed makes, with its answer."""
    made = (
        q
        for seed in range(20)
        for q in number_questions(english, chinese, COUNTS, generator(seed), **options)
    )
    return {q.text.lower(): chinese[q.start : q.end] for q in made}


@pytest.mark.parametrize(
    ("english", "chinese", "question", "answer"),
    [
        ("In 2012, China exported 30 million tons of steel.", "中国在2012年出口了3000万吨钢。",
         "How many tons did China export of steel In 2012?", "3000万吨"),
        ("Twelve members attended the third meeting.", "十二名成员出席会议。", "How many members attended the third meeting?", "十二名"),
        ("The court shall decide within thirty days of the notice.", "法院应于收到通知三十日内决定。",
         "Within how many days shall the court decide of the notice?", "三十日"),
        ("The GDP has grown by 5.2% since spring.", "GDP自春季以来增长5.2%。", "By what percentage has the GDP grown since spring?", "5.2%"),
        ("There are 3 emoji 😀 on this page.", "这一页有3个表情😀。", "How many emoji are there 😀 on this page?", "3个"),
    ],
    ids=["past tense", "subject", "auxiliary", "mixed", "emoji"],
)  # fmt: skip
def test_a_number_becomes_the_question_word(english, chinese, question, answer):
    assert asked(english, chinese).get(question.lower()) == answer


def test_the_question_word_can_stay_in_its_place():
    assert asked("The court shall decide within thirty days.", "法院应于三十日内决定。", in_place=True) == {
        "the court shall decide within how many days?": "三十日"
    }
    assert asked("", "") == {}
    assert asked("The year-old law.", "三十日") == {}


def test_a_cut_off_sentence_is_left_out():
    text = "It pays 5 dollars to every one of its members. It was foun"
    assert english_sentences(text) == ["It pays 5 dollars to every one of its members."]
    assert english_sentences("A headline") == ["A headline"]
    assert english_sentences("") == []


def test_a_name_becomes_who_or_where():
    words = BilingualWords(
        names={"wuhan": [Name("武汉")], "isaac newton": [Name("牛顿", "British physicist")]}
    )

    def asked_of(english, chinese):
        made = (
            q for seed in range(20) for q in name_questions(english, chinese, words, COUNTS, generator(seed))
        )
        return {q.text: chinese[q.start : q.end] for q in made}

    built = asked_of("The old school was built in Wuhan by monks.", "老学校由僧人建于武汉。")
    assert built["Where was the old school built by monks?"] == "武汉"
    assert asked_of("Isaac Newton wrote the famous book.", "牛顿写了那本名著。") == {
        "Who wrote the famous book?": "牛顿"
    }
    assert asked_of("Isaac Newton met Isaac Newton in London.", "牛顿见牛顿。") == {}


def test_base_forms_are_words_of_the_collection():
    assert base_form("exported", COUNTS) == "export"
    assert base_form("wrote", COUNTS) == "write"
    assert base_form("red", COUNTS) is None
    assert base_form("blorfed", COUNTS) is None


PAIRS = [
    ("The cat drinks milk", "猫喝牛奶"), ("A cat sleeps", "猫睡觉"), ("The dog drinks water", "狗喝水"), ("The dog sleeps", "狗睡觉"),
    ("Water and milk", "水和牛奶"), ("my cat", "我的猫"), ("Milk", "牛奶"),
] * 3  # fmt: skip


def test_words_are_aligned_by_what_stands_with_them():
    words = align_words(PAIRS)
    assert {word: ways[0][0] for word, ways in words.items() if word in ("猫", "狗", "睡觉")} == {
        "猫": "cat", "狗": "dog", "睡觉": "sleeps",
    }  # fmt: skip
    assert all(0 < share <= 1.0001 for ways in words.values() for _, share in ways)
    assert align_words([]) == {}


def test_names_are_aligned_by_dice():
    pairs = [
        (f"We saw Zorvania number {n}", f"我们{'看到' if n % 2 else '去过'}佐尔瓦尼亚{n}次") for n in range(4)
    ]
    assert align_names([*pairs, ("He went", "他去过")]) == {"zorvania": "佐尔瓦尼亚"}


def test_a_dictionary_of_entries_names_and_sounds():
    entries = [
        ("Ai Qing , Chinese poet", "艾青"),
        ("to sleep; to doze off for a long long time", "睡觉"),
        ("surname Wang", "王"),
    ]
    learnt = learn_words(PAIRS, entries)
    assert learnt.names["ai qing"] == [Name("艾青", "Chinese poet")]
    assert learnt.entries["睡觉"] == ["sleep"]
    assert learnt.spelt("王青") == "Wang Qing"
    assert learnt.spelt("王𠮷") is None
    assert learnt.english("GDP", generator()) == "GDP"
    assert learnt.english("未见词", generator()) is None


WORDS = BilingualWords(
    entries={
        "张三": ["Zhang San"],
        "出生": ["be born"],
        "公司": ["company"],
        "职务": ["position"],
        "担任": ["hold"],
        "增长": ["grow"],
    }
)


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("张三什么时候出生?", {"Zhang San", "born"}),
        ("张三担任什么职务?", {"hat position", "hold"}),
        ("GDP增长多少?", {"GDP", "grow", "ow "}),
        ("😀张三出生在哪里?", {"😀", "ere"}),
    ],
    ids=["when", "what", "mixed", "emoji"],
)
def test_a_chinese_question_is_glossed(question, parts):
    text = gloss_question(question, WORDS, generator(1))
    assert text and text.endswith("?") and all(part in text for part in parts)


def test_what_cannot_be_glossed_is_none():
    assert gloss_question("", WORDS, generator()) is None
    assert gloss_question("张三出生了。", WORDS, generator()) is None  # asks nothing
    assert gloss_question("鳜鱼鲂鮄鲥鲈在哪里?", WORDS, generator()) is None  # too much unknown
    kept = gloss_question("张三什么时候出生?", WORDS, generator(1), kept_share=1.0)
    assert kept and "张三" in kept and "出生" in kept


def test_a_passage_holds_the_answer_once_among_others():
    texts = [
        ("par_law", f"第{n}段讲的是完全不同的另外一件事情,共有{n + 20}人参加了这一次会议并且表示同意。")
        for n in range(12)
    ]
    place, answer = 5, "25人"
    start = texts[place][1].index(answer)
    maker = PassageMaker(texts)
    text, at = maker.passage(place, start, start + len(answer), generator())
    assert text[at : at + len(answer)] == answer and text.count(answer) == 1 and 100 <= len(text) <= 520
    assert texts[4][1] in text or texts[6][1] in text
    without, nowhere = maker.passage(place, start, start + len(answer), generator(), with_sentence=False)
    assert nowhere == -1 and answer not in without
    assert maker.passage(place, start, start + len(answer), generator()) == (text, at)


@pytest.fixture
def files(tmp_path):
    filler = [
        [
            "par_law",
            f"Rule {n} says {n + 30} people may vote in town.",
            f"第{n}条规则规定城里可以有{n + 30}人投票表决并且签上自己的名字。",
        ]
        for n in range(30)
    ]
    lines = [
        *filler,
        ["par_cedict", "Beijing", "北京"],
        ["title", "标题", "正文"],
        ["par_ja", "Three cats", "猫が三匹"],
    ]
    pairs = tmp_path / "pairs.jsonl"
    pairs.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return pairs, write_rows(tmp_path / "questions.jsonl", rows())


def test_the_file_is_read_back_and_the_same_every_time(files, tmp_path):
    pairs, questions = files
    outs = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    reports = [make_english_questions([pairs], out, question_files=[questions], seed=4) for out in outs]
    assert outs[0].read_bytes() == outs[1].read_bytes()
    assert reports[0].written["parallel"] >= 30
    file = LabelledFile(outs[0])
    found = list(file.questions())
    assert file.skipped == 0 and len(found) == sum(reports[0].written.values())
    assert sum(not q.answers for _, q in found) == reports[0].unanswerable > 0
    for passage, question in found:
        if question.answers:
            assert passage.text.startswith(question.answers[0], question.start)
    other = tmp_path / "c.jsonl"
    make_english_questions([pairs], other, seed=5)
    assert other.read_bytes() != outs[0].read_bytes()
    assert not list(tmp_path.glob("*.unfinished"))


def test_held_out_text_stays_out(files, tmp_path):
    pairs, questions = files
    held = write_rows(
        tmp_path / "held.jsonl",
        [{"ctx": "第7条规则规定城里可以有37人投票表决并且签上自己的名字。", "qs": []}],
    )
    report = make_english_questions([pairs], tmp_path / "a.jsonl", held_out=[held, questions])
    assert report.left_out > 0
    assert "37人投票" not in (tmp_path / "a.jsonl").read_text(encoding="utf-8")


def test_held_out_by_hash_question_and_run(tmp_path):
    text = "这是一段足够长的文字,用来检查引用了一部分的段落是否也算作同一个来源的文字。"
    held = HeldOut([write_rows(tmp_path / "h.jsonl", [{"ctx": text, "qs": [["谁說的?", "", -1]]}])])
    assert held and not HeldOut([])
    assert held.holds(text) and held.holds("别的。" + text[:30]) and held.holds("甲", ["谁说的"])
    assert not held.holds("") and not held.holds("别的段落😀 GDP", ["别的问题"])


@pytest.mark.parametrize(
    ("line", "message"),
    [("[1]", "bad.jsonl:1"), ("{", "bad.jsonl:1"), ('["title", "a", "b"]', "no Chinese-English")],
)
def test_bad_pairs_are_told_by_line(tmp_path, line, message):
    path = tmp_path / "bad.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(TrainingError, match=message):
        read_pairs([path])
    with pytest.raises(TrainingError, match="there is no file"):
        read_pairs([tmp_path / "none.jsonl"])


def test_the_command(files, tmp_path, capsys):
    pairs, questions = files
    out = tmp_path / "out.jsonl"
    assert main(["make-english-questions", str(pairs), "--questions", str(questions), "--out", str(out)]) == 0
    assert f"questions written to {out}" in capsys.readouterr().out
    assert main(["make-english-questions", str(pairs), "--out", str(tmp_path / "no" / "x.jsonl")]) == 1
    assert "--out" in capsys.readouterr().err
    assert main(["make-english-questions", str(tmp_path / "none"), "--out", str(out)]) == 1
    assert "there is no file" in capsys.readouterr().err
    assert main(["make-english-questions", str(pairs), "--seed", "-1", "--out", str(out)]) == 1
    assert "--seed" in capsys.readouterr().err
