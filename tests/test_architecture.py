"""The shape of the code: imports run one way, and nothing heavy is imported before it is needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_IMPORT = {
    "index": {"index"},
    "qa": {"index", "qa"},
    "eval": {"index", "qa", "eval"},
    "app": {"index", "qa"},
}
"""index ◄── qa ◄── app, and eval on top: nothing imports eval or app."""
HEAVY = {
    "torch", "sentence_transformers", "transformers", "gradio", "onnxruntime", "matplotlib", "sklearn", "scipy", "faiss", "pandas",
    "langchain_text_splitters", "tantivy", "jieba", "docx", "openpyxl", "pypdfium2", "bs4", "lxml", "ir_measures",
}  # fmt: skip
"""Imported inside the function that needs them, so that a command that does not need them starts at once."""

MODULES = [
    *(path for package in ("index", "qa", "eval") for path in sorted((ROOT / package).rglob("*.py"))),
    ROOT / "app.py",
]


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(tree: ast.AST, *, everywhere: bool) -> Iterator[tuple[str, ast.AST]]:
    """Modules imported, with the statement; without ``everywhere`` only what importing the module itself runs."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield f"{'.' * node.level}{node.module or ''}", node
        elif everywhere or not (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test))
        ):
            yield from imports(node, everywhere=everywhere)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_run_one_way(path: Path) -> None:
    own = path.relative_to(ROOT).parts[0].removesuffix(".py")
    for module, node in imports(tree_of(path), everywhere=True):
        top = module.split(".")[0]
        assert top, f"line {node.lineno}: relative imports hide the direction"  # type: ignore[attr-defined]
        if top in MAY_IMPORT:
            assert top in MAY_IMPORT[own], f"{own} imports {module}"
            # ``import eval`` would shadow the built-in
            assert isinstance(node, ast.ImportFrom), f"write: from {module} import …"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_nothing_heavy_is_imported_at_import_time(path: Path) -> None:
    heavy = {module.split(".")[0] for module, _ in imports(tree_of(path), everywhere=False)} & HEAVY
    if path.relative_to(ROOT).parts[:2] != ("qa", "training"):  # only training commands import these modules
        assert not heavy


def test_no_module_imports_itself_in_a_circle() -> None:
    names = {name_of(path): path for path in MODULES}
    needs = {
        name: {m for m, _ in imports(tree_of(path), everywhere=False) if m in names and m != name}
        for name, path in names.items()
    }
    done: set[str] = set()

    def visit(name: str, above: tuple[str, ...]) -> None:
        assert name not in above, " -> ".join((*above[above.index(name) :], name))
        if name not in done:
            for needed in needs[name]:
                visit(needed, (*above, name))
            done.add(name)

    for name in names:
        visit(name, ())


@pytest.mark.parametrize("words", ["index", "index sync", "qa", "qa ask", "eval", "eval run", "app"])
def test_help_imports_nothing_heavy(words: str) -> None:
    command, *rest = words.split()
    program = (
        "import runpy, sys\n"
        f"sys.argv = {[command, *rest, '--help']!r}\n"
        "try:\n"
        f"    runpy.run_{'path' if command == 'app' else 'module'}('{command}{'.py' if command == 'app' else ''}', run_name='__main__')\n"
        "except SystemExit as end:\n"
        "    assert not end.code\n"
        f"heavy = {HEAVY!r} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "usage:" in done.stdout


def test_public_names_exist() -> None:
    """What ``__all__`` promises is there, and in a module nothing public is missing from it by accident."""
    for path in MODULES:
        tree = tree_of(path)
        defined = {
            node.name
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef)
        }
        listed: set[str] = set()
        for node in tree.body:
            if isinstance(node, ast.Assign) and any(
                isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets
            ):
                listed = set(ast.literal_eval(node.value))
        bound = defined | {
            name.id
            for name in ast.walk(tree)
            if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
        }
        bound |= {
            a.asname or a.name
            for n in ast.walk(tree)
            if isinstance(n, ast.ImportFrom | ast.Import)
            for a in n.names
        }
        assert listed <= bound, f"{name_of(path)}: {listed - bound}"


def test_no_pickle_and_no_eval_of_text() -> None:
    for path in MODULES:
        modules = {module for module, _ in imports(tree_of(path), everywhere=True)}
        assert not modules & {"pickle", "dill", "joblib", "shelve", "marshal"}, name_of(path)
