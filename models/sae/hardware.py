"""What this machine's arithmetic units are good at."""

from __future__ import annotations

import torch


def has_bf16_units(device: torch.device) -> bool:
    """Whether bfloat16 products run on units of their own on `device`.

    Without them a CPU emulates bfloat16 and is slower than in float32, so that screening does not pay.
    """
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type != "cpu":
        return False
    probes = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
    return any(getattr(torch.cpu, name)() for name in probes if hasattr(torch.cpu, name))
