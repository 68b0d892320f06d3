"""A language model on this machine, held to the schema token by token.

Before each token the decoder (llguidance) says which ones can still lead to an answer that follows the schema; all
others are made impossible. What comes out is therefore always valid, even from a model that knows nothing. llguidance
was taken because it is small and needs no torch of its own; xgrammar brings triton, outlines six further packages.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from synthvision.authoring.words.prompt import Message
from synthvision.core.errors import EndpointError, MissingExtraError, UsageError

__all__ = ["LocalModel"]

_MOST_TOKENS = 6_000


class LocalModel:
    """A causal language model of transformers, loaded from a folder.

    Args:
        folder: What `save_pretrained` wrote, model and tokenizer.
        most_tokens: Longest answer in tokens.
        most_characters: Longest catalogue that the model is told.

    Raises:
        UsageError: The folder holds no such model.
        MissingExtraError: torch, transformers or llguidance is not installed.
    """

    needs_schema = False

    def __init__(self, folder: Path, *, most_tokens: int = _MOST_TOKENS, most_characters: int = 24_000) -> None:
        if not folder.is_dir():
            raise UsageError(f"--model must be the folder of a model that transformers can load, got {folder}")
        try:
            import llguidance
            import llguidance.hf
            import torch
            from transformers import AutoModelForCausalLM, AutoTokenizer
        except ImportError:
            raise MissingExtraError("a local language model", "words-local") from None
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            self._model: Any = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True)
        except (OSError, ValueError, KeyError, ImportError) as error:
            first = str(error).strip().partition("\n")[0]
            raise UsageError(f"{folder}: must hold a language model that transformers can load: {first}") from error
        self._model.eval().to("cuda" if torch.cuda.is_available() else "cpu")
        self._grammar_tokens = llguidance.hf.from_tokenizer(self._tokenizer)
        self._most_tokens = most_tokens
        self.most_characters = most_characters

    def answer(self, messages: Sequence[Message], schema: Mapping[str, Any]) -> str:
        """Return what the model answers: JSON that follows the schema.

        Raises:
            EndpointError: The question and the longest answer do not fit into the model.
        """
        import torch

        ids = self._question(messages)
        room = getattr(self._model.config, "max_position_embeddings", None)
        if room is not None and len(ids) + 64 > room:
            raise EndpointError(
                f"the question must fit into the model, but has {len(ids)} tokens of at most {room}; take a model that "
                "remembers more"
            )
        most = min(self._most_tokens, room - len(ids)) if room is not None else self._most_tokens
        held = _Held(self._grammar_tokens, schema)
        device = self._model.device
        question = torch.tensor([ids], device=device)
        found: list[int] = []
        past = None
        with torch.inference_mode():
            while len(found) < most:
                output = self._model(input_ids=question, past_key_values=past, use_cache=True)
                past = output.past_key_values
                token = held.best(output.logits[0, -1])
                if token is None:
                    return str(self._tokenizer.decode(found, skip_special_tokens=True))
                found.append(token)
                if held.take(token):
                    return str(self._tokenizer.decode(found, skip_special_tokens=True))
                question = torch.tensor([[token]], device=device)
        raise EndpointError(f"the model's answer must end within {most} tokens, but did not")

    def _question(self, messages: Sequence[Message]) -> list[int]:
        if getattr(self._tokenizer, "chat_template", None):
            found = self._tokenizer.apply_chat_template(list(messages), add_generation_prompt=True, return_dict=True)
            return [int(token) for token in found["input_ids"]]
        text = "\n\n".join(f"{message['role']}: {message['content']}" for message in messages) + "\n\nassistant: "
        return [int(token) for token in self._tokenizer(text)["input_ids"]]


class _Held:
    """What may come next, by the schema."""

    def __init__(self, tokens: Any, schema: Mapping[str, Any]) -> None:
        import llguidance
        import llguidance.numpy as masks

        grammar = llguidance.LLMatcher.grammar_from_json_schema(
            json.dumps(schema), overrides={"whitespace_flexible": False}
        )
        self._matcher = llguidance.LLMatcher(tokens, grammar)
        if self._matcher.is_error():
            raise EndpointError(f"the schema cannot be held to: {self._matcher.get_error()}")
        self._masks = masks
        self._mask = masks.allocate_token_bitmask(1, tokens.vocab_size)
        self._ends = tokens.eos_token
        self._size = tokens.vocab_size

    def best(self, logits: Any) -> int | None:
        """Return the likeliest token that may come, None where the answer is over."""
        import numpy as np

        if self._matcher.is_stopped():
            return None
        self._masks.fill_next_token_bitmask(self._matcher, self._mask, 0)
        allowed = np.unpackbits(self._mask.view(np.uint8), bitorder="little")[: self._size].astype(bool)
        scores = logits.float().cpu().numpy()[: self._size]
        scores = np.where(allowed[: len(scores)], scores, -np.inf)
        token = int(scores.argmax())
        return None if token == self._ends else token

    def take(self, token: int) -> bool:
        """Note a token; return whether the answer is whole."""
        if not self._matcher.consume_token(token):
            raise EndpointError(f"the answer cannot be held to the schema: {self._matcher.get_error()}")
        return bool(self._matcher.is_stopped())
