"""Rollcalls as peers of each other: what one finds all list, with the cluster it is of and the way it came."""

import signal
import socket

import httpx
import pytest

import harness
from harness import eventually


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets: each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets: each.close()
    return ports


class Clusters:
    """One Rollcall and one engine per cluster; `links` says who watches whom."""

    def __init__(self, directory, names, links):
        self.directory, self.links = directory, links
        self.ports = dict(zip(names, free_ports(len(names))))
        self.engines = {name: harness.Engine([harness.card(f"{name}/model"), harness.card("shared")]) for name in names}
        self.servers = {}
        for name in names: self.start(name)

    def start(self, name):
        directory = self.directory / name
        directory.mkdir(exist_ok=True)
        peers = [word for other in self.links[name] for word in ("--peer", f"{other}=http://127.0.0.1:{self.ports[other]}")]
        self.servers[name] = harness.Server(
            directory, "--listen", f"127.0.0.1:{self.ports[name]}", "--cluster", name, "--data", directory / "data",
            "--engine", self.engines[name].url, *peers)

    def __getitem__(self, name):
        return self.servers[name]

    def replicas(self, name):
        """What a Rollcall knows: `{model: {cluster: (state, via)}}`."""
        answer = httpx.get(f"{self[name].url}/v1/models?view=full", timeout=30)
        if answer.status_code != 200: return None
        told = {}
        for model in answer.json()["data"]:
            replicas = [(replica["cluster"], (replica["state"], tuple(replica.get("via", ())))) for replica in model["replicas"]]
            assert len(dict(replicas)) == len(replicas), f"one engine is told twice by {name}: {model}"
            told[model["id"]] = dict(replicas)
        return told

    def sees(self, name, cluster, state="READY", via=None):
        def look():
            replica = (self.replicas(name) or {}).get(f"{cluster}/model", {}).get(cluster)
            return replica and replica[0] == state and (via is None or replica[1] == via)
        eventually(look, f"{name} sees {cluster} {state}", timeout=60)

    def lacks(self, name, cluster):
        eventually(lambda: f"{cluster}/model" not in (self.replicas(name) or {f"{cluster}/model": 0}),
                   f"{name} sees {cluster} no more", timeout=60)

    def stop(self):
        for server in self.servers.values():
            server.signal(signal.SIGCONT)
            server.stop()
        for engine in self.engines.values(): engine.stop()


@pytest.fixture
def clusters(tmp_path):
    made = []

    def make(links):
        made.append(Clusters(tmp_path, list(links), links))
        return made[-1]

    yield make
    for each in made: each.stop()


LINE = {"a": ["b"], "b": ["c"], "c": []}
RING = {"a": ["b"], "b": ["c"], "c": ["a"]}
MESH = {"a": ["b", "c"], "b": ["a", "c"], "c": ["a", "b"]}


def test_a_peers_models_are_listed_with_their_cluster_and_the_way_they_came(clusters):
    line = clusters(LINE)
    line.sees("a", "a", via=())
    line.sees("a", "b", via=("b",))
    line.sees("a", "c", via=("c", "b"))
    shared = line.replicas("a")["shared"]
    assert set(shared) == {"a", "b", "c"}
    assert set(line.replicas("c")) == {"c/model", "shared"}
    model = httpx.get(f"{line['a'].url}/v1/models/shared?view=full").json()
    assert (model["ready_replicas"], model["total_replicas"]) == (3, 3)
    assert {replica["endpoint"] for replica in model["replicas"]} == {engine.url for engine in line.engines.values()}


@pytest.mark.parametrize("links", [RING, MESH], ids=["ring", "mesh"])
def test_in_a_circle_everything_is_listed_once_and_goes_when_it_goes(clusters, links):
    circle = clusters(links)
    for name in circle.servers:
        for cluster in circle.servers: circle.sees(name, cluster)
    # What is gone at its origin is gone everywhere, though the others tell each other of it.
    circle.engines["c"].models = [harness.card("shared")]
    for name in circle.servers: circle.lacks(name, "c")
    circle.engines["c"].models = [harness.card("c/model"), harness.card("shared")]
    for name in circle.servers: circle.sees(name, "c")
    for name in circle.servers:
        ways = [via for model in circle.replicas(name).values() for _, via in model.values()]
        assert not any(name in via for via in ways), f"{name} has something from itself"


@pytest.mark.parametrize("links", [LINE, RING, MESH], ids=["line", "ring", "mesh"])
def test_who_is_killed_leaves_last_known_models_and_no_ghosts(clusters, links):
    all = clusters(links)
    for name in links:
        if name != "c" and links[name]: all.sees(name, "c")
    all["c"].kill()
    all.sees("b", "c", "UNREACHABLE")
    all.sees("a", "c", "UNREACHABLE")
    full = httpx.get(f"{all['b'].url}/v1/models/c/model?view=full").json()
    assert full["replicas"][0]["state_reason"].startswith("peer c does not answer: ")
    # It comes back without what it had: the removal happened while nobody looked.
    all.engines["c"].models = [harness.card("c/new")]
    all.start("c")
    for name in ("a", "b"):
        all.lacks(name, "c")
        eventually(lambda: "c/new" in (all.replicas(name) or {}), "the new model")


def test_a_restart_without_the_peer_keeps_what_it_told(clusters):
    line = clusters(LINE)
    line.sees("a", "c")
    line["b"].kill()
    line["a"].stop()
    line.start("a")
    line.sees("a", "c", "UNREACHABLE")
    line.sees("a", "b", "UNREACHABLE")
    line.sees("a", "a")
    line.start("b")
    line.sees("a", "c")


def test_what_was_taken_out_of_the_settings_goes_though_a_peer_is_away(clusters):
    line = clusters({"a": ["b"], "b": []})
    line.sees("a", "b")
    line["b"].kill()
    line["a"].stop()
    line.engines["a"].stop()
    line.engines["a"] = harness.Engine([harness.card("other")])
    line.start("a")
    line.lacks("a", "a")
    line.sees("a", "b", "UNREACHABLE")


def test_a_namespace_may_be_called_as_a_cluster(tmp_path, clusters):
    line = clusters({"west": []})
    url = line.engines["west"].url
    both = harness.Server(tmp_path, "--cluster", "west", "--engine", url, "--engine", f"{url},namespace=west,id=west/{url[7:]}")
    home = harness.Server(tmp_path / "west", "--cluster", "home", "--peer", f"west={both.url}")
    try:
        eventually(lambda: {model["namespace"] for model in httpx.get(
            f"{home.url}/v1/models", params={"filter": "namespace = west OR namespace = default", "namespace": "west"}
        ).json()["data"]} == {"west"}, "the namespace west")
        eventually(lambda: httpx.get(f"{home.url}/v1/models?namespace=default").json()["data"], "the namespace default")
    finally:
        home.stop()
        both.stop()


def test_who_is_stopped_is_found_out_though_its_connection_stands(clusters):
    line = clusters(LINE)
    line.sees("a", "b")
    line["b"].signal(signal.SIGSTOP)
    line.sees("a", "b", "UNREACHABLE")
    line["b"].signal(signal.SIGCONT)
    line.sees("a", "b")
    line.sees("a", "c")


def test_lists_say_which_peer_does_not_answer(clusters, connect, pb):
    line = clusters(LINE)
    line.sees("a", "b")
    line["b"].kill()
    line.sees("a", "b", "UNREACHABLE")
    assert list(connect(line["a"]).ListModels(pb.ListModelsRequest()).unreachable) == ["peer/b"]


def test_a_peer_that_is_another_is_not_believed(tmp_path, clusters):
    line = clusters({"b": []})
    wrong = harness.Server(
        tmp_path, "--cluster", "a", "--peer", f"west={line['b'].url}", "--engine", line.engines["b"].url)
    try:
        wrong.wait_for("says that its cluster is 'b'")
        wrong.ready()
        assert all(not replica.get("via") for model in httpx.get(f"{wrong.url}/v1/models?view=full").json()["data"]
                   for replica in model["replicas"])
    finally:
        wrong.stop()


@pytest.mark.parametrize("arguments, error", [
    (["--peer", "west=http://127.0.0.1:1"], "--cluster"),
    (["--cluster", "west", "--peer", "west=http://127.0.0.1:1"], "own cluster"),
    (["--cluster", "a", "--peer", "http://127.0.0.1:1"], "CLUSTER=URL"),
    (["--cluster", "a", "--peer", "west=https://127.0.0.1:1/path"], "without a path"),
    (["--cluster", "a", "--peer", "west=http://127.0.0.1:1,ca-file=x"], "write https://"),
    (["--cluster", "A B"], "the cluster 'A B'"),
])
def test_what_cannot_be_is_refused_at_the_start(arguments, error):
    refused = harness.run("serve", "--in-memory", *arguments, check=False)
    assert refused.returncode != 0 and error in refused.stderr
