"""A block's inner steps as operators that ONNX Runtime is quick with, while a network is exported.

What the exporter itself makes of them is a third of a pass: shapes worked out at every step, halves copied apart. ``RotaryEmbedding`` and
``MultiHeadAttention`` are of the domain ``com.microsoft``, which every build of ONNX Runtime has.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

__all__ = ["DOMAIN", "FusedAttention", "FusedBlend", "products"]

DOMAIN = "com.microsoft"


class FusedAttention(torch.autograd.Function):  # type: ignore[misc]
    """``query``, ``key``, ``value`` (b, n, heads * width), weights of the norms (width,), ``cosine``, ``sine`` (n, width / 2)
    -> attended (b, n, heads * width)."""

    @staticmethod
    def forward(
        context: Any,
        query: Any,
        key: Any,
        value: Any,
        norm_query: Any,
        norm_key: Any,
        cosine: Any,
        sine: Any,
        heads: int,
    ) -> Any:
        """What the exporter traces through: only its shape is looked at."""
        return torch.zeros_like(value)

    @staticmethod
    def symbolic(
        graph: Any,
        query: Any,
        key: Any,
        value: Any,
        norm_query: Any,
        norm_key: Any,
        cosine: Any,
        sine: Any,
        heads: int,
    ) -> Any:
        """The operators in the file."""
        first = graph.op("Constant", value_t=torch.zeros(1, dtype=torch.int64))
        apart, together = (
            graph.op("Constant", value_t=torch.tensor(shape)) for shape in ((0, 0, heads, -1), (0, 0, -1))
        )
        turned = []
        for part, norm in ((query, norm_query), (key, norm_key)):
            normed = graph.op("LayerNormalization", graph.op("Reshape", part, apart), norm, axis_i=-1)
            flat = graph.op("Reshape", normed, together)
            turned.append(
                graph.op(f"{DOMAIN}::RotaryEmbedding", flat, first, cosine, sine, num_heads_i=heads)
            )
        attended = graph.op(f"{DOMAIN}::MultiHeadAttention", *turned, value, num_heads_i=heads)
        return attended.setType(value.type())


class FusedBlend(torch.autograd.Function):  # type: ignore[misc]
    """``x`` (b, n, d) with ``before`` (d,) of each token's left neighbour and ``after`` (d,) of its right one added."""

    @staticmethod
    def forward(context: Any, x: Any, before: Any, after: Any) -> Any:
        """What the exporter traces through: only its shape is looked at."""
        return torch.zeros_like(x)

    @staticmethod
    def symbolic(graph: Any, x: Any, before: Any, after: Any) -> Any:
        """The operators in the file."""

        def constant(*values: int) -> Any:
            return graph.op("Constant", value_t=torch.tensor(values))

        padded = graph.op("Pad", x, constant(0, 1, 0, 0, 1, 0))
        left = graph.op("Slice", padded, constant(0), constant(-2), constant(1))
        right = graph.op("Slice", padded, constant(2), constant(2**31 - 1), constant(1))
        added = graph.op("Add", x, graph.op("Mul", left, before))
        return graph.op("Add", added, graph.op("Mul", right, after)).setType(x.type())


def products(x: Any, weight: Any, parts: int) -> list[Any]:
    """``x @ weight.T`` in so many equal parts, each a product of its own: none has to be cut out of the whole."""
    size = len(weight) // parts
    return [functional.linear(x, weight[part * size : (part + 1) * size]) for part in range(parts)]
