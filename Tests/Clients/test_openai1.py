"""test_openai.py again with an old openai 1.x, which has another HTTP library: `scripts/test` names its Python."""

import json
import os
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent


def test_an_old_client_passes_the_same_tests(server, odd_ids, tmp_path):
    python = os.environ.get("OPENAI1_PYTHON") or HERE.parents[1] / ".build/venv-openai1/bin/python"
    expected = {"url": server.url, "ids": [model["id"] for model in server.models()], "odd": odd_ids}
    done = subprocess.run(
        [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--noconftest", "-c", os.devnull, HERE / "test_openai.py"],
        env={**os.environ, "ROLLCALL_EXPECTED": json.dumps(expected), "OPENAI_MAJOR": "1"}, cwd=tmp_path,
        capture_output=True, text=True, timeout=100)
    assert done.returncode == 0 and "7 passed" in done.stdout, done.stdout + done.stderr
