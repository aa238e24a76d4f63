"""Model of a sample."""
import math
import os
from typing import Optional, Tuple

import torch
from torch import nn
from transformers.modeling_utils import PreTrainedModel
from .configuration_sample import SampleConfig

try:
    from flash_attn import flash_attn_func
except ImportError:
    flash_attn_func = None

_CHECKPOINT = os.path.join("models", "sample")
ACT = {"gelu": nn.functional.gelu, "relu": nn.functional.relu}


class SampleAttention(nn.Module):
    def __init__(self, config: SampleConfig):
        super().__init__()
        self.scale = 1 / math.sqrt(config.hidden_size)
        self.out = nn.Linear(config.hidden_size, config.hidden_size)

    def forward(self, x: torch.Tensor, mask: Optional[torch.Tensor] = None) -> Tuple[torch.Tensor]:
        weights = torch.softmax(x @ x.transpose(-1, -2) * self.scale, dim=-1)
        return (self.out(weights @ x),)


class SampleModel(PreTrainedModel):
    config_class = SampleConfig

    @classmethod
    def from_pretrained(cls, path, *args, **kwargs):
        weights = torch.load(os.path.join(path, "pytorch_model.bin"), map_location="cpu")
        model = cls(SampleConfig.from_json_file(os.path.join(path, "config.json")))
        model.load_state_dict(weights)
        return model
