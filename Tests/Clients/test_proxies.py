"""Envoy, nginx, HAProxy and Caddy before two servers, with the configurations of the documents (scripts/deploy/proxies)."""

import concurrent.futures
import http.server
import itertools
import json
import pathlib
import queue
import signal
import threading
import time

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

import harness
import proxies
from test_browser import BROWSER
from test_events import events, kind, model
from watching import until

# A list of more than 1,400 bytes, which is worth compressing.
IDS = [f"org/model-{number}" for number in range(40)]


class Pair:
    """Two servers over one engine, each on a port of its own that it has again after a restart."""

    def __init__(self, directory, *arguments):
        self.directory, self.arguments = pathlib.Path(directory), arguments
        self.engine = harness.Engine([harness.card(id) for id in IDS])
        self.ports = [proxies.free_port(), proxies.free_port()]
        self.servers = [self.start(index) for index in range(2)]

    def start(self, index):
        place = self.directory / f"server-{index}"
        place.mkdir(exist_ok=True)
        server = harness.Server(
            place, "--listen", f"127.0.0.1:{self.ports[index]}", "--data", place / "data", "--engine", self.engine.url,
            "--limit", "opening-time=1m", *self.arguments)
        return server.ready()

    def restart(self, index):
        self.servers[index].signal(signal.SIGTERM)
        assert self.servers[index].wait(60) == 0
        self.servers[index].stop()
        self.servers[index] = self.start(index)

    def watchers(self):
        return sum(server.metric("rollcall_watchers") for server in self.servers)

    def serve(self, *more):
        """Changes the list of both servers."""
        self.engine.models = [harness.card(id) for id in (*IDS, *more)]
        for server in self.servers:
            harness.eventually(lambda: set(server.states()) == {*IDS, *more}, "the change")

    def stop(self):
        for server in self.servers: server.stop()
        self.engine.stop()


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    pair = Pair(tmp_path_factory.mktemp("pair"))
    yield pair
    pair.stop()


@pytest.fixture(scope="module", params=[*proxies.ALL])
def proxy(request, pair, tmp_path_factory):
    """Each proxy before the two servers."""
    proxy = proxies.ALL[request.param](tmp_path_factory.mktemp("proxy"), pair.servers).ready()
    yield proxy
    proxy.stop()


@pytest.fixture
def stub(proxy, connect):
    return connect(proxy)


def failure(call):
    with pytest.raises(grpc.RpcError) as caught:
        call()
    return caught.value


def test_unary_calls_and_their_errors_pass(proxy, stub, pb):
    assert stub.GetModel(pb.GetModelRequest(id=IDS[0]), timeout=30).id == IDS[0]
    assert {model.id for model in stub.ListModels(pb.ListModelsRequest(), timeout=30).models} == set(IDS)
    unknown = failure(lambda: stub.GetModel(pb.GetModelRequest(id="ghost"), timeout=30))
    assert unknown.code() == grpc.StatusCode.NOT_FOUND and "ghost" in unknown.details()
    assert any(name == "grpc-status-details-bin" for name, _ in unknown.trailing_metadata())
    bad = failure(lambda: stub.ListModels(pb.ListModelsRequest(filter="("), timeout=30))
    assert bad.code() == grpc.StatusCode.INVALID_ARGUMENT
    for path, status in [("/v1/models/ghost", 404), ("/v1/models?filter=(", 400), ("/nothing", 404), (f"/v1/models/{IDS[1]}", 200)]:
        answer = httpx.get(proxy.url + path)
        assert answer.status_code == status and answer.json()
    assert httpx.get(f"{proxy.url}/v1/models/{IDS[1].replace('/', '%2F')}").json()["id"] == IDS[1]
    health = health_pb2_grpc.HealthStub(stub_channel(proxy))
    assert health.Check(health_pb2.HealthCheckRequest(), timeout=30).status == health_pb2.HealthCheckResponse.SERVING


def stub_channel(proxy):
    return grpc.insecure_channel(proxy.address, options=[("grpc.use_local_subchannel_pool", 1)])


def test_administration_does_not_pass(proxy, administer, admin_pb):
    refused = failure(lambda: administer(proxy.address).ListEngines(admin_pb.ListEnginesRequest(), timeout=30))
    # 403 of the proxy, by gRPC's table of HTTP's statuses.
    assert refused.code() == grpc.StatusCode.PERMISSION_DENIED


@pytest.mark.parametrize("name", [*proxies.ALL])
def test_administration_through_a_proxy_that_lets_it_pass_is_not_of_this_machine(
        name, pair, tmp_path, administer, admin_pb):
    """Each configuration makes its proxy show that it forwards, also without the rule that refuses."""
    def change(text):
        return text.replace("/rollcall.v1.CatalogAdmin/", "/no.such.Service/")
    proxy = proxies.ALL[name](tmp_path, pair.servers, change).ready()
    try:
        refused = failure(lambda: administer(proxy.address).ListEngines(admin_pb.ListEnginesRequest(), timeout=30))
        assert refused.code() == grpc.StatusCode.PERMISSION_DENIED
        assert "its own machine" in refused.details()
    finally:
        proxy.stop()


def test_deadlines_and_cancels_reach_the_server(proxy, stub, pair, pb):
    harness.eventually(lambda: pair.watchers() == 0, "no watch")
    began = time.monotonic()
    stream = stub.WatchModels(pb.WatchModelsRequest(), timeout=1.5)
    late = failure(lambda: list(stream))
    assert late.code() == grpc.StatusCode.DEADLINE_EXCEEDED and time.monotonic() - began < 15
    harness.eventually(lambda: pair.watchers() == 0, "the end of the watch at its deadline")
    stream = stub.WatchModels(pb.WatchModelsRequest(), timeout=60)
    until(stream, lambda event: event.type == pb.SYNCED)
    # A page of metrics is kept for a moment.
    harness.eventually(lambda: pair.watchers() == 1, "the watch")
    stream.cancel()
    harness.eventually(lambda: pair.watchers() == 0, "the end of a cancelled watch")
    with httpx.stream("GET", f"{proxy.url}/v1/models", params={"watch": "true"}, timeout=30) as answer:
        lines = events(answer.iter_lines())
        until(lines, lambda event: kind(event) == "SYNCED")
        harness.eventually(lambda: pair.watchers() == 1, "the event stream")
    harness.eventually(lambda: pair.watchers() == 0, "the end of an event stream that its client left")


def test_tags_and_compression_pass(proxy, pair):
    # Both servers, which keep the same facts apart: each has its own tag.
    with httpx.Client(base_url=proxy.url, headers={"accept-encoding": "identity"}) as client:
        plain = client.get("/v1/models")
        assert "content-encoding" not in plain.headers and len(plain.content) > 1_400
        tags = [
            httpx.get(f"{server.url}/v1/models", headers={"accept-encoding": "identity"}).headers["etag"] for server in pair.servers]
        assert plain.headers["etag"] in tags
        held = client.get("/v1/models", headers={"if-none-match": ", ".join(tags)})
        assert (held.status_code, held.content) == (304, b"") and held.headers["etag"] in tags
        assert client.get("/v1/models", headers={"if-none-match": '"other"'}).status_code == 200

        def compressed():
            answer = client.get("/v1/models", headers={"accept-encoding": "gzip"})
            return answer.headers.get("content-encoding") == "gzip" and answer
        answer = harness.eventually(compressed, "a compressed list")
        assert answer.json()["data"] and answer.headers["etag"] not in tags
        assert not answer.headers["etag"].startswith("W/") and "Accept-Encoding" in answer.headers["vary"]


def told_at_once(url, pair):
    """Whether the events of a list, and of a change, come as they happen."""
    with httpx.stream("GET", f"{url}/v1/models", params={"watch": "true"}, timeout=30) as answer:
        lines = events(answer.iter_lines())
        assert answer.status_code == 200
        first = until(lines, lambda event: kind(event) == "SYNCED")
        assert {model(event)["id"] for event in first[:-1]} == set(IDS)
        pair.serve("late")
        try:
            assert until(lines, lambda event: kind(event) == "ADDED")[-1]
        finally:
            pair.serve()


def test_server_sent_events_are_not_held_back(proxy, pair):
    told_at_once(proxy.url, pair)


def test_a_bare_proxy_pass_of_nginx_does_not_hold_events_back(pair, tmp_path):
    bare = proxies.BareNginx(tmp_path, pair.servers).ready()
    try:
        told_at_once(bare.url, pair)
    finally:
        bare.stop()


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
        assert load.done >= 20 * took
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
                assert next(answer.iter_lines())
                assert second.get("/v1/models", params={"watch": "true"}).status_code == 503
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
