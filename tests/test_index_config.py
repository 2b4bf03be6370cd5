"""Build settings: saved, compared, refused where they make no sense."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from index.config import IndexConfig

CONFIG = IndexConfig("模型", "f" * 16, 256, max_chars=200, dictionary="三化三制 5\n")


def test_json_round_trip() -> None:
    assert IndexConfig.from_json(CONFIG.to_json()) == CONFIG
    assert CONFIG.to_json() == replace(CONFIG).to_json()


@pytest.mark.parametrize("text", ["{}", '{"embedder": "a", "unknown": 1}', "[]", "null", "{"])
def test_settings_of_another_version_are_an_error(text: str) -> None:
    with pytest.raises((TypeError, ValueError)):
        IndexConfig.from_json(text)


def test_a_missing_setting_has_its_default() -> None:
    saved = json.loads(CONFIG.to_json())
    del saved["dictionary"]
    assert IndexConfig.from_json(json.dumps(saved)).dictionary == ""


@pytest.mark.parametrize(("field", "value"), [("max_chars", 19), ("max_chars", -1), ("dimension", 0)])
def test_nonsense_is_refused(field: str, value: int) -> None:
    with pytest.raises(ValueError, match=f"{field} must be at least .*, got {value}"):
        replace(CONFIG, **{field: value})


def test_differences_are_named() -> None:
    assert CONFIG.differences(CONFIG) == []
    assert CONFIG.differences(replace(CONFIG, embedder="/另一处/模型")) == [], "the same model lies elsewhere"
    other = replace(CONFIG, embedder="b", embedder_fingerprint="0" * 16, max_chars=300)
    assert CONFIG.differences(other) == [
        "embedder 模型 instead of b",
        f"embedder_fingerprint {'f' * 16} instead of {'0' * 16}",
        "max_chars 200 instead of 300",
    ]
    (difference,) = CONFIG.differences(replace(CONFIG, dictionary="词 1\n" * 500))
    assert len(difference) < 200 and "\n" not in difference


def test_ocr_is_no_difference_and_off_unless_said() -> None:
    saved = json.loads(CONFIG.to_json())
    del saved["ocr"]
    assert IndexConfig.from_json(json.dumps(saved)) == CONFIG
    other = replace(CONFIG, ocr=True)
    assert CONFIG.differences(other) == other.differences(CONFIG) == []
    assert IndexConfig.from_json(other.to_json()).ocr


def test_of_another_version_what_is_known_counts() -> None:
    saved = json.loads(CONFIG.to_json()) | {"unknown": "😀", "normalize_version": 77}
    assert IndexConfig.of_any_version(json.dumps(saved)) == replace(CONFIG, normalize_version=77)
    for text in ("{}", '{"unknown": 1}', "[]", "[1]", "null", "7", "{", ""):
        with pytest.raises((TypeError, ValueError)):
            IndexConfig.of_any_version(text)
