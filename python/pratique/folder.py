"""Folders of models as Hugging Face has them: one file of weights, or an index of shards."""
from __future__ import annotations

import os
import pathlib
from typing import Any

from ._functions import load
from .errors import Undecided
from .model import Model

#: What is looked for, in this order: what cannot hold a program comes first.
_NAMES = ("model{}.safetensors.index.json", "model{}.safetensors", "pytorch_model{}.bin.index.json",
          "pytorch_model{}.bin", "diffusion_pytorch_model{}.safetensors.index.json",
          "diffusion_pytorch_model{}.safetensors", "diffusion_pytorch_model{}.bin",
          "adapter_model{}.safetensors", "adapter_model{}.bin")


def weights_of(folder: str | os.PathLike[str], variant: str | None = None) -> pathlib.Path:
    """The file of weights, or the index of shards, of a folder. Undecided: there is none."""
    root = pathlib.Path(folder)
    if variant is not None and (not variant or "/" in variant):
        raise ValueError("a variant is a word, as fp16")
    dot = "" if variant is None else f".{variant}"
    for name in _NAMES:
        # "model.safetensors.index.fp16.json" is how an index spells its variant.
        for spelt in {name.format(dot), name.format("").replace(".index.", f".index{dot}.")}:
            if (variant is None or dot in spelt) and (root / spelt).is_file():
                return root / spelt
    raise Undecided(f"no weights that are known by their name in {os.fspath(folder)!r}",
                    code="not-present", path=os.fspath(folder))


def load_folder(folder: str | os.PathLike[str], *, variant: str | None = None,
                **options: Any) -> Model:
    """The tensors of a model's folder, of all its shards: safetensors if there are, else ``.bin``.

    Args:
        variant: ``"fp16"`` of ``model.fp16.safetensors``.
        **options: Those of ``load()``.

    Raises:
        Those of ``load()``: also Malformed for shards that do not hold what their index says.
    """
    return load(weights_of(folder, variant), **options)
