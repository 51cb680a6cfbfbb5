"""Pairs of troubles on the real program: a source fails in one way, and a restart or another failure meets it."""

import os
import shutil
import time

import httpx

import harness
import kube
import name_server
import silent_names

READY, COLD = "READY", "COLD"
# Seconds for which a list must stay as it is.
HOLD = 3.0
# Seconds until a change that is due at once is listed, on a busy machine.
SOON = 8.0
INTERVAL = "300ms"
# The state of a model that is not listed.
ABSENT = None


class Pair:
    """Two troubles, a server with a store, and what its lists must show."""

    name = ""
    needs_names = False

    def __init__(self, directory):
        self.directory = directory
        self.findings, self.told, self.ended = [], [], []
        self.running = []

    def keep(self, process):
        self.running.append(process)
        return process

    def serve(self, *arguments, through=()):
        """Starts the server, or starts it again on the same store."""
        self.arguments, self.through = arguments, through
        self.server = harness.Server(
            self.directory, "--data", self.directory / "data", "--probe-timeout", "200ms", *arguments, interval=INTERVAL,
            through=through)
        return self.server

    def restart(self, while_down=lambda: None):
        """Kills the server, and starts it again after something has happened."""
        self.server.kill()
        self.server.stop()
        while_down()
        self.serve(*self.arguments, through=self.through)

    def states(self, namespace=""):
        query = {"namespace": namespace} if namespace else {}
        answer = httpx.get(f"{self.server.url}/v1/models", params=query, timeout=10)
        # A server that has just started and knows nothing yet has no list.
        if answer.status_code == 503: return None
        return {model["id"]: model["state"] for model in answer.raise_for_status().json()["data"]}

    def become(self, wanted, since, into, limit=SOON, namespace=""):
        """Waits until each model has its wanted state; the seconds that it took go into a list."""
        while (states := self.states(namespace)) is None or any(states.get(id) != state for id, state in wanted.items()):
            if time.monotonic() - since > limit:
                return self.findings.append(f"{self.name}: {states} {limit:g} s later, not {wanted}")
            time.sleep(0.02)
        into.append(time.monotonic() - since)

    def hold(self, wanted, seconds=HOLD, namespace=""):
        """Each model keeps its wanted state for some time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            states = self.states(namespace)
            if states is not None and (odd := {id for id, state in wanted.items() if states.get(id) != state}):
                return self.findings.append(f"{self.name}: {sorted(odd)} of {wanted} are not in {states}")
            time.sleep(0.05)

    def run(self):
        try:
            self.go()
        finally:
            if server := getattr(self, "server", None): server.stop()
            for process in reversed(self.running): process.stop()
        return self.findings

    def go(self):
        raise NotImplementedError


class RestartWithSilentFile(Pair):
    """A file gets a typo, the server restarts, and then an engine dies: it is not READY, and forgotten in time."""

    name = "restart, silent file"

    def go(self):
        fleet = self.keep(harness.Simulator(self.directory, engines=4, models=1))
        engines = fleet.engines()
        models = [engine["models"][0] for engine in engines]
        file = self.directory / "engines.yaml"
        good = "engines:\n" + "".join(f"- url: {engine['url']}\n" for engine in engines)
        file.write_text(good)
        self.serve("--engines-file", file, "--forget-after", "5s")
        self.become(dict.fromkeys(models, READY), time.monotonic(), [])
        self.restart(lambda: file.write_text("engines: [\n"))
        self.hold(dict.fromkeys(models, READY))
        since = time.monotonic()
        fleet.set(0, "gone")
        self.become({models[0]: "UNREACHABLE"}, since, self.told)
        self.become({models[0]: ABSENT}, since, [], 5 + SOON)
        self.hold(dict.fromkeys(models[1:], READY), 1)
        since = time.monotonic()
        fleet.set(0, "ok")
        file.write_text(good)
        self.become(dict.fromkeys(models, READY), since, self.ended)


class UnknownNameAtRestart(Pair):
    """A name is unknown for a while, and the server restarts in that time: its engines stay."""

    name = "NXDOMAIN, restart"
    needs_names = True
    # The addresses that the name has meanwhile.
    wrong = ()

    def go(self):
        engine = self.keep(harness.Engine([harness.card("m")], host="0.0.0.0"))
        names = self.keep(name_server.NameServer(self.directory))
        right = {f"127.0.1.{number}" for number in range(1, 5)}
        names.put({"vllm": sorted(right)})
        self.serve("--dns", f"vllm.{name_server.ZONE}:{engine.port}", "--dns-interval", "200ms", through=names.only(1))
        self.await_ready(lambda ready: ready == right, [])
        names.put({"vllm": self.wrong} if self.wrong else {})
        self.meet(right)
        end = time.monotonic() + HOLD
        while time.monotonic() < end:
            if (ready := self.ready()) is not None and not right <= ready:
                return self.findings.append(f"{self.name}: of {sorted(right)} only {sorted(ready)} are READY")
            time.sleep(0.05)
        right.add("127.0.1.5")
        names.put({"vllm": sorted(right)})
        self.await_ready(lambda ready: right <= ready, self.ended)

    def meet(self, right):
        """The second trouble."""
        self.restart()

    def ready(self):
        """The addresses whose engines are READY; None while there is no list."""
        answer = httpx.get(f"{self.server.url}/v1/models", params={"view": "full"}, timeout=10)
        if answer.status_code == 503: return None
        replicas = [replica for model in answer.json()["data"] for replica in model["replicas"]]
        return {replica["endpoint"].split("/")[2].split(":")[0] for replica in replicas if replica["state"] == READY}

    def await_ready(self, is_right, into):
        since = time.monotonic()
        while (ready := self.ready()) is None or not is_right(ready):
            if time.monotonic() - since > SOON:
                return self.findings.append(f"{self.name}: {sorted(ready or [])} are READY {SOON:g} s later")
            time.sleep(0.02)
        into.append(time.monotonic() - since)


class StrangersAtName(UnknownNameAtRestart):
    """A name has two strangers in place of its four engines: the engines stay beside them."""

    name = "replaced engines (DNS)"
    wrong = ("127.0.9.1", "127.0.9.2")

    def meet(self, right):
        self.await_ready(lambda ready: ready == right | set(self.wrong), self.told)


class KubernetesPair(Pair):
    """Pods of two namespaces, each with an engine of its own."""

    def begin(self, *more):
        self.cluster = self.keep(kube.Cluster(self.directory))
        self.engines = [self.keep(harness.Engine([harness.card(f"{team}/m")])) for team in ("team-a", "team-b")]
        self.pods = [
            kube.pod("p", port=engine.port, namespace=team) for team, engine in zip(("team-a", "team-b"), self.engines)]
        self.cluster.apply(*self.pods, *more)
        self.serve(
            "--kube-config", self.cluster.config(), "--kube-namespace", "team-a", "--kube-namespace", "team-b")
        self.become({"team-a/m": READY, "team-b/m": READY}, time.monotonic(), [])


class PartialCluster(KubernetesPair):
    """The server restarts while a namespace answers 503, and another lists its Deployments late: nothing goes."""

    name = "partial Kubernetes"

    def go(self):
        self.begin(kube.deployment("idle", 0, model="cold", namespace="team-a"))
        all_models = {"team-a/m": READY, "team-b/m": READY, "cold": COLD}
        self.become(all_models, time.monotonic(), [])

        def disturb():
            self.cluster.fault("status", code=503, resource="pods", namespace="team-b", times=1000)
            self.cluster.fault("wait", seconds=1, resource="deployments", times=2)

        self.restart(disturb)
        self.hold(all_models)
        self.cluster.do("clear")
        new = kube.pod("q", port=self.engines[1].port, namespace="team-b")
        self.cluster.delete(self.pods[1])
        self.cluster.apply(new)
        self.engines[1].models = [harness.card("team-b/new")]
        self.become({"team-b/m": ABSENT, "team-b/new": READY, "cold": COLD}, time.monotonic(), self.ended, 3 * SOON)


class ReusedAddress(KubernetesPair):
    """The address of a pod goes to another namespace, while the API is away and the old namespace stays so."""

    name = "address reuse"

    def go(self):
        self.begin()
        # Kubernetes dates pods to the second, and the later pod owns the address.
        time.sleep(1.1)
        self.cluster.do("down", compacts=True)
        self.cluster.delete(self.pods[0])
        self.cluster.fault("status", code=503, namespace="team-a", times=1000)
        self.engines[0].models = [harness.card("team-b/secret")]
        self.cluster.apply(kube.pod("q", port=self.engines[0].port, namespace="team-b"))
        time.sleep(0.5)
        self.cluster.do("up")
        since = time.monotonic()
        self.become({"team-b/secret": READY, "team-b/m": READY}, since, self.told, 3 * SOON, namespace="team-b")
        self.become({"team-b/secret": ABSENT, "team-a/m": ABSENT}, since, [], 3 * SOON, namespace="team-a")
        self.hold({"team-b/secret": ABSENT}, 1, namespace="team-a")


class ReplacedPods(KubernetesPair):
    """All pods of a namespace are replaced while the API is away: the old ones go, the new one comes."""

    name = "replaced engines (pods)"

    def go(self):
        self.begin()
        new = self.keep(harness.Engine([harness.card("new")]))
        self.cluster.do("down", compacts=True)
        self.cluster.delete(self.pods[0])
        self.cluster.apply(kube.pod("q", port=new.port, namespace="team-a"))
        self.engines[0].models = []
        time.sleep(0.5)
        self.hold({"team-b/m": READY}, 1)
        self.cluster.do("up")
        since = time.monotonic()
        self.become({"new": READY, "team-b/m": READY}, since, self.told, 3 * SOON)
        self.become({"team-a/m": ABSENT}, since, self.ended, 3 * SOON)


class HangingNames(Pair):
    """The name server goes silent for most names, new names hang from the start, and an engine with a good name dies."""

    name = "hanging names, dead engine"
    needs_names = True

    def go(self):
        engines = {name: self.keep(harness.Engine([harness.card(name)], host="0.0.0.0")) for name in ("a", "b", "c")}
        names = self.keep(silent_names.SilentNames(self.directory))
        names.addresses = {f"{name}.test": [f"127.0.3.{number}"] for number, name in enumerate(engines, 1)}
        file = self.directory / "engines.yaml"
        urls = [f"http://{name}.test:{engine.port}" for name, engine in engines.items()]

        def write(urls): file.write_text("engines:\n" + "".join(f"- url: {url}\n" for url in urls))

        write(urls)
        self.serve("--engines-file", file, through=names.only())
        all_ready = dict.fromkeys(engines, READY)
        self.become(all_ready, time.monotonic(), [])
        # The answers are kept for a second; names that did resolve are used on.
        new = [f"new-{number}.test" for number in range(100)]
        names.hanging = {"b.test", "c.test", *new}
        write(urls + [f"http://{name}:1" for name in new])
        self.hold(all_ready)
        since = time.monotonic()
        engines["a"].stop()
        self.become({"a": "UNREACHABLE", "b": READY, "c": READY}, since, self.told)
        self.hold({"a": "UNREACHABLE", "b": READY, "c": READY}, 1)
        since = time.monotonic()
        self.running.remove(engines["a"])
        self.keep(harness.Engine([harness.card("a")], host="0.0.0.0", port=engines["a"].port))
        self.become(all_ready, since, self.ended)
        names.hanging = set()
        self.hold(all_ready, 1)


KINDS = [
    RestartWithSilentFile, UnknownNameAtRestart, PartialCluster, ReusedAddress, StrangersAtName, ReplacedPods, HangingNames]


def can_run(kind):
    """Whether a pair has what it needs here: a name server takes root and dnsmasq."""
    return not kind.needs_names or os.geteuid() == 0 and shutil.which("dnsmasq")
