"""Question words of real questions."""

import pytest

from eval.question_words import OTHER, question_word


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("援建资金是多少？", "多少"),
        ("三一集團排進了幾強？", "多少"),
        ("几乎没有问题", OTHER),
        ("會議是哪一年召開的？", "什么时候"),
        ("物资啥时候发到？", "什么时候"),
        ("刘芳亮委员来自哪里？", "哪里"),
        ("哪個城市承辦？", "哪里"),
        ("谁主持会议？", "谁"),
        ("和田哪两种主粮？", "哪些"),
        ("由哪个单位答复？", "哪个"),
        ("合作建設的是甚麼項目？", "什么"),
        ("为什么要援疆？", "为什么"),
        ("怎么扶持？", "怎样"),
        ("How many students?", "how many"),
        ("In what year was GDP 5.2%?", "when"),
        ("Which team won?", "which"),
        ("出让面积 😀", OTHER),
        ("", OTHER),
    ],
)
def test_question_word(question: str, expected: str) -> None:
    assert question_word(question) == expected
