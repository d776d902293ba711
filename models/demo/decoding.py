"""The decoder run for training: the last layer only computes what an answer needs."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import LlamaModel
from transformers.models.llama.modeling_llama import LlamaDecoderLayer, apply_rotary_pos_emb

Rotation = tuple[Tensor, Tensor]


def decode(decoder: LlamaModel, embeds: Tensor, mask: Tensor, positions: Tensor, prefix: int) -> Tensor:
    """Last hidden states of the tokens after the prefix, equal to the decoder's own: [B, length -
    prefix, width].

    embeds [B, length, width]; mask float [B, 1, length, length], added to the attention; positions int
    [B, length].
    """
    rotation = decoder.rotary_emb(embeds, position_ids=positions)
    hidden = embeds
    for layer in decoder.layers[:-1]:
        hidden = layer(hidden, attention_mask=mask, position_ids=positions, position_embeddings=rotation)
    return decoder.norm(last_layer(decoder.layers[-1], hidden, mask, rotation, prefix))


def last_layer(
    layer: LlamaDecoderLayer, hidden: Tensor, mask: Tensor, rotation: Rotation, prefix: int
) -> Tensor:
    """A decoder layer whose queries are the tokens after the prefix only."""
    attention = layer.self_attn
    normed = layer.input_layernorm(hidden)
    queries = heads(attention.q_proj(normed[:, prefix:]), attention.head_dim)
    keys, values = (
        heads(project(normed), attention.head_dim) for project in (attention.k_proj, attention.v_proj)
    )
    cos, sin = rotation
    queries, _ = apply_rotary_pos_emb(queries, queries, cos[:, prefix:], sin[:, prefix:])
    keys, _ = apply_rotary_pos_emb(keys, keys, cos, sin)
    mixed = F.scaled_dot_product_attention(queries, keys, values, attn_mask=mask[:, :, prefix:])
    hidden = hidden[:, prefix:] + attention.o_proj(mixed.transpose(1, 2).flatten(2))
    return hidden + layer.mlp(layer.post_attention_layernorm(hidden))


def heads(flat: Tensor, width: int) -> Tensor:
    """[B, length, heads * width] -> [B, heads, length, width]."""
    return torch.unflatten(flat, 2, (-1, width)).transpose(1, 2)
