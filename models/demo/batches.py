"""Batches of views for the first stage: clean views, close-ups, and views with all but one object hidden."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from models.demo.hiding import hide, keep_one
from models.demo.phrases import CONTENT
from models.demo.pool import Pool
from models.demo.scene import POSITIONS
from models.demo.sprites import SpriteBook

CLEAN, CROPS, HIDDEN = 40, 16, 40  # views a step
IGNORE = -100


@dataclass
class Batch:
    """pixels uint8 [B, 64, 64, 3]; patch {group: [B, 64]} class or IGNORE; present {group: [B, classes]} 0/1;
    placed bool [B]: positions mean something in this view."""

    pixels: Tensor
    patch: dict[str, Tensor]
    present: dict[str, Tensor]
    placed: Tensor

    def to(self, device: torch.device) -> Batch:
        patch = {group: label.to(device) for group, label in self.patch.items()}
        present = {group: there.to(device) for group, there in self.present.items()}
        return Batch(self.pixels.to(device), patch, present, self.placed.to(device))


class Views:
    """Draws batches of views from a pool."""

    def __init__(self, pool: Pool, book: SpriteBook) -> None:
        self.pool, self.book = pool, book
        self.scene = pool.view_scene()
        self.is_base = np.zeros(len(pool.views), bool)
        self.is_base[pool.first] = True
        self.sizes = dict(
            zip(CONTENT, (len(book.names), len(book.categories), len(book.colours), len(POSITIONS)))
        )
        categories = [book.categories.index(s.category) for s in book.sprites]
        colours = [book.colours.index(s.colour) for s in book.sprites]
        self.lookup = {
            "name": np.arange(len(book.names)),
            "category": np.array(categories),
            "colour": np.array(colours),
        }

    def batch(self, rng: np.random.Generator) -> Batch:
        pool = self.pool
        chosen = rng.integers(len(pool.views), size=CLEAN)
        base = rng.integers(len(pool.first), size=HIDDEN)
        crops = rng.integers(len(pool.first), size=CROPS)
        close = rng.random(HIDDEN) < 0.25
        pixels = np.concatenate(
            [pool.views[chosen], pool.crops[crops], self.of_kind(pool.views, pool.crops, base, close)]
        )
        owner = np.concatenate(
            [
                pool.owner[chosen],
                pool.crop_owner[crops],
                self.of_kind(pool.owner, pool.crop_owner, base, close),
            ]
        )
        scene = np.concatenate([self.scene[chosen], crops, base])
        placed = np.concatenate([self.is_base[chosen], np.zeros(CROPS, bool), ~close])
        owner, pixels = owner.copy(), torch.from_numpy(pixels)
        kept = keep_one(owner[-HIDDEN:], rng)
        pixels[-HIDDEN:] = hide(pixels[-HIDDEN:], torch.from_numpy(kept), rng)
        owner[-HIDDEN:][~kept] = -1
        return self.labelled(pixels, owner, scene, placed)

    def of_kind(
        self, views: np.ndarray, crops: np.ndarray, scenes: np.ndarray, close: np.ndarray
    ) -> np.ndarray:
        out = views[self.pool.first[scenes]]
        out[close] = crops[scenes[close]]
        return out

    def labelled(self, pixels: Tensor, owner: np.ndarray, scene: np.ndarray, placed: np.ndarray) -> Batch:
        owned = owner > 0
        slot = np.where(owned, owner - 1, 0).astype(np.int64)
        rows = np.arange(len(owner))[:, None]
        sprite = self.pool.sprite[scene][rows, slot].astype(np.int64)
        patch, present = {}, {}
        for group, size in self.sizes.items():
            label = (
                self.pool.place[scene][rows, slot].astype(np.int64)
                if group == "position"
                else self.lookup[group][sprite]
            )
            ground = IGNORE if group == "position" else size
            label = np.where(owned, label, np.where(owner == 0, ground, IGNORE))
            there = np.zeros((len(owner), size), np.float32)
            there[np.broadcast_to(rows, label.shape)[owned], label[owned]] = 1
            if group == "position":
                label = np.where(placed[:, None], label, IGNORE)
            patch[group], present[group] = torch.from_numpy(label), torch.from_numpy(there)
        return Batch(pixels, patch, present, torch.from_numpy(placed))
