"""A chat model that runs here: any image-text-to-text model of transformers."""

from __future__ import annotations

import threading
from typing import Any

import torch

from models.device import device_of, moved
from models.explainers.chat import Answer, ChatModel, NoAnswerError, Picture, Question
from models.quantize import quantized
from models.quiet import quiet_libraries
from models.vlm.adapters import built_in_adapters
from models.vlm.loading import config_of, dtype_of, first_line, weights_of
from models.vlm.processors import load_processor
from models.vlm.source import locate
from studio.domain.errors import ModelError
from studio.domain.specs import ChatSpec, ModelSpec


class LocalChat(ChatModel):
    """The system text opens the user's turn: many chat templates know no system. Greedy decoding.

    Raises `ModelError` (unknown, unreadable, without chat template, 4 bits where they cannot be) and
    `NetworkError`.
    """

    parallel = 1

    def __init__(self, spec: ChatSpec) -> None:
        source = locate(spec.model, spec.revision)
        device = device_of(spec.device)
        dtype = dtype_of(spec.dtype, device)
        options = quantized("4bit" if spec.four_bit else "", device, dtype)
        model = ModelSpec(spec.model, spec.revision, spec.dtype, spec.device)
        with quiet_libraries():
            self._processor = _processor(spec, source, config_of(source).get("model_type", ""))
            weights = weights_of(model, source, dtype, **options)
        self._model = (
            (weights if spec.four_bit else moved(weights, device, spec.model)).eval().requires_grad_(False)
        )
        self.id = f"{spec.model}@{source.revision[:12]}" if source.revision else source.name
        self.id += " (4 bits)" if spec.four_bit else ""
        self._yes_no = _yes_no(self._processor.tokenizer)
        self._stopped = threading.Event()

    def ask(self, question: Question) -> Answer:
        """Answer one question."""
        if self._stopped.is_set():
            raise NoAnswerError("The question was not asked: the run was stopped.")
        inputs = self._inputs(question)
        length = inputs["input_ids"].shape[1]
        _check_length(self._model, length + question.tokens)
        with torch.inference_mode():
            made = self._model.generate(
                **inputs, max_new_tokens=question.tokens, do_sample=False,
                output_logits=question.judged, return_dict_in_generate=True,
            )  # fmt: skip
        fresh = made.sequences[0, length:]
        ends = torch.isin(fresh, torch.tensor(_ends(self._model), device=fresh.device)).any()
        return Answer(
            self._processor.decode(fresh, skip_special_tokens=True).strip(),
            self._probability(made.logits[0][0]) if question.judged else None,
            whole=bool(ends) or len(fresh) < question.tokens,
            tokens_in=length,
            tokens_out=len(fresh),
        )

    def stop(self) -> None:
        self._stopped.set()

    def _inputs(self, question: Question) -> Any:
        pictures = [part.open() for part in question.parts if isinstance(part, Picture)]
        content = [{"type": "text", "text": question.system + "\n\n"}]
        content += [
            {"type": "text", "text": part + "\n"} if isinstance(part, str) else {"type": "image"}
            for part in question.parts
        ]
        try:
            text = self._processor.apply_chat_template(
                [{"role": "user", "content": content}], tokenize=False, add_generation_prompt=True
            )
            start = self._processor.tokenizer.bos_token
            inputs = self._processor(
                text=[text], images=[pictures] if pictures else None, return_tensors="pt",
                add_special_tokens=not (start and text.startswith(start)),
            )  # fmt: skip
        except Exception as error:  # templates and processors raise whatever they meet
            raise NoAnswerError(f"{self.id} cannot take this question: {first_line(error)}") from error
        return inputs.to(self._model.device, self._model.dtype)

    def _probability(self, logits: Any) -> float | None:
        """P(yes) / (P(yes) + P(no)) over all tokens that spell the words, whatever their case."""
        if not all(self._yes_no):
            return None
        chances = logits.double().softmax(-1)
        yes, no = (float(chances[list(ids)].sum()) for ids in self._yes_no)
        return yes / (yes + no) if yes + no > 0 else None


def _processor(spec: ChatSpec, source: Any, model_type: str) -> Any:
    try:
        processor = load_processor(source.name, source.revision, model_type)
    except Exception as error:
        raise ModelError(f"The processor of {spec.model} cannot be loaded: {first_line(error)}") from error
    known = built_in_adapters().get(model_type)
    if known is not None and getattr(processor, "chat_template", None) is None:
        processor.chat_template = known.chat_template
    if not hasattr(processor, "tokenizer") or not getattr(processor, "chat_template", None):
        raise ModelError(
            f"{spec.model} has no chat template, so nothing can be asked of it. Choose an instruction model."
        )
    return processor


def _yes_no(tokenizer: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The ids of all tokens that spell yes, and no."""
    found: dict[str, list[int]] = {"yes": [], "no": []}
    for token, number in tokenizer.get_vocab().items():
        word = token.strip("▁Ġ Ċ\n").casefold()
        if word in found:
            found[word].append(number)
    return tuple(found["yes"]), tuple(found["no"])


def _ends(model: Any) -> list[int]:
    ids = model.generation_config.eos_token_id
    return [] if ids is None else ids if isinstance(ids, list) else [ids]


def _check_length(model: Any, length: int) -> None:
    most = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    if most and length > most:
        raise NoAnswerError(
            f"The question is {length} tokens long; this model reads at most {most}. Show it fewer examples."
        )
