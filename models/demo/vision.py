"""First stage: the vision tower learns from the masks, and the CLIP on it from phrases.

Every patch says which object, category, colour and position it belongs to, through LLaVA's projector, so
that the projected features are laid out by those words before a decoder reads them. The class token learns
the phrases of the bank; text windows learn the same phrases, which puts pictures and texts into one space.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import CLIPModel
from transformers.models.llava_next.modeling_llava_next import LlavaNextMultiModalProjector

from models.demo.batches import IGNORE, Batch, Views
from models.demo.networks import clip_processor, llava_config, new_clip
from models.demo.phrases import CONTENT, Phrasebook
from models.demo.pool import Pool
from models.demo.scene import POSITIONS
from models.demo.sprites import SpriteBook

WINDOWS = 64  # text windows a step


class Seer(nn.Module):
    """The CLIP, LLaVA's projector, and the heads that only the training needs."""

    def __init__(self, book: SpriteBook) -> None:
        super().__init__()
        self.clip: CLIPModel = new_clip(book)
        config = llava_config(self.clip.config.text_config.vocab_size, self.clip.config)
        self.projector = LlavaNextMultiModalProjector(config)
        width = config.text_config.hidden_size
        sizes = (len(book.names) + 1, len(book.categories) + 1, len(book.colours) + 1, len(POSITIONS))
        self.heads = nn.ModuleDict({g: nn.Linear(width, n) for g, n in zip(CONTENT, sizes, strict=True)})
        self.scale, self.bias = nn.Parameter(torch.tensor(2.0)), nn.Parameter(torch.tensor(-4.0))

    @property
    def device(self) -> torch.device:
        return self.scale.device

    def see(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """uint8 [B, 64, 64, 3] -> patch features [B, 64, width], unit image embeddings [B, joint]."""
        seen = self.clip.vision_model(pixel_values=normalised(pixels.to(self.device)))
        return seen.last_hidden_state[:, 1:], F.normalize(
            self.clip.visual_projection(seen.pooler_output), dim=-1
        )

    def read(self, tokens: Tensor) -> Tensor:
        """Token ids [N, L] (0 padding) -> unit text embeddings [N, joint]."""
        tokens = tokens.to(self.device)
        read = self.clip.text_model(input_ids=tokens, attention_mask=(tokens != 0).long())
        return F.normalize(self.clip.text_projection(read.pooler_output), dim=-1)


def normalised(pixels: Tensor) -> Tensor:
    """uint8 [B, H, W, 3] -> float [B, 3, H, W] in [-1, 1], as the processors do."""
    return (pixels.permute(0, 3, 1, 2).float() / 255 - 0.5) / 0.5


class Lesson:
    """One training step's loss of a Seer."""

    def __init__(self, seer: Seer, pool: Pool, book: SpriteBook) -> None:
        self.seer, self.pool = seer, pool
        self.views, self.phrases = Views(pool, book), Phrasebook(book)
        self.tokenizer = clip_processor(book).tokenizer
        self.rows = {group: self.phrases.rows(group) for group in CONTENT}

    def tokens(self, texts: list[str]) -> Tensor:
        return self.tokenizer(texts, padding=True, return_tensors="pt")["input_ids"]

    def losses(self, rng: np.random.Generator) -> dict[str, Tensor]:
        batch = self.views.batch(rng).to(self.seer.device)
        features, images = self.seer.see(batch.pixels)
        bank = self.seer.read(self.tokens(self.phrases.worded(rng)))
        windows = [self.phrases.window(self.pool, rng) for _ in range(WINDOWS)]
        texts = self.seer.read(self.tokens([window.text for window in windows]))
        return {
            "patch": self.patch_loss(features, batch),
            "image": self.image_loss(images @ bank.T, batch),
            "text": self.text_loss(texts @ bank.T, windows),
        }

    def patch_loss(self, features: Tensor, batch: Batch) -> Tensor:
        projected = self.seer.projector(features)
        parts = [
            F.cross_entropy(
                self.seer.heads[g](projected).flatten(0, 1), batch.patch[g].flatten(), ignore_index=IGNORE
            )
            for g in CONTENT
        ]
        return torch.stack(parts).sum()

    def image_loss(self, cosines: Tensor, batch: Batch) -> Tensor:
        scale = self.seer.clip.logit_scale.exp()
        total = cosines.new_zeros(())
        for group, rows in self.rows.items():
            there = batch.present[group]
            counted = there.any(1) & (batch.placed if group == "position" else True)
            target = there / there.sum(1, keepdim=True).clamp(min=1)
            rated = F.cross_entropy(cosines[:, rows] * scale, target, reduction="none")
            total = (
                total
                + rated[counted].mean()
                + self.verdict(cosines[:, rows], there)[counted].sum(1).mean() * 0.2
            )
        return total

    def text_loss(self, cosines: Tensor, windows: list) -> Tensor:
        target = torch.from_numpy(np.stack([window.target for window in windows])).to(cosines.device)
        truth = torch.from_numpy(np.stack([window.truth for window in windows])).to(cosines.device)
        rated = F.cross_entropy(cosines * self.seer.clip.logit_scale.exp(), target)
        judged = self.verdict(cosines, (truth == 1).float()) * (truth >= 0)
        return rated + judged.sum(1).mean() * 0.2

    def verdict(self, cosines: Tensor, truth: Tensor) -> Tensor:
        """Pairwise sigmoid loss (Zhai et al. 2023): makes a cosine mean the same for every phrase."""
        logits = cosines * self.seer.scale.exp() + self.seer.bias
        return F.binary_cross_entropy_with_logits(logits, truth, reduction="none")


@torch.no_grad()
def patch_accuracy(seer: Seer, pool: Pool, book: SpriteBook, amount: int = 600) -> dict[str, float]:
    """Share of owned patches whose object, category, colour and position is named right, on a pool's
    first views."""
    views = Views(pool, book)
    pick = np.arange(min(amount, len(pool.views)))
    batch = views.labelled(
        torch.from_numpy(pool.views[pick]), pool.owner[pick], views.scene[pick], views.is_base[pick]
    )
    batch = batch.to(seer.device)
    projected = seer.projector(seer.see(batch.pixels)[0])
    shares = {}
    for group, size in views.sizes.items():
        label = batch.patch[group]
        counted = (label != IGNORE) & (label < size)
        shares[group] = float((seer.heads[group](projected).argmax(-1) == label)[counted].float().mean())
    return shares


@torch.no_grad()
def naming_accuracy(seer: Seer, pool: Pool, book: SpriteBook) -> float:
    """Share of close-ups whose only object is named right by the plain phrases."""
    lesson = Lesson(seer, pool, book)
    alone = np.flatnonzero([len(set(owner[owner > 0])) == 1 for owner in pool.crop_owner])
    owner = pool.crop_owner[alone].max(1) - 1
    names = seer.read(lesson.tokens(book.names))
    images = seer.see(torch.from_numpy(pool.crops[alone]))[1]
    return float(((images @ names.T).argmax(1).cpu().numpy() == pool.sprite[alone, owner]).mean())
