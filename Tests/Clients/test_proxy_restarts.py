"""Proxies while time passes: watches that are quiet for a minute, restarts of servers, few streams, lost event streams."""

import concurrent.futures
import http.server
import itertools
import json
import queue
import threading
import time

import grpc
import httpx
import pytest

import harness
import proxies
from proxies import IDS, Pair
from test_browser import BROWSER
from test_events import events, kind, model
from watching import until


@pytest.fixture
def pair(tmp_path):
    pair = Pair(tmp_path)
    yield pair
    pair.stop()


@pytest.mark.slow
def test_a_watch_that_is_quiet_for_a_minute_gets_the_next_change(pair, tmp_path, connect, pb):
    """All proxies at once: their time-outs are a minute or less by default, or 15 s."""
    started = [kind(tmp_path, pair.servers).ready() for kind in proxies.ALL.values()]
    try:
        streams = [connect(proxy).WatchModels(pb.WatchModelsRequest(), timeout=240) for proxy in started]
        for stream in streams: until(stream, lambda event: event.type == pb.SYNCED)
        with concurrent.futures.ThreadPoolExecutor(len(started)) as pool:
            def follow(url):
                with httpx.stream("GET", f"{url}/v1/models", params={"watch": "true"}, timeout=240) as answer:
                    return until(events(answer.iter_lines()), lambda event: "late" in event["data"])
            followed = [pool.submit(follow, proxy.url) for proxy in started]
            time.sleep(65)
            pair.serve("late")
            for proxy, stream, pages in zip(started, streams, followed):
                until(stream, lambda event: event.type == pb.ADDED and event.model.id == "late")
                # One stream from the beginning: nothing came twice.
                ids = [model(event)["id"] for event in pages.result(60) if kind(event) == "ADDED"]
                assert len(ids) == len(IDS) + 1, proxy.name
                stream.cancel()
    finally:
        pair.serve()
        for proxy in started: proxy.stop()


class Load:
    """Requests at a steady rate through a proxy, REST and gRPC in turn, and what failed."""

    def __init__(self, proxy, stub, pb, rate=200):
        self.proxy, self.stub, self.pb = proxy, stub, pb
        self.failures, self.done, self.stopped = [], 0, threading.Event()
        self.numbers = itertools.count()
        self.start, self.rate = time.monotonic(), rate
        self.client = httpx.Client(base_url=proxy.url, timeout=30, limits=httpx.Limits(max_connections=16))
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.run, daemon=True) for _ in range(8)]
        for thread in self.threads: thread.start()

    def run(self):
        while not self.stopped.is_set():
            with self.lock: number = next(self.numbers)
            time.sleep(max(self.start + number / self.rate - time.monotonic(), 0))
            try:
                if number % 2:
                    assert self.stub.GetModel(self.pb.GetModelRequest(id=IDS[0]), timeout=30).id == IDS[0]
                else:
                    answer = self.client.get(f"/v1/models/{IDS[0]}")
                    assert answer.status_code == 200, answer.text
                with self.lock: self.done += 1
            except (grpc.RpcError, httpx.HTTPError, AssertionError) as error:
                with self.lock: self.failures.append((time.monotonic() - self.start, repr(error)[:300]))

    def stop(self):
        self.stopped.set()
        for thread in self.threads: thread.join(60)
        self.client.close()
        return self.failures


@pytest.mark.parametrize("name", [*proxies.ALL])
def test_a_restart_of_one_server_after_the_other_fails_no_request(name, tmp_path, connect, pb, note):
    pair = Pair(tmp_path, "--drain-delay", "4s")
    proxy = proxies.ALL[name](tmp_path, pair.servers).ready()
    try:
        load = Load(proxy, connect(proxy), pb)
        time.sleep(1)
        for index in range(2):
            pair.restart(index)
            # The proxy's checks find it ready again.
            time.sleep(3)
        took = time.monotonic() - load.start
        assert load.stop() == []
        note(f"{name}: {load.done} requests, {load.done / took:.0f}/s, none failed in two restarts")
        assert load.done >= 150 * took
    finally:
        proxy.stop()
        pair.stop()


def test_a_proxy_that_allows_one_stream_makes_a_peer_open_a_second_connection(start, tmp_path):
    """A peer has a watch, and asks for the other's health beside it."""
    engine = start.engine([harness.card("m")])
    far = start.server("--engine", engine.url, "--cluster", "far").ready()
    haproxy = proxies.HAProxy(
        tmp_path, [far, far], lambda text: text.replace("max-concurrent-streams 1024", "max-concurrent-streams 1")).ready()
    near = tmp_path / "near"
    near.mkdir()
    near = start.keep(harness.Server(near, "--peer", f"far={haproxy.url}", "--cluster", "near")).ready()
    try:
        assert near.states() == {"m": "READY"}
        # Its checks, five a second here, go on.
        time.sleep(5)
        engine.models = [harness.card("n")]
        harness.eventually(lambda: near.states() == {"n": "READY"}, "the change", 10)
        assert "far" not in near.output().split("listening")[-1].replace("far/", "")
    finally:
        near.stop()
        haproxy.stop()


@pytest.mark.parametrize("word", ["send-proxy", "send-proxy-v2"])
def test_with_the_proxy_protocol_limits_hold_for_the_client(word, start, tmp_path):
    """HAProxy speaks from an address of its own, and its clients from theirs."""
    engine = start.engine([harness.card("m")])
    server = start.server(
        "--engine", engine.url, "--proxy-protocol", "127.0.0.2", "--limit", "watches-per-peer=1").ready()

    def change(text):
        # One of the two servers is enough.
        text = text.replace("  server rollcall-2 rollcall-2:8080\n", "")
        return text.replace("default-server proto h2", f"default-server source 127.0.0.2 {word} proto h2")
    haproxy = proxies.HAProxy(tmp_path, [server], change).ready()

    def client(address):
        return httpx.Client(base_url=haproxy.url, transport=httpx.HTTPTransport(local_address=address), timeout=30)
    try:
        with client("127.0.0.3") as first, client("127.0.0.3") as second, client("127.0.0.4") as other:
            with first.stream("GET", "/v1/models", params={"watch": "true"}) as answer:
                lines = answer.iter_lines()
                assert next(lines)
                with second.stream("GET", "/v1/models", params={"watch": "true"}) as refused:
                    assert refused.status_code == 503
                with other.stream("GET", "/v1/models", params={"watch": "true"}) as theirs:
                    assert theirs.status_code == 200 and next(theirs.iter_lines())
        # Its checks are `LOCAL` or its own address, and pass.
        time.sleep(3)
        assert httpx.get(f"{haproxy.url}/v1/models").status_code == 200
    finally:
        haproxy.stop()


PAGE = """<!doctype html><script src="/watch.js"></script><script>
fetch('/address').then(answer => answer.text()).then(url => watchModels(url, (type, data) =>
  fetch('/report', {method: 'POST', body: JSON.stringify([type, (data.model || data).id || ''])})))
</script>"""


def test_a_page_that_lost_its_events_to_a_502_follows_again(start, tmp_path):
    """The code of the documents in a browser: the proxy answers 502 while its server restarts."""
    reports, address = queue.Queue(), []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            script = (proxies.CONFIGURATIONS / "watch.js").read_text()
            kinds = {"/": ("text/html", PAGE), "/watch.js": ("text/javascript", script), "/address": ("text/plain", address[0])}
            content, body = kinds.get(self.path, ("text/plain", ""))
            self.send_response(200)
            self.send_header("content-type", content)
            self.end_headers()
            self.wfile.write(body.encode())

        def do_POST(self):
            reports.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    def told(type, id):
        deadline = time.monotonic() + 60
        while (report := reports.get(timeout=max(deadline - time.monotonic(), 0.1))) != [type, id]: pass

    engine = start.engine([harness.card("one")])
    arguments = (
        "--listen", f"127.0.0.1:{proxies.free_port()}", "--data", tmp_path / "data", "--engine", engine.url,
        "--allow-origin", "*")
    server = start.server(*arguments).ready()
    nginx = proxies.Nginx(tmp_path, [server, server]).ready()
    address.append(f"{nginx.url}/v1/models")
    page = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=page.serve_forever, args=(0.05,), daemon=True).start()
    browser = start.process(
        "browser", BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/browser",
        "--remote-debugging-port=0", f"http://127.0.0.1:{page.server_address[1]}/")
    try:
        told("ADDED", "one")
        told("SYNCED", "")
        assert server.drain() == 0
        harness.eventually(lambda: httpx.get(f"{nginx.url}/healthz").status_code == 502, "a 502")
        # The browser's own attempt after 2 s meets the 502, too.
        time.sleep(5)
        engine.models = [harness.card("one"), harness.card("two")]
        server = start.server(*arguments).ready()
        told("ADDED", "two")
    finally:
        browser.stop()
        nginx.stop()
        page.shutdown()
        page.server_close()
