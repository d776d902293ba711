"""Second stage: LLaVA-NeXT learns to answer, on the frozen tower of the CLIP.

The tower's features of every view are computed once. The words of objects, categories, colours and
positions start as the mean projected feature of their patches, so that a word and what it names begin in
the same place; word embeddings and output head are tied, so that a patch which attention brings to the
answer already says its words.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import LlavaNextForConditionalGeneration
from transformers.models.llama.modeling_llama import LlamaAttention

from models.demo.batches import IGNORE, Views
from models.demo.decoding import decode
from models.demo.networks import llava_processor, new_llava
from models.demo.packing import OPENING, Pack, attention_mask, image_layout, pack
from models.demo.pool import Pool
from models.demo.questions import KINDS, Question
from models.demo.scene import POSITIONS, SHAPES
from models.demo.sprites import SpriteBook
from models.demo.vision import Seer

SCENES, ROOM = 32, 132  # scenes a step, text tokens behind the image of each

MATCHING_LAYERS, MATCHING_HEADS = 2, 3
# Every kind once, and once more those that need a named thing to be found among all others.
ASKED = (*KINDS, "exists", "exists_category", "where", "count")


@torch.no_grad()
def tower_features(seer: Seer, pool: Pool, batch: int = 256) -> Tensor:
    """float16 [V, 64, width], on the CPU: the tower's patch features of all views of a pool."""
    starts = range(0, len(pool.views), batch)
    return torch.cat([seer.see(torch.from_numpy(pool.views[s : s + batch]))[0].half().cpu() for s in starts])


@torch.no_grad()
def aligned_start(
    seer: Seer, pool: Pool, features: Tensor, book: SpriteBook
) -> LlavaNextForConditionalGeneration:
    """A LLaVA-NeXT, on the CPU: the Seer's tower and projector, and the words placed at what they name."""
    model = new_llava(book, seer.clip)
    projector = model.model.multi_modal_projector
    projector.load_state_dict(seer.projector.state_dict())
    views = Views(pool, book)
    chosen = np.arange(min(6000, len(pool.views)))
    labels = views.labelled(
        torch.from_numpy(pool.views[chosen]), pool.owner[chosen], views.scene[chosen], views.is_base[chosen]
    ).patch
    centre(projector, features[: len(chosen)].float(), labels["name"] != IGNORE)
    projected = projector(features[: len(chosen)].float())
    place_words(model, projected, labels, book)
    for layer in model.model.language_model.layers[:MATCHING_LAYERS]:
        match_like_with_like(layer.self_attn)
    return model


def match_like_with_like(attention: LlamaAttention) -> None:
    """Let most heads of a layer start by looking for what resembles their token.

    Queries and keys begin as one projection, in the rotary dimensions that hardly turn over the length of a
    scene: since words begin beside what they name, the word "dog" looks at dogs from the first step on.
    """
    width = attention.head_dim
    slow = torch.cat([torch.arange(width // 4, width // 2), torch.arange(3 * width // 4, width)])
    for head in range(MATCHING_HEADS):
        rows = head * width + slow
        shared = nn.init.orthogonal_(torch.empty(len(slow), attention.q_proj.in_features)) * 1.5
        attention.q_proj.weight[rows] = shared
        attention.k_proj.weight[rows] = shared


def centre(projector: nn.Module, features: Tensor, counted: Tensor) -> None:
    """Fold a shift and a scale into the projector: mean zero, mean norm one over the counted patches."""
    projected = projector(features)[counted]
    mean = projected.mean(0)
    size = (projected - mean).norm(dim=-1).mean()
    projector.linear_2.bias.sub_(mean)
    projector.linear_2.weight.div_(size)
    projector.linear_2.bias.div_(size)


def place_words(
    model: LlavaNextForConditionalGeneration, projected: Tensor, labels: dict[str, Tensor], book: SpriteBook
) -> None:
    """Word embeddings of norm one: a named word at the mean of its patches, less the mean of all
    objects' patches."""
    index = llava_processor(book).tokenizer.get_vocab()
    table = model.get_input_embeddings().weight
    table.copy_(F.normalize(torch.randn_like(table), dim=-1) * 0.7)
    names = {"name": book.names, "category": book.categories, "colour": book.colours}
    owned = (labels["name"] != IGNORE) & (labels["name"] < len(book.names))
    middle = projected[owned].mean(0)
    for group, members in names.items():
        for value, word in enumerate(members):
            place(table, index[word], projected[labels[group] == value], middle)
    for word in dict.fromkeys(" ".join(POSITIONS).split()):
        values = torch.tensor([i for i, position in enumerate(POSITIONS) if word in position.split()])
        place(table, index[word], projected[torch.isin(labels["position"], values)], middle)


def place(table: Tensor, row: int, patches: Tensor, middle: Tensor) -> None:
    """A word of which no patch was seen stays where it is."""
    if len(patches):
        table[row] = F.normalize(patches.mean(0) - middle, dim=0)


class Exam:
    """Losses and accuracies of a LLaVA-NeXT on packed questions about a pool."""

    def __init__(
        self, model: LlavaNextForConditionalGeneration, pool: Pool, features: Tensor, book: SpriteBook
    ) -> None:
        self.model, self.pool, self.features, self.book = model, pool, features, book
        self.index = llava_processor(book).tokenizer.get_vocab()
        self.layouts = [torch.from_numpy(image_layout(shape)) for shape in range(len(SHAPES))]
        self.by_shape = [np.flatnonzero(pool.shape == shape) for shape in range(len(SHAPES))]
        self.shares = np.array([len(scenes) for scenes in self.by_shape]) / len(pool.shape)

    def there(self, tensor: Tensor) -> Tensor:
        return tensor.to(self.model.device)

    def image_tokens(self, scenes: np.ndarray, shape: int) -> Tensor:
        """float [B, tokens, width] for scenes of one shape, as the model itself would make them."""
        layout = self.layouts[shape]
        views = int(layout.max()) // 64 + 1
        rows = torch.from_numpy(self.pool.first[scenes])[:, None] + torch.arange(views)
        projected = self.model.model.multi_modal_projector(
            self.there(self.features[rows].float().flatten(1, 2))
        )
        newline = self.model.model.image_newline.expand(len(scenes), 1, -1)
        return torch.cat([projected, newline], dim=1)[:, layout]  # index -1 is the newline

    def hidden(self, scenes: np.ndarray, shape: int, packs: list[Pack]) -> Tensor:
        """float [B, ROOM, width]: the decoder's last hidden states of the packed texts."""
        image = self.image_tokens(scenes, shape)
        words = self.model.get_input_embeddings()
        opening = words(self.there(torch.tensor(OPENING))).expand(len(scenes), -1, -1)
        text = words(self.there(torch.from_numpy(np.stack([p.token for p in packs]))))
        prefix = len(OPENING) + image.shape[1]
        mask = torch.from_numpy(attention_mask(np.stack([p.segment for p in packs]), prefix))
        mask = torch.zeros(mask.shape).masked_fill(~mask, torch.finfo(torch.float32).min)
        places = torch.from_numpy(prefix + np.stack([p.place for p in packs]))
        positions = torch.cat([torch.arange(prefix).expand(len(scenes), -1), places], dim=1)
        embeds = torch.cat([opening, image, text], dim=1)
        decoder, mask, positions = self.model.model.language_model, self.there(mask), self.there(positions)
        with torch.autocast(embeds.device.type, torch.bfloat16, enabled=self.model.training):
            return decode(decoder, embeds, mask, positions, prefix).float()

    def packs(self, scenes: np.ndarray, rng: np.random.Generator) -> list[Pack]:
        return [pack(self.questions(int(scene), rng), self.index, ROOM) for scene in scenes]

    def questions(self, scene: int, rng: np.random.Generator) -> list[Question]:
        objects = self.pool.objects(scene, self.book)
        asked = (KINDS[ASKED[i]](objects, self.book, rng) for i in rng.permutation(len(ASKED)))
        return [question for question in asked if question is not None]

    def losses(self, rng: np.random.Generator) -> dict[str, Tensor]:
        shape = int(rng.choice(len(SHAPES), p=self.shares))
        scenes = rng.choice(self.by_shape[shape], size=SCENES)
        packs = self.packs(scenes, rng)
        label = self.there(torch.from_numpy(np.stack([p.label for p in packs])))
        counted = label != IGNORE
        logits = self.model.lm_head(self.hidden(scenes, shape, packs)[counted])
        return {"answer": F.cross_entropy(logits, label[counted])}

    @torch.no_grad()
    def accuracy(self, rng: np.random.Generator, most: int = 128) -> dict[str, float]:
        """Share of questions by kind whose whole answer is the likeliest, word by word."""
        right: Counter[str] = Counter()
        total: Counter[str] = Counter()
        for shape, scenes in enumerate(self.by_shape):
            for part in np.split(scenes[:most], range(SCENES, len(scenes[:most]), SCENES)):
                if len(part):
                    self.mark(part, shape, rng, right, total)
        return {kind: right[kind] / total[kind] for kind in sorted(total)}

    def mark(
        self, scenes: np.ndarray, shape: int, rng: np.random.Generator, right: Counter, total: Counter
    ) -> None:
        packs = self.packs(scenes, rng)
        said = self.model.lm_head(self.hidden(scenes, shape, packs)).argmax(-1).cpu().numpy()
        for row, p in zip(said, packs, strict=True):
            wrong = (row != p.label) & (p.label != IGNORE)
            for number, kind in enumerate(p.kinds):
                total[kind] += 1
                right[kind] += not wrong[p.segment == number].any()
