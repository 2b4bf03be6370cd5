"""Follow-up questions: what is carried over, what is left alone, what the parts say."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.followup import FollowUp, follow_up
from qa.question_parts import Part
from qa.slots import find_slots

CARRIED = {
    "year": ("那2022年呢？", "2023年大同的粮食产量是多少？", "2022年大同的粮食产量是多少？"),
    "bare year gains its word": ("2021呢", "2023年完成投资多少亿元？", "2021年完成投资多少亿元？"),
    "month": ("2024年7月呢", "2024年4月组织召开了什么会议", "2024年7月组织召开了什么会议"),
    "spoken year": ("今年呢", "去年完成投资多少亿元？", "今年完成投资多少亿元？"),
    "place": ("大同呢？", "2023年晋中的粮食产量是多少？", "2023年大同的粮食产量是多少？"),
    "place that the dictionary calls a person": ("那阳泉呢？", "2023年吕梁的产量是多少？", "2023年阳泉的产量是多少？"),
    "place inside an organisation": ("那大同呢", "2024年晋中开发区援建了多少万元？", "2024年大同开发区援建了多少万元？"),
    "organisation for organisation": ("那大同经开区呢？", "2024年晋中开发区援建了多少万元？", "2024年大同经开区援建了多少万元？"),
    "city with its suffix": ("那么长治市呢", "运城市有多少家企业？", "长治市有多少家企业？"),
    "title": ("《山西日报》呢", "《新疆日报》的记者是谁", "《山西日报》的记者是谁"),
    "other thing asked": ("人口呢？", "2023年太原的GDP是多少？", "2023年太原的人口是多少？"),
    "other thing asked of a verb": ("负责人呢", "晋中开发区援建了多少万元？", "晋中开发区的负责人是谁？"),
    "subject is missing": ("那援建了多少万元？", "2024年晋中开发区做了什么？", "2024年晋中开发区援建了多少万元？"),
    "it": ("它的负责人是谁？", "山西焦煤集团的注册资本是多少？", "山西焦煤集团的负责人是谁？"),
    "that company": ("该公司有多少员工", "晋能控股集团的总部在哪里", "晋能控股集团有多少员工"),
    "its": ("其面积是多少", "五家渠市的人口是多少", "五家渠市的面积是多少"),
    "there": ("那里有多少家企业？", "晋中开发区在哪里", "晋中开发区有多少家企业？"),
    "mixed": ("2022 年呢?", "2023 年 5G 基站有多少个?", "2022 年 5G 基站有多少个?"),
    "counted otherwise": ("那产值呢？", "振东公司的基地有多少亩？", "振东公司的产值有多少？"),
    "the same, counted as before": ("那2022年的耕地面积呢？", "2023年大同的耕地面积是多少亩？", "2022年大同的耕地面积是多少亩？"),
    "a day": ("开幕式呢？", "大同的博览会是几月几日？", "大同的开幕式是几月几日？"),
    "others of its kind": ("其他收入呢？", "2023年大同煤业的营业收入是多少亿元？", "2023年大同煤业的其他收入是多少？"),
    "one word with it": ("那它是做什么的？", "山西星萌科技有限公司在哪里？", "山西星萌科技有限公司是做什么的？"),
    "its, of a noun": ("其人口呢？", "2023年太原的GDP是多少？", "2023年太原的人口是多少？"),
    "english year": ("and in 2022?", "What was the output of Datong in 2023?", "What was the output of Datong in 2022?"),
    "english thing": ("What about coal output?", "What was the grain output of Datong in 2023?", "What was the coal output of Datong in 2023?"),
    "english article": ("How about the mayor?", "Who is the leader of Datong?", "Who is the mayor of Datong?"),
    "english, curly apostrophe": ("What about 2022?", "What’s the population of Datong?", "What’s the population of Datong in 2022?"),
    "where, and it": ("在大同，该公司有哪些项目？", "百禾元公司在哪里？", "在大同，百禾元公司有哪些项目？"),
    "one of a place": ("新疆的这家公司投资多少？", "百禾元公司在哪里？", "新疆的百禾元公司投资多少？"),
    "with it": ("与其合作的企业有哪些？", "百禾元公司在哪里？", "与百禾元公司的合作的企业有哪些？"),
    "another person and he": ("王建国和他是什么关系？", "李明什么时候出生？", "王建国和李明是什么关系？"),
    "one more thing of the same": ("另外，面积是多少？", "太原有多少人？", "太原面积是多少？"),
    "english, where and it": ("In Datong, does it have a factory?", "Where is Huawei?", "In Datong, does Huawei have a factory?"),
    "english, another and it": ("Does Tesla compete with it?", "Where is BYD?", "Does Tesla compete with BYD?"),
    "english, two things": ("What about imports and exports?", "What was the output of Datong in 2023?", "What was the imports and exports of Datong in 2023?"),
    "english, is contracted": ("what about the population?", "What's the GDP of Datong?", "What's the population of Datong?"),
    "english its after about": ("What about its population?", "Where is Datong?", "Datong's population?"),
    "english there": ("How many people live there?", "Where is Datong?", "How many people live in Datong?"),
    "english its": ("What is its population?", "Where is Datong?", "What is Datong's population?"),
    "english": ("what about 2022?", "What was the output of Datong in 2023?", "What was the output of Datong in 2022?"),
}  # fmt: skip


@pytest.mark.parametrize(("typed", "before", "asked"), CARRIED.values(), ids=CARRIED)
def test_missing_slots_are_carried(typed: str, before: str, asked: str) -> None:
    made = follow_up(typed, before)
    assert made.question == asked
    assert "".join(part.text for part in made.parts) == asked
    assert any(part.carried for part in made.parts)


ALONE = {
    "first question": ("那2022年呢？", ""),
    "complete question": ("2022年太原的面积是多少？", "2023年大同的粮食产量是多少？"),
    "no question": ("谢谢", "太原的面积是多少"),
    "emoji": ("😀呢", "太原的面积是多少"),
    "empty": ("", "太原的面积是多少"),
    "a thing called that": ("那个项目投资多少", "有多少个"),
    "others": ("其他城市有哪些？", "太原的面积是多少"),
    "a country that ends so": ("土耳其的首都是哪里？", "2023年大同的粮食产量是多少？"),
    "an adverb": ("山西尤其缺少什么？", "2023年大同的粮食产量是多少？"),
    "a name that begins so": ("那曲市的人口是多少？", "2023年大同的粮食产量是多少？"),
    "another name": ("那拉提景区在哪里？", "2023年大同的粮食产量是多少？"),
    "a thing counted": ("那场会议在哪里召开？", "2023年大同的粮食产量是多少？"),
    "the one asked about": ("那这家公司呢？", "百禾元公司在哪里？"),
    "a report": ("那本报告是谁写的？", "2023年大同的粮食产量是多少？"),
    "its owner is named": ("省能源局和其下属单位有哪些？", "2023年大同的粮食产量是多少？"),
    "this is named": ("阳泉这个城市有多少人？", "2023年大同的粮食产量是多少？"),
    "he is named": ("王建国是哪年出生的，他在哪里工作？", "李明什么时候出生？"),
    "a factory": ("维他命厂在哪里？", "李明什么时候出生？"),
    "another topic": ("另外，阳泉的市长是谁？", "2023年大同的粮食产量是多少？"),
    "IT": ("What is the IT budget of Shanxi?", "2023年大同的粮食产量是多少？"),
    "there are": ("How many people are there in Beijing?", "What is the population of Datong?"),
    "what time is it": ("What time is it in Beijing?", "What was the grain output of Datong in 2023?"),
    "the subject would be lost": ("What about revenue?", "What was the profit BYD reported in 2021?"),
    "nothing to put it in the place of": ("What about coal?", "Who leads Datong?"),
}


@pytest.mark.parametrize(("typed", "before"), ALONE.values(), ids=ALONE)
def test_a_question_of_its_own_stays_as_it_is(typed: str, before: str) -> None:
    assert follow_up(typed, before) == FollowUp(typed)


def test_a_person_in_the_answer_is_meant() -> None:
    made = follow_up("他是哪里人？", "省商务厅厅长是谁？", "王宏晋")
    assert made.question == "王宏晋是哪里人？"


def test_typed_parts_are_not_called_carried() -> None:
    parts = follow_up("那2022年呢？", "2023年大同的粮食产量是多少？").parts
    assert parts[0] == Part("2022年", "time", carried=False)
    assert all(part.carried for part in parts[1:])


def test_parts_survive_json() -> None:
    for part in follow_up("大同呢？", "2023年晋中的粮食产量是多少？").parts:
        assert Part.from_dict(part.to_dict()) == part
    with pytest.raises(ValueError, match="strings"):
        Part.from_dict({"text": 3, "kind": "rest", "carried": False})


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30), st.text(max_size=40))
def test_anything_may_be_typed(typed: str, before: str) -> None:
    made = follow_up(typed, before)
    assert not made.parts or "".join(part.text for part in made.parts) == made.question


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet="2023年大同市晋中开发区《》“” ABc的呢？😀公司", max_size=30))
def test_slots_are_in_order_and_apart(text: str) -> None:
    slots = find_slots(text)
    assert all(0 <= slot.start < slot.end <= len(text) for slot in slots)
    assert all(a.end <= b.start for a, b in itertools.pairwise(slots))
