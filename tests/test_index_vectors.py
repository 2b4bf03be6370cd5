"""Vector stores: the same tests over the exact one, FAISS flat and FAISS with an inverted file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from index.errors import IndexCorruptError
from index.vectors import ExactVectorStore, FaissVectorStore, VectorStore

DIMENSION = 32
Make = Callable[[int], VectorStore]


def unit_vectors(count: int, seed: int = 0) -> npt.NDArray[np.float32]:
    """Clustered like texts: an inverted file has something to find."""
    generator = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(size=(20, DIMENSION))
    vectors = centres[generator.integers(0, 20, count)] + 0.4 * generator.normal(size=(count, DIMENSION))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def _exact(count: int) -> VectorStore:
    store = ExactVectorStore(DIMENSION)
    store.add(np.arange(10, count + 10), unit_vectors(count))
    return store


def _flat(count: int) -> FaissVectorStore:
    store = FaissVectorStore(DIMENSION)
    store.add(np.arange(10, count + 10), unit_vectors(count))
    return store


def _ivf(count: int) -> FaissVectorStore:
    store = FaissVectorStore(DIMENSION, ivf_minimum=count)
    store.add(np.arange(10, count + 10), unit_vectors(count))
    store.optimize()
    assert store.kind == "ivf"
    return store


@pytest.fixture(params=[_exact, _flat, _ivf], ids=["exact", "flat", "ivf"])
def make(request: pytest.FixtureRequest) -> Make:
    return request.param  # type: ignore[no-any-return]


def recall(store: VectorStore, count: int, *, top_k: int = 10) -> float:
    exact = _exact(count)
    hits = [
        len(
            {row for row, _ in store.search(query, top_k=top_k)}
            & {row for row, _ in exact.search(query, top_k=top_k)}
        )
        for query in unit_vectors(50, seed=1)
    ]
    return sum(hits) / (50 * top_k)


def test_scores_are_inner_products_best_first(make: Make) -> None:
    store, vectors = make(3000), unit_vectors(3000)
    for query in unit_vectors(5, seed=1):
        found = store.search(query, top_k=20)
        assert len(found) == 20 == len({row for row, _ in found})
        assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
        for row, score in found:
            assert score == pytest.approx(float(vectors[row - 10] @ query), abs=0.01)


def test_finds_what_the_exact_store_finds(make: Make) -> None:
    assert recall(make(3000), 3000) >= {_exact: 1.0, _flat: 0.99, _ivf: 0.9}[make]  # type: ignore[index]


def test_a_stored_vector_is_its_own_nearest(make: Make) -> None:
    store, vectors = make(3000), unit_vectors(3000)
    for row in (0, 1500, 2999):
        assert store.search(vectors[row], top_k=1)[0][0] == row + 10


def test_removed_rows_are_never_found(make: Make) -> None:
    store, vectors = make(3000), unit_vectors(3000)
    gone = np.arange(10, 3010, 3)
    store.remove(gone)
    assert len(store) == 2000
    for query in vectors[::300]:
        assert not {row for row, _ in store.search(query, top_k=3000)} & set(gone.tolist())


def test_unknown_rows_are_ignored_when_removed(make: Make) -> None:
    store = make(3000)
    store.remove(np.array([5, 99999]))
    store.remove(np.array([], np.int64))
    assert len(store) == 3000


def test_a_replaced_row_is_found_by_its_new_vector_only(make: Make) -> None:
    store, vectors = make(3000), unit_vectors(3000)
    store.remove(np.array([10]))
    store.add(np.array([10]), -vectors[:1])
    assert 10 not in [row for row, _ in store.search(vectors[0], top_k=5)]
    assert store.search(-vectors[0], top_k=1)[0][0] == 10


def test_only_the_rows_asked_for(make: Make) -> None:
    store, exact = make(3000), _exact(3000)
    wanted = np.array([12, 700, 1400, 2900, 99999])
    for query in unit_vectors(5, seed=1):
        found = store.search(query, top_k=10, rows=wanted)
        assert [row for row, _ in found] == [row for row, _ in exact.search(query, top_k=10, rows=wanted)]
        assert len(found) == 4
    assert store.search(unit_vectors(1)[0], top_k=10, rows=np.array([], np.int64)) == []


def _several(store: VectorStore, count: int) -> VectorStore:
    """Row r has 1 + r % 5 vectors, scattered over what is added."""
    rows = np.repeat(np.arange(count), 1 + np.arange(count) % 5)
    rows = np.random.default_rng(4).permutation(rows)
    store.add(rows, unit_vectors(len(rows), seed=6))
    if isinstance(store, FaissVectorStore):
        store.optimize()
    return store


@pytest.mark.parametrize("ivf_minimum", [10**9, 1000], ids=["flat", "ivf"])
def test_a_row_scores_what_its_best_vector_does(ivf_minimum: int) -> None:
    exact = _several(ExactVectorStore(DIMENSION), 1000)
    store = _several(FaissVectorStore(DIMENSION, ivf_minimum=ivf_minimum), 1000)
    assert isinstance(store, FaissVectorStore)
    assert (len(store), store.vector_count) == (len(exact), 3000) == (1000, 3000)
    assert store.rows().tolist() == list(range(1000))
    some = np.arange(3, 1000, 7)
    found = same = 0
    for query in unit_vectors(20, seed=1):
        for rows in (None, some):
            expected, hits = (one.search(query, top_k=30, rows=rows) for one in (exact, store))
            assert len(hits) == len({row for row, _ in hits}) == 30
            assert [score for _, score in hits] == sorted((score for _, score in hits), reverse=True)
            same += len({row for row, _ in hits} & {row for row, _ in expected})
            found += 30
        scores = dict(expected)
        assert all(score == pytest.approx(scores[row], abs=0.01) for row, score in hits if row in scores)
    assert same / found > 0.95
    for one in (store, exact):
        one.remove(some)
        assert len(one) == 1000 - len(some)
        assert not {row for row, _ in one.search(query, top_k=1000)} & set(some.tolist())
    assert store.vector_count == int(np.sum(1 + np.arange(1000) % 5)) - int(np.sum(1 + some % 5))


def test_rows_behind_one_with_many_vectors_are_found() -> None:
    query = np.eye(DIMENSION, dtype=np.float32)[0]
    near = np.tile(query, (256, 1))
    far = unit_vectors(20, seed=2)
    store = FaissVectorStore(DIMENSION)
    store.add(np.full(256, 7), near)
    store.add(np.arange(100, 120), far)
    found = store.search(query, top_k=5)
    order = [100 + int(i) for i in np.argsort(-(far @ query))[:4]]
    assert [row for row, _ in found] == [7, *order]
    assert len(store) == 21 and len(store.search(query, top_k=50)) == 21
    with pytest.raises(ValueError, match="a row can have 256 vectors, got 257"):
        store.add(np.full(257, 8), np.tile(query, (257, 1)))
    assert len(store) == 21


@pytest.mark.parametrize("top_k", [0, -1])
def test_nothing_asked_nothing_found(make: Make, top_k: int) -> None:
    assert make(3000).search(unit_vectors(1)[0], top_k=top_k) == []


def test_top_k_is_clipped_to_what_exists(make: Make) -> None:
    assert len(_exact(5).search(unit_vectors(1)[0], top_k=50)) == 5
    store = make(3000)
    store.remove(np.arange(10, 3008))
    assert sorted(row for row, _ in store.search(unit_vectors(1)[0], top_k=50)) in (
        [3008, 3009],
        [3008],
        [3009],
        [],
    )
    assert len(store.search(unit_vectors(1)[0], top_k=50, rows=np.array([3008, 3009]))) == 2


@pytest.mark.parametrize(
    "store", [ExactVectorStore(DIMENSION), FaissVectorStore(DIMENSION)], ids=["exact", "flat"]
)
def test_an_empty_store(store: VectorStore) -> None:
    assert len(store) == 0
    assert store.search(unit_vectors(1)[0], top_k=5) == []
    store.remove(np.array([1]))
    store.add(np.array([], np.int64), np.zeros((0, DIMENSION), np.float32))
    assert len(store) == 0


@pytest.mark.parametrize(
    "store", [ExactVectorStore(DIMENSION), FaissVectorStore(DIMENSION)], ids=["exact", "flat"]
)
def test_a_wrong_shape_is_an_error(store: VectorStore) -> None:
    with pytest.raises(
        ValueError, match=r"expected 2 vectors of dimension 32, got an array of shape \(2, 31\)"
    ):
        store.add(np.array([1, 2]), np.zeros((2, 31), np.float32))
    with pytest.raises(ValueError, match="expected 1 vectors"):
        store.add(np.array([1]), np.zeros((2, DIMENSION), np.float32))


@pytest.mark.parametrize("make", [_flat, _ivf], ids=["flat", "ivf"])
@pytest.mark.parametrize("writable", [False, True], ids=["read", "write"])
def test_a_saved_store_answers_the_same(
    make: Callable[[int], FaissVectorStore], writable: bool, tmp_path: Path
) -> None:
    store = make(3000)
    store.remove(np.arange(10, 100))
    store.save(tmp_path / "v.faiss")
    again = FaissVectorStore.load(tmp_path / "v.faiss", writable=writable, ivf_minimum=3000)
    assert (len(again), again.kind) == (len(store), store.kind)
    assert sorted(again.rows().tolist()) == sorted(store.rows().tolist()) == list(range(100, 3010))
    for query in unit_vectors(5, seed=1):
        assert again.search(query, top_k=10) == store.search(query, top_k=10)
    if writable:
        again.remove(np.arange(100, 200))
        again.add(np.array([7]), unit_vectors(1, seed=5))
        assert len(again) == 2811
        assert again.search(unit_vectors(1, seed=5)[0], top_k=1)[0][0] == 7


def test_an_inverted_file_is_rebuilt_when_the_store_has_grown() -> None:
    store = _ivf(3000)
    lists = store._faiss_index.nlist
    store.add(np.arange(5000, 32000), unit_vectors(27000, seed=3))
    store.optimize()
    assert store._faiss_index.nlist > lists
    assert len(store) == 30000
    assert set(store.rows().tolist()) == {*range(10, 3010), *range(5000, 32000)}
    vectors = unit_vectors(3000)
    assert sum(store.search(vectors[row], top_k=1)[0][0] == row + 10 for row in range(0, 3000, 30)) >= 97


def test_a_small_store_stays_exhaustive() -> None:
    store = _flat(300)
    store.optimize()
    assert store.kind == "flat"


@pytest.mark.parametrize(
    "content", [b"", b"not a faiss file", b"IxM2" + b"\0" * 50], ids=["empty", "text", "cut"]
)
def test_a_file_that_is_none_is_one_clear_line(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "v.faiss").write_bytes(content)
    with pytest.raises(IndexCorruptError, match=r"the vector file v\.faiss cannot be read"):
        FaissVectorStore.load(tmp_path / "v.faiss")
    with pytest.raises(IndexCorruptError, match="cannot be read"):
        FaissVectorStore.load(tmp_path / "missing.faiss")
