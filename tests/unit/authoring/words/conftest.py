"""A server that answers as endpoints of language models do, and a model that knows nothing."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Chat:
    """A server on this machine; each request takes the next of `answers`.

    An answer is a text (what the model says), an int (a status), a pair of status and body, or a function that
    writes to the handler itself.
    """

    def __init__(self):
        self.answers = []
        self.requests = []
        self.headers = []
        chat = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                chat.requests.append(json.loads(body))
                chat.headers.append(dict(self.headers))
                answer = chat.answers.pop(0) if len(chat.answers) > 1 else chat.answers[0]
                if callable(answer):
                    answer(self)
                    return
                status, text = answer if isinstance(answer, tuple) else (answer, "out of order")
                if isinstance(status, str):
                    status, text = 200, json.dumps({"choices": [{"message": {"role": "assistant", "content": status}}]})
                data = text.encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def environment(self):
        return {
            "SYNTHVISION_LLM_URL": self.url, "SYNTHVISION_LLM_MODEL": "little", "SYNTHVISION_LLM_KEY": "secret"
        }  # fmt: skip

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def chat():
    server = Chat()
    yield server
    server.close()


@pytest.fixture
def drip():
    """An answer that comes a byte at a time and never ends in time."""

    def write(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        try:
            for _ in range(60):
                handler.wfile.write(b" ")
                handler.wfile.flush()
                time.sleep(0.05)
        except OSError:
            pass  # the client has gone, as it should

    return write


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory):
    """The folder of a language model of two layers with random weights, whose tokens are bytes."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    torch.set_num_threads(1)
    letters = {letter: index for index, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    end = len(letters)
    words = Tokenizer(models.BPE(vocab={**letters, "<end>": end}, merges=[]))
    words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words.decoder = decoders.ByteLevel()
    torch.manual_seed(7)
    config = LlamaConfig(
        vocab_size=end + 1, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=16_384, bos_token_id=end, eos_token_id=end, pad_token_id=end,
        initializer_range=0.9,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("tiny")
    LlamaForCausalLM(config).save_pretrained(folder)
    PreTrainedTokenizerFast(tokenizer_object=words, eos_token="<end>", pad_token="<end>").save_pretrained(folder)
    return folder
