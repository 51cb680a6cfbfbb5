"""Every limit of clients is crossed once: the client gets what the documents say, and the limit's counter rises."""

import pytest

import harness

pytest.register_assert_rewrite("limit_rows")
import limit_rows  # noqa: E402

# More models than a list by filter visits on the event loop, on engines that each have fewer than the limit of one engine.
MODELS = 2_500


@pytest.fixture(scope="module")
def large_fleet(tmp_path_factory):
    simulator = harness.Simulator(tmp_path_factory.mktemp("large"), engines=2, models=MODELS, replicas=1, more=["--idle"])
    yield simulator
    simulator.stop()


@pytest.fixture(scope="module")
def server_with(fleet, large_fleet, tmp_path_factory):
    """Servers by their limits; rows with the same limits share one."""
    servers = {}

    def server_with(limits):
        key = tuple(sorted(limits.items()))
        if key not in servers:
            directory = tmp_path_factory.mktemp("limits")
            config = directory / "config.yaml"
            is_large = any("tasks" in name or "lists" in name for name in limits)
            config.write_text((large_fleet if is_large else fleet).config())
            arguments = [word for name, value in key for word in ("--limit", f"{name}={value}")]
            # Probes of thousands of models would take the processor from the lists.
            interval = "10s" if is_large else harness.PROBE_INTERVAL
            servers[key] = harness.Server(directory, "--config", config, *arguments, interval=interval).ready()
        return servers[key]

    yield server_with
    for server in servers.values(): server.stop()


def test_every_limit_has_a_row():
    lines = harness.run("limits").splitlines()[1:]
    # Those of TLS are in test_tls.
    assert sorted(line.split()[0] for line in lines) == sorted([*limit_rows.ROWS, "handshakes"])


@pytest.mark.parametrize("name", limit_rows.ROWS)
def test_beyond_a_limit_the_client_gets_its_answer_and_the_limit_counts(name, server_with):
    row = limit_rows.ROWS[name]
    server = server_with(row.limits)
    before = harness.eventually(lambda: [limit_rows.reached(server, row.counts or name)], "the metrics")[0]
    row.cross(server)
    if row.counts is None:
        assert limit_rows.reached(server, name) == before
    else:
        harness.eventually(lambda: limit_rows.reached(server, row.counts) > before, f"the count of {row.counts}")
    # No row harms the server.
    assert harness.eventually(server.models, "the models")
