"""The network of the bundled reader, in PyTorch: tokens and how they match the question -> scores of every token.

A transformer encoder: rotary attention over normalised queries and keys, each token blended with its two neighbours before it
(what a word is, is settled there), gated feed-forward, norms before the layers. The same class with another number of outputs
is generator and discriminator of ``pretrain``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from qa.training.fused_attention import FusedAttention, FusedBlend, products

__all__ = ["ModelShape", "TokenNet"]

_MATCH_TYPES = 6
_MASKED = -1e4  # far below any logit, inside half precision
_ROTARY_BASE = 10_000


@dataclass(frozen=True, slots=True)
class ModelShape:
    """Sizes of a network. ``vocabulary`` counts the tokenizer's pieces; attention is ``heads`` x ``head_width`` wide."""

    vocabulary: int
    layers: int = 12
    width: int = 384
    heads: int = 4
    head_width: int = 64
    feed: int = 1024
    embedding: int = 128

    def __post_init__(self) -> None:
        if min(asdict(self).values()) < 1:
            raise ValueError(f"every size of a model must be at least 1, got {self}")
        if self.head_width % 2:
            raise ValueError(f"the width of a head must be even, got {self.head_width}")

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> ModelShape:
        """Shape of the network that these weights belong to."""
        head_width = int(state["blocks.0.norm_query.weight"].shape[0])
        return cls(
            vocabulary=int(state["tokens.weight"].shape[0]),
            layers=len({name.split(".")[1] for name in state if name.startswith("blocks.")}),
            width=int(state["widen.weight"].shape[0]),
            heads=int(state["blocks.0.mix.weight"].shape[1]) // head_width,
            head_width=head_width,
            feed=int(state["blocks.0.narrow.weight"].shape[1]),
            embedding=int(state["tokens.weight"].shape[1]),
        )


class _Block(nn.Module):  # type: ignore[misc]  # torch is not typed here
    def __init__(self, shape: ModelShape, dropout: float) -> None:
        super().__init__()
        width, inner = shape.width, shape.heads * shape.head_width
        self.heads, self.dropout = shape.heads, dropout
        self.norm_attention, self.norm_feed = (nn.LayerNorm(width, bias=False) for _ in range(2))
        self.norm_query, self.norm_key = (nn.LayerNorm(shape.head_width, bias=False) for _ in range(2))
        self.before, self.after = (nn.Parameter(torch.zeros(width)) for _ in range(2))
        self.attend = nn.Linear(width, 3 * inner, bias=False)
        self.mix = nn.Linear(inner, width, bias=False)
        self.expand = nn.Linear(width, 2 * shape.feed, bias=False)
        self.narrow = nn.Linear(shape.feed, width, bias=False)
        for matrix in (self.attend, self.expand):
            nn.init.normal_(matrix.weight, std=width**-0.5)
        for matrix in (self.mix, self.narrow):  # a new block changes nothing
            nn.init.zeros_(matrix.weight)

    def forward(self, x: Any, keep: Any, bias: Any, cosine: Any, sine: Any) -> Any:
        seen = self.norm_attention(x)
        if keep is not None:
            seen = seen * keep
        x = x + self._drop(self.mix(self._attended(self._blended(seen), bias, cosine, sine)))
        gate, up = self._products(self.norm_feed(x), self.expand, 2)
        return x + self._drop(self.narrow(functional.gelu(gate) * up))

    def _blended(self, seen: Any) -> Any:
        """Each token with its two neighbours."""
        if torch.onnx.is_in_onnx_export():
            return FusedBlend.apply(seen, self.before, self.after)
        edge = torch.zeros_like(seen[:, :1])
        left, right = torch.cat([edge, seen[:, :-1]], 1), torch.cat([seen[:, 1:], edge], 1)
        return seen + self.before * left + self.after * right

    def _attended(self, seen: Any, bias: Any, cosine: Any, sine: Any) -> Any:
        query, key, value = self._products(seen, self.attend, 3)
        if torch.onnx.is_in_onnx_export():
            norms = self.norm_query.weight, self.norm_key.weight
            return FusedAttention.apply(query, key, value, *norms, cosine, sine, self.heads)
        query, key, value = (part.unflatten(2, (self.heads, -1)) for part in (query, key, value))
        query, key, value = (
            part.transpose(1, 2) for part in (self.norm_query(query), self.norm_key(key), value)
        )
        query, key = (_turned(part, cosine, sine).to(value.dtype) for part in (query, key))
        attend: Any = functional.scaled_dot_product_attention
        if torch.compiler.is_compiling() and query.device.type == "cpu":
            attend = _plain_attention
        return attend(query, key, value, attn_mask=bias).transpose(1, 2).flatten(2)

    @staticmethod
    def _products(x: Any, layer: nn.Linear, parts: int) -> Any:
        if torch.onnx.is_in_onnx_export():
            return products(x, layer.weight, parts)
        return layer(x).chunk(parts, -1)

    def _drop(self, x: Any) -> Any:
        return functional.dropout(x, self.dropout, self.training) if self.dropout else x


def _plain_attention(query: Any, key: Any, value: Any, *, attn_mask: Any) -> Any:
    """Attention in products and a softmax, which a compiled step on a processor does in two thirds of the time of the fused one."""
    scores = (query @ key.transpose(-1, -2)) * query.shape[-1] ** -0.5
    if attn_mask is not None:
        scores = scores + attn_mask
    return scores.float().softmax(-1).to(value.dtype) @ value


def _turned(x: Any, cosine: Any, sine: Any) -> Any:
    """Rotary position: ``x`` (b, heads, n, w), ``cosine`` and ``sine`` (n, w / 2)."""
    left, right = x.chunk(2, -1)
    return torch.cat([left * cosine - right * sine, right * cosine + left * sine], -1)


class TokenNet(nn.Module):  # type: ignore[misc]
    """``ids``, ``types`` (b, n) int64 -> scores (b, n, outputs).

    Two outputs are the logits of start and end; those of position 0 speak for no answer.
    """

    def __init__(self, shape: ModelShape, *, outputs: int = 2, dropout: float = 0.0) -> None:
        super().__init__()
        self.shape, self.dropout = shape, dropout
        self.token_dropout = 0.0
        self.tokens = nn.Embedding(shape.vocabulary, shape.embedding)
        self.types = nn.Embedding(_MATCH_TYPES, shape.width)
        self.widen = nn.Linear(shape.embedding, shape.width, bias=False)
        self.norm_tokens, self.norm_out = (nn.LayerNorm(shape.width, bias=False) for _ in range(2))
        self.blocks = nn.ModuleList(_Block(shape, dropout) for _ in range(shape.layers))
        self.out = nn.Linear(shape.width, outputs)
        nn.init.normal_(self.tokens.weight, std=0.5)
        nn.init.normal_(self.widen.weight, std=shape.embedding**-0.5)
        nn.init.zeros_(self.types.weight)
        nn.init.zeros_(self.out.bias)
        nn.init.normal_(self.out.weight, std=0.02)

    def forward(self, ids: Any, types: Any | None = None, mask: Any | None = None) -> Any:
        """Scores of every token; ``mask`` (b, n) is 0 where a row is padded, None where none is."""
        return self.out(self.hidden(ids, types, mask))

    def hidden(self, ids: Any, types: Any | None = None, mask: Any | None = None) -> Any:
        """What the last block gives, normalised: (b, n, width)."""
        x = self.widen(self._without_some(self.tokens(ids)))
        if types is not None:
            x = x + self.types(types)
        x = functional.dropout(self.norm_tokens(x), self.dropout, self.training)
        keep = bias = None
        if mask is not None:
            keep = mask[..., None].to(x.dtype)
            bias = ((1.0 - mask.float()) * _MASKED)[:, None, None, :].to(
                torch.get_autocast_dtype(ids.device.type)
                if torch.is_autocast_enabled(ids.device.type)
                else x.dtype
            )
        cosine, sine = self._angles(ids)
        for block in self.blocks:
            x = block(x, keep, bias, cosine, sine)
        return self.norm_out(x)

    def _angles(self, ids: Any) -> tuple[Any, Any]:
        depth = self.shape.head_width
        rates = 1.0 / _ROTARY_BASE ** (torch.arange(0, depth, 2, device=ids.device).float() / depth)
        angles = torch.arange(ids.shape[1], device=ids.device).float()[:, None] * rates
        return angles.cos(), angles.sin()

    def _without_some(self, x: Any) -> Any:
        """While training: vectors (b, n, d), a share ``token_dropout`` of them zero."""
        if not (self.training and self.token_dropout):
            return x
        return x * (torch.rand(x.shape[:2], device=x.device) >= self.token_dropout)[..., None].to(x.dtype)
