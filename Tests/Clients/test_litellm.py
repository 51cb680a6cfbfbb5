"""LiteLLM's proxy, whose models cost money: Rollcall's probes cause no request to what is behind it.

It takes minutes to install and half a minute to start, so it runs only where LITELLM names the program:
`ROLLCALL_TEST_LITELLM=1 scripts/test clients -k litellm` installs it.
"""

import json
import os
import time

import httpx
import pytest

import harness

PROGRAM = os.environ.get("LITELLM", "")
KEY = "sk-of-the-proxy"
# About a dozen probes: see PROBE_INTERVAL.
SEVERAL_INTERVALS = 2.5

pytestmark = [pytest.mark.skipif(not PROGRAM, reason="LITELLM names no program"), pytest.mark.slow]


@pytest.fixture(scope="module")
def upstream():
    """Counts what the proxy asks of it."""
    engine = harness.Engine([harness.card("upstream")])
    yield engine
    engine.stop()


@pytest.fixture(scope="module")
def proxy(upstream, tmp_path_factory):
    """A proxy with two models and a wildcard; its URL."""
    directory = tmp_path_factory.mktemp("litellm")
    names = {"fast": "openai/fast", "strong": "openai/strong", "openai/*": "openai/*"}
    models = [
        {"model_name": name, "litellm_params": {"model": model, "api_base": f"{upstream.url}/v1", "api_key": "sk-upstream"}}
        for name, model in names.items()]
    config = directory / "config.yaml"
    # JSON is YAML.
    config.write_text(json.dumps({"model_list": models, "general_settings": {"master_key": KEY}}))
    port = free_port()
    process = harness.Process(
        "litellm", directory, "env", "LITELLM_LOCAL_MODEL_COST_MAP=True", PROGRAM, "--config", config, "--host", "127.0.0.1",
        "--port", port)
    url = f"http://127.0.0.1:{port}"
    harness.eventually(lambda: httpx.get(f"{url}/health/liveliness").status_code == 200, "LiteLLM", 280)
    yield url
    process.stop()


def free_port():
    """A port that no process has now: LiteLLM cannot choose one itself."""
    engine = harness.Engine([])
    engine.stop()
    return engine.port


def await_quiet(upstream):
    """The proxy looks at its models when it starts."""
    last = None
    while last != (last := dict(upstream.requests)): time.sleep(3)
    return last


def test_its_models_are_listed_and_no_probe_reaches_what_is_behind_it(start, upstream, proxy, tmp_path):
    before = await_quiet(upstream)
    key = tmp_path / "key"
    key.write_text(KEY)
    server = start.server("--engine", f"{proxy},key-file={key}").ready()
    harness.eventually(
        lambda: {"fast": "READY", "strong": "READY"}.items() <= server.states().items(), "the models")
    time.sleep(SEVERAL_INTERVALS)
    assert dict(upstream.requests) == before
    model = httpx.get(f"{server.url}/v1/models/fast", params={"view": "full"}).raise_for_status().json()
    assert [replica["engine_kind"] for replica in model["replicas"]] == ["litellm"]
    assert KEY not in server.output()


def test_without_its_key_nothing_is_listed_and_no_probe_reaches_what_is_behind_it(start, upstream, proxy):
    before = await_quiet(upstream)
    # Its answer to a request without a key is 401, and without a database 500.
    server = start.server("--engine", proxy)
    harness.eventually(lambda: "to=FAILED" in server.output(), "the refusal")
    time.sleep(SEVERAL_INTERVALS)
    assert dict(upstream.requests) == before
