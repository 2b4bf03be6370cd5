"""The network of the word-aware reader, in PyTorch: token, word vector and match features -> start and end logits.

Blocks of depthwise convolution, rotary attention and a gated feed-forward layer. The names of the parameters are the file
format of ``model.safetensors``, so they stay as short as they are there. Attention itself is never dropped out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import nn
from torch.nn import functional

from index.errors import ReaderError

__all__ = ["ModelShape", "WordReaderNet", "deepen", "load_weights", "save_weights"]

_MATCH_TYPES = 6
_HEAD_WIDTH = 64  # of a file that does not say how many heads it has
_MASKED = -1e4  # far below any logit, inside half precision


@dataclass(frozen=True, slots=True)
class ModelShape:
    """Sizes of a network. ``vocabulary`` counts the tokenizer's pieces and one spare row."""

    vocabulary: int
    layers: int = 5
    width: int = 192
    heads: int = 3
    feed: int = 384
    embedding: int = 96
    kernel: int = 7
    word_dimension: int = 256

    def __post_init__(self) -> None:
        if min(asdict(self).values()) < 1:
            raise ValueError(f"every size of a model must be at least 1, got {self}")
        if self.width % (2 * self.heads):
            raise ValueError(f"width {self.width} does not divide into {self.heads} heads of even width")
        if not self.kernel % 2:
            raise ValueError(f"the kernel must be odd, got {self.kernel}")

    @classmethod
    def of(cls, state: Mapping[str, Any], *, heads: int | None = None) -> ModelShape:
        """Shape of the network that these weights belong to."""
        width = int(state["ein.weight"].shape[0])
        return cls(
            vocabulary=int(state["emb.weight"].shape[0]),
            layers=len({name.split(".")[1] for name in state if name.startswith("bl.")}),
            width=width,
            heads=heads or max(1, width // _HEAD_WIDTH),
            feed=int(state["bl.0.dn.weight"].shape[1]),
            embedding=int(state["emb.weight"].shape[1]),
            kernel=int(state["bl.0.dw.weight"].shape[2]),
            word_dimension=int(state["win.weight"].shape[1]),
        )


class _Block(nn.Module):  # type: ignore[misc]  # torch is not typed here
    def __init__(self, shape: ModelShape, dropout: float) -> None:
        super().__init__()
        width, feed = shape.width, shape.feed
        self.heads, self.dropout = shape.heads, dropout
        self.n0, self.n1, self.n2 = (nn.LayerNorm(width) for _ in range(3))
        self.dw = nn.Conv1d(width, width, shape.kernel, padding=shape.kernel // 2, groups=width)
        self.pw = nn.Linear(width, width)
        self.qkv, self.o = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.dn = nn.Linear(width, 2 * feed), nn.Linear(feed, width)

    def _drop(self, x: Any) -> Any:
        return functional.dropout(x, self.dropout, self.training)

    def forward(self, x: Any, keep: Any, bias: Any, cosine: Any, sine: Any) -> Any:
        local = self.dw((self.n0(x) * keep).transpose(1, 2)).transpose(1, 2)
        x = x + self._drop(self.pw(functional.gelu(local)))
        batch, length, width = x.shape
        split = self.qkv(self.n1(x)).view(batch, length, 3, self.heads, width // self.heads)
        query, key, value = (part.transpose(1, 2) for part in split.unbind(2))
        cosine, sine = cosine.to(value.dtype), sine.to(value.dtype)  # in bfloat16 a tenth of a step is saved
        query, key = (part * cosine + _quarter_turn(part) * sine for part in (query, key))
        attended = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias.to(value.dtype))
        x = x + self._drop(self.o(attended.transpose(1, 2).reshape(batch, length, width)))
        gate, up = self.up(self.n2(x)).chunk(2, -1)
        return x + self._drop(self.dn(functional.gelu(gate) * up))


def _quarter_turn(x: Any) -> Any:
    half = x.shape[-1] // 2
    return torch.cat([-x[..., half:], x[..., :half]], -1)


class WordReaderNet(nn.Module):  # type: ignore[misc]
    """``ids``, ``types``, ``mask`` (b, n) int64, ``words`` (b, n, 256), ``soft`` (b, n, 2) -> logits (b, n, 2)."""

    def __init__(self, shape: ModelShape, *, dropout: float = 0.05) -> None:
        super().__init__()
        self.shape, self.dropout = shape, dropout
        self.token_dropout = 0.0
        width = shape.width
        self.emb = nn.Embedding(shape.vocabulary, shape.embedding, padding_idx=0)
        self.typ = nn.Embedding(_MATCH_TYPES, width)
        self.ein = nn.Linear(shape.embedding, width)
        self.win = nn.Linear(shape.word_dimension, width, bias=False)
        self.sin = nn.Linear(2, width)
        self.bl = nn.ModuleList(_Block(shape, dropout) for _ in range(shape.layers))
        self.nf, self.out = nn.LayerNorm(width), nn.Linear(width, 2)
        for layer, deviation in ((self.emb, 0.05), (self.typ, 0.05), (self.win, 0.02)):
            nn.init.normal_(layer.weight, std=deviation)

    def forward(self, ids: Any, types: Any, mask: Any, words: Any, soft: Any) -> Any:
        """Start and end logits of every token; those of position 0 speak for no answer."""
        tokens = functional.dropout(self._without_some(self.emb(ids)), self.dropout, self.training)
        vectors = functional.dropout(self._without_some(words), self.dropout, self.training)
        x = self.ein(tokens) + self.win(vectors) + self.typ(types) + self.sin(soft)
        keep = mask[..., None].to(x.dtype)
        bias = ((1.0 - mask.float()) * _MASKED)[:, None, None, :]
        depth = self.shape.width // self.shape.heads
        rates = 1.0 / 10000 ** (torch.arange(0, depth, 2, device=ids.device).float() / depth)
        angles = torch.arange(ids.shape[1], device=ids.device).float()[:, None] * rates
        angles = torch.cat([angles, angles], -1)
        cosine, sine = angles.cos(), angles.sin()
        for block in self.bl:
            x = block(x, keep, bias, cosine, sine)
        return self.out(self.nf(x))

    def _without_some(self, x: Any) -> Any:
        """While training: vectors (b, n, d), a share ``token_dropout`` of them zero; the others keep their length."""
        if not (self.training and self.token_dropout):
            return x
        return x * (torch.rand(x.shape[:2], device=x.device) >= self.token_dropout)[..., None].to(x.dtype)


def deepen(net: WordReaderNet, layers: int) -> WordReaderNet:
    """A network of more layers that gives the same logits, to train on from.

    The new blocks are spread evenly. Each is a copy of the block before it whose last layers are zero, so that it changes
    nothing until it has learnt to.

    Raises
    ------
    ValueError
        ``layers`` is less than the network has.
    """
    old = net.shape.layers
    if layers < old:
        raise ValueError(f"a network of {old} layers cannot be cut to {layers}")
    deeper = WordReaderNet(replace(net.shape, layers=layers), dropout=net.dropout)
    outside = {name: value for name, value in net.state_dict().items() if not name.startswith("bl.")}
    deeper.load_state_dict(outside, strict=False)
    sources = [number * old // layers for number in range(layers)]
    for number, source in enumerate(sources):
        block = deeper.bl[number]
        block.load_state_dict(net.bl[source].state_dict())
        if number and sources[number - 1] == source:
            for last in (block.pw, block.o, block.dn):
                nn.init.zeros_(last.weight)
                nn.init.zeros_(last.bias)
    return deeper


def load_weights(path: Path, *, dropout: float = 0.05) -> WordReaderNet:
    """Build the network of a ``model.safetensors``, in single precision.

    Raises
    ------
    ReaderError
        The file is missing, damaged, or holds other weights.
    """
    if not path.is_file():
        raise ReaderError(f"the weights to train on from, {path}, are missing")
    try:
        with safe_open(path, "pt") as file:
            heads = (file.metadata() or {}).get("heads")
            state = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118  # not a dict
        net = WordReaderNet(ModelShape.of(state, heads=int(heads) if heads else None), dropout=dropout)
        net.load_state_dict(state)
    except (OSError, SafetensorError) as error:
        raise ReaderError(f"cannot read {path}: {error}") from error
    except (KeyError, ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise ReaderError(f"{path} does not hold the weights of a word reader: {reason}") from error
    return net


def save_weights(net: WordReaderNet, path: Path, *, half: bool = False) -> None:
    """Write the weights, in half precision where ``half``; the number of heads goes into the file's metadata."""
    from safetensors.torch import save_file

    kind = torch.float16 if half else torch.float32
    state = {name: value.detach().to(kind).contiguous() for name, value in net.state_dict().items()}
    save_file(state, path, metadata={"heads": str(net.shape.heads)})
