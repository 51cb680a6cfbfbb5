"""SIGHUP: sources that an edited configuration adds, changes and takes away; nobody else notices."""

import signal

import httpx
import pytest
import yaml

import harness
import kube
from harness import card, eventually


class Configured:
    """A server whose configuration file a test edits."""

    def __init__(self, start, path):
        self.path = path
        self.write(engines=[])
        self.server = start.server("--config", path).ready()

    def write(self, **settings):
        self.path.write_text(yaml.safe_dump(settings))

    def reload(self, **settings):
        """Has it read these; what it says to that."""
        before = len(self.server.output())
        self.write(**settings)
        self.server.signal(signal.SIGHUP)
        return eventually(
            lambda: next((line for line in self.server.output()[before:].splitlines() if "configuration is" in line), None),
            "an answer to SIGHUP")

    def models(self):
        return {model["id"] for model in self.server.models()}

    def become(self, *ids):
        eventually(lambda: self.models() == set(ids), f"the models {ids}; there are {self.models()}")


@pytest.fixture
def configured(start, tmp_path):
    return Configured(start, tmp_path / "config.yaml")


@pytest.fixture
def fleets(start, tmp_path):
    """Files of one engine each, which serves the model of that name."""

    def fleet(name):
        path = tmp_path / f"{name}.yaml"
        path.write_text(yaml.safe_dump([{"url": start.engine([card(name)]).url}]))
        return str(path)

    return [fleet("a"), fleet("b")]


def test_sources_come_and_go(configured, fleets):
    a, b = fleets
    assert "sources=1" in configured.reload(engine_files=[a])
    configured.become("a")
    created = configured.server.model("a")["created"]
    assert "sources=2" in configured.reload(engine_files=[a, b])
    configured.become("a", "b")
    revision = httpx.get(f"{configured.server.url}/v1/models/a").headers["etag"]
    configured.reload(engine_files=[a])
    configured.become("a")
    assert configured.server.model("a")["created"] == created
    assert httpx.get(f"{configured.server.url}/v1/models/a").headers["etag"] == revision
    text = httpx.get(f"{configured.server.url}/metrics").text
    assert 'source="file/' in text and "b.yaml" not in text
    assert "sources=0" in configured.reload(engines=[])
    configured.become()


def test_a_source_that_cannot_be_used_refuses_the_whole_file(configured, fleets, start, tmp_path):
    configured.reload(engine_files=fleets)
    configured.become("a", "b")
    engine = start.engine([card("c")])
    said = configured.reload(
        engines=[{"url": engine.url}], kubernetes={"config": str(tmp_path / "missing")}, engine_files=fleets[:1])
    assert "refused" in said and "missing" in said
    assert configured.models() == {"a", "b"}


def test_what_is_left_out_by_mistake_takes_no_source_away(configured, fleets):
    configured.reload(engine_files=fleets)
    configured.become("a", "b")
    assert "refused" in configured.reload(probe_interval="1s")
    assert configured.models() == {"a", "b"}


def test_a_cluster_is_asked_for_other_pods(configured, start):
    cluster = start.cluster()
    engines = {team: start.engine([card(team)]) for team in ("red", "blue")}
    for team, engine in engines.items():
        cluster.apply(kube.pod(team, engine.port, team, labels={"team": team}))
    def asked(selector):
        return {"config": str(cluster.config()), "selector": selector}
    configured.reload(kubernetes=asked("team=red"))
    configured.become("red")
    configured.reload(kubernetes=asked("team in (red, blue)"))
    configured.become("red", "blue")
    configured.reload(kubernetes=asked("team=blue"))
    configured.become("blue")
    configured.reload(engines=[])
    configured.become()
    eventually(lambda: not cluster.is_watched("pods"), "the end of the watch")


def test_a_peer_comes_and_goes(configured, start):
    other = start.server("--cluster", "east", "--engine", start.engine([card("far")]).url).ready()
    said = configured.reload(cluster="home", peers=[{"cluster": "east", "url": other.url}], engines=[])
    # The name of this cluster is its engines', too.
    assert "reloaded" in said
    eventually(lambda: "at the next start" in configured.server.output(), "a warning")
    configured.become("far")
    configured.reload(engines=[])
    configured.become()
    assert other.models()


def test_whoever_mends_one_mistake_of_a_file_hears_of_the_next(configured, fleets, tmp_path):
    configured.reload(engine_files=fleets[:1])
    configured.become("a")
    file = tmp_path / "a.yaml"
    good = file.read_text()
    for text, said in [("engines: [", "this is not YAML"), ("- targets: 5\n", "targets must be a list")]:
        file.write_text(text)
        eventually(lambda: said in configured.server.output(), f"a line that says {said!r}")
        assert configured.models() == {"a"}
    file.write_text(good)
    eventually(lambda: "a source answers again" in configured.server.output(), "a line that says so")
    assert configured.models() == {"a"}
