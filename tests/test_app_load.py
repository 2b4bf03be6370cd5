"""Many people at once: nobody gets an error or another's answer. How long they wait, ``page_load.py`` measures."""

import pytest
from page_load import measure
from page_server import seeds_server


@pytest.mark.slow
def test_thirty_two_people_ask_at_once() -> None:
    server = seeds_server()
    measure(server.url, people=4, rounds=1)  # the first questions load what is loaded late
    load = measure(server.url, people=32, rounds=1)
    assert load.errors == []


def test_only_this_computer_is_loaded() -> None:
    with pytest.raises(ValueError, match="this computer"):
        measure("http://example.com/", people=1, rounds=1)
