"""Gradio, imported without the stub files that it writes for code editors: a third of its import, and files in a folder that
may be read-only. Nothing at run time reads them."""

from __future__ import annotations

import inspect
import sys
from types import FrameType
from typing import Any

__all__ = ["import_gradio"]

_WRITER = "gradio.component_meta"


def import_gradio() -> Any:
    """Import and return ``gradio``.

    Its stub writer leaves a class alone whose file cannot be told, so that is what it is told; all others get the truth.
    A Gradio whose writer works another way is imported just as well, only slower.
    """
    if "gradio" in sys.modules:
        return sys.modules["gradio"]
    truth = inspect.getfile

    def file_of(thing: Any) -> str:
        caller: FrameType | None = sys._getframe(1)
        if caller is not None and caller.f_globals.get("__name__") == _WRITER:
            raise OSError("stubs are not written")
        return truth(thing)

    inspect.getfile = file_of  # type: ignore[assignment]
    try:
        import gradio
    finally:
        inspect.getfile = truth
    return gradio
