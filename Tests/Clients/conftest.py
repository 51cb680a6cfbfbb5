"""Fixtures: a fleet and a server for tests that only read, others for tests that break them, stubs made from proto/."""

import functools
import os
import pathlib
import signal

import grpc
import pytest

import contract
import harness
import kube
from authority import Authority


def pytest_configure(config):
    if not harness.BINARY:
        raise pytest.UsageError("ROLLCALL_BIN must name the rollcall executable; scripts/test sets it")
    # A shell starts background jobs with SIGINT ignored, and servers under test would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def stubs(tmp_path_factory):
    """Python classes of the contract, generated from proto/ into a directory of their own."""
    out = tmp_path_factory.mktemp("stubs")
    contract.generate(out)
    return out


@pytest.fixture(scope="session")
def pb(stubs):
    from rollcall.v1 import catalog_pb2

    return catalog_pb2


@pytest.fixture(scope="session")
def admin_pb(stubs):
    from rollcall.v1 import admin_pb2

    return admin_pb2


@pytest.fixture(scope="session")
def fleet(tmp_path_factory):
    """A simulated fleet that no test disturbs."""
    simulator = harness.Simulator(tmp_path_factory.mktemp("fleet"), engines=3, models=40, adapters=2)
    yield simulator
    simulator.stop()


@pytest.fixture(scope="session")
def server(fleet, tmp_path_factory):
    """A server over the fleet and over one engine with ids that are hard to put into a path."""
    directory = tmp_path_factory.mktemp("server")
    config = directory / "config.yaml"
    config.write_text(fleet.config())
    odd = harness.Engine([harness.card(id) for id in ODD_IDS])
    server = harness.Server(directory, "--config", config, "--engine", odd.url).ready()
    yield server
    server.stop()
    odd.stop()


ODD_IDS = ["meta-llama/Llama-3.1-8B", "a/b/c/d", "with space", "100%", "what?", "naïve-模型", "dots..and-_~", "a%2Fb", "plus+plus"]


@pytest.fixture(scope="session")
def odd_ids():
    return ODD_IDS


@pytest.fixture
def start(tmp_path):
    """Starts processes that the test may break; stops them when it ends."""

    class Start:
        def __init__(self):
            self.started = []

        def keep(self, thing):
            self.started.append(thing)
            return thing

        def simulator(self, **options):
            return self.keep(harness.Simulator(tmp_path, **options))

        def engine(self, models):
            return self.keep(harness.Engine(models))

        def server(self, *arguments, **options):
            return self.keep(harness.Server(tmp_path, *arguments, **options))

        def serving(self, simulator, *arguments, **options):
            """A server over the simulator's whole fleet."""
            config = tmp_path / "config.yaml"
            config.write_text(simulator.config())
            return self.server("--config", config, *arguments, **options).ready()

        def cluster(self, *arguments, **settings):
            """The fake Kubernetes API server."""
            return self.keep(kube.Cluster(tmp_path, *arguments, **settings))

        def process(self, name, *command):
            return self.keep(harness.Process(name, tmp_path, *command))

    start = Start()
    yield start
    for thing in reversed(start.started):
        thing.stop()


@pytest.fixture
def authority(tmp_path):
    """A certificate authority of the test's own."""
    return Authority(tmp_path / "ca")


@pytest.fixture
def dial():
    """Channels to addresses, closed when the test ends."""
    channels = []

    def dial(address):
        # A pool of its own: tests that kill connections must not disturb each other.
        channels.append(grpc.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)]))
        return channels[-1]

    yield dial
    for channel in channels:
        channel.close()


@pytest.fixture
def connect(stubs, dial):
    """ModelCatalog stubs on channels of their own."""
    from rollcall.v1 import catalog_pb2_grpc

    return lambda server: catalog_pb2_grpc.ModelCatalogStub(dial(server.address))


@pytest.fixture
def administer(stubs, dial):
    """Stubs of the admin service, by address."""
    from rollcall.v1 import admin_pb2_grpc

    return lambda address: admin_pb2_grpc.CatalogAdminStub(dial(address))


@pytest.fixture
def catalog(server, connect):
    return connect(server)


@pytest.fixture
def note(request):
    """Keeps a line for the end of the run: a measurement that is printed and not judged."""
    return lambda line: request.node.user_properties.append(("measured", line))


def pytest_terminal_summary(terminalreporter):
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    lines = [text for report in reports if report.when == "call" for name, text in report.user_properties if name == "measured"]
    if lines:
        terminalreporter.section("measured")
        for line in lines:
            terminalreporter.write_line(line)


# How tests are spread over worker processes (pytest-xdist). Its own --dist loadgroup does nothing under pytest 9.2.

def group(nodeid):
    """Tests of one group run in one worker: all of a file that makes a fixture once for its tests, else each alone."""
    file = nodeid.partition("::")[0]
    return file if makes_shared_fixture(pathlib.Path(file).name) else nodeid


@functools.cache
def makes_shared_fixture(file):
    return 'scope="module"' in pathlib.Path(__file__).with_name(file).read_text()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return group(nodeid)

    return Scheduling(config, log)


def pytest_collection_modifyitems(items):
    """A worker takes its next group while it still runs one: the first groups are the slow tests, and quick ones follow them, so
    that no slow one waits behind another."""
    groups = {}
    for item in items: groups.setdefault(group(item.nodeid), []).append(item)
    slow_first = sorted(groups.values(), key=lambda items: not items[0].get_closest_marker("slow"))
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1))
    first, rest = slow_first[:workers], slow_first[workers:]
    quick, rest = rest[len(rest) - workers:], rest[:len(rest) - workers]
    items[:] = [item for group in first + quick + rest for item in group]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        for process in harness.running:
            report.sections.append((f"{process.log}, its end", process.output()[-3000:]))
    return report


@pytest.fixture(scope="session", autouse=True)
def no_leftovers():
    yield
    for process in list(harness.running):
        process.stop()
