"""llama.cpp's own `llama-server` on loopback, as PyPI has it: without a graphics card it computes on the processor."""

import pathlib
import sys

import httpx

import harness
import make_gguf

PROGRAM = pathlib.Path(sys.executable).with_name("llama-server-vulkan")
# Random weights write bytes that are no text, at which the server fails: it is made to write this word.
WORD = make_gguf.vocabulary()[0].index("a")


class LlamaServer(harness.Process):
    """`--model` is given, or `--models-dir` for a router; `prefix` is that of `--api-prefix`."""

    def __init__(self, directory, *arguments, prefix=""):
        more = ("--api-prefix", prefix) if prefix else ()
        super().__init__(
            "llama-server", directory, PROGRAM, "--host", "127.0.0.1", "--port", 0, "--ctx-size", 256, "--parallel", 1,
            "--threads", 1, "--device", "none", "--no-warmup", "--no-webui", "--offline", *arguments, *more)
        self.root = self.wait_for(r"listening on (http://127\.0\.0\.1:\d+)")[1]
        self.url = self.root + prefix
        harness.eventually(lambda: httpx.get(f"{self.url}/health").status_code == 200, "llama-server")

    def complete(self, model, tokens=4):
        """Has the engine work."""
        body = {"model": model, "prompt": "a", "max_tokens": tokens, "ignore_eos": True, "logit_bias": {WORD: 100}}
        answer = httpx.post(f"{self.url}/v1/completions", json=body, timeout=60).raise_for_status().json()
        return answer["usage"]["completion_tokens"]

    def is_sleeping(self):
        """Asking leaves it asleep."""
        return httpx.get(f"{self.url}/props").raise_for_status().json()["is_sleeping"]

    def awakenings(self):
        return self.output().count("server is exiting sleeping state")

    def load(self, model):
        """Has a router load a model; returns before it has."""
        httpx.post(f"{self.url}/models/load", json={"model": model}).raise_for_status()
