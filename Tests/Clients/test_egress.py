"""Where engines may be: addresses and schemes that the operator allows, whoever names the engine."""

import grpc
import pytest

import harness
from details import details, reason
from google.rpc import error_details_pb2


@pytest.fixture
def restricted(start, tmp_path, administer, admin_pb):
    """Starts a server that knows no engine, with these flags; its admin service, and an engine that counts its requests."""

    def begin(*flags):
        config = tmp_path / "empty.yaml"
        config.write_text("engines: []\n")
        server = start.server("--config", config, *flags).ready()
        engine = start.engine([harness.card("m")])
        engine.asked = []
        engine.answers = {"*": lambda: engine.asked.append(1)}
        return server, administer(server.address), engine

    return begin


def state(admin, admin_pb, id):
    return admin.GetEngine(admin_pb.GetEngineRequest(id=id), timeout=20)


def refused(admin, admin_pb, url):
    with pytest.raises(grpc.RpcError) as caught:
        admin.RegisterEngine(admin_pb.RegisterEngineRequest(url=url), timeout=20)
    assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    [violation] = details(caught.value, error_details_pb2.BadRequest).field_violations
    assert violation.field == "url"
    return violation.description


def test_an_engine_outside_of_the_allowed_addresses_is_not_asked(restricted, admin_pb):
    server, admin, engine = restricted("--allow-engine-address", "10.0.0.0/8", "--allow-engine-address", "fd00::/8")
    for url in (engine.url, engine.url.replace("127.0.0.1", "[::ffff:127.0.0.1]"), engine.url.replace("127.0.0.1", "0.0.0.0")):
        assert "is not among --allow-engine-address" in refused(admin, admin_pb, url)
    # Only its resolver says where a name leads.
    url = engine.url.replace("127.0.0.1", "localhost")
    made = admin.RegisterEngine(admin_pb.RegisterEngineRequest(url=url), timeout=20)
    id = url.removeprefix("http://")
    assert made.lease_id
    harness.eventually(lambda: state(admin, admin_pb, id).state_reason, "a reason")
    told = state(admin, admin_pb, id)
    assert told.state == admin_pb.DESCRIPTOR.pool.FindEnumTypeByName("rollcall.v1.ModelState").values_by_name["UNREACHABLE"].number
    assert "is not among --allow-engine-address" in told.state_reason
    assert not engine.asked and not server.models()


def test_a_denied_address_and_a_scheme_are_refused(restricted, admin_pb):
    server, admin, engine = restricted("--deny-engine-address", "127.0.0.0/9", "--engine-scheme", "http")
    assert "is among --deny-engine-address" in refused(admin, admin_pb, engine.url)
    assert "https is not among --engine-scheme" in refused(admin, admin_pb, "https://10.0.0.1")
    done = harness.run("register", "--server", server.url, "--engine", engine.url, check=False)
    assert done.returncode != 0 and "is among --deny-engine-address" in done.stderr


@pytest.mark.parametrize("host", ["169.254.169.254", "[fd00:ec2::254]", "[::ffff:169.254.169.254]", "100.100.100.200"])
def test_metadata_services_of_clouds_are_no_engines(restricted, admin_pb, host):
    _, admin, engine = restricted()
    assert "metadata services" in refused(admin, admin_pb, f"http://{host}/latest")
    assert admin.RegisterEngine(admin_pb.RegisterEngineRequest(url=engine.url), timeout=20).lease_id
    harness.eventually(lambda: engine.asked, "an engine elsewhere is asked")


def test_an_engine_of_the_command_line_is_checked_too(start):
    engine = start.engine([harness.card("m")])
    server = start.server("--engine", f"{engine.url},id=e", "--deny-engine-address", "127.0.0.1")
    harness.eventually(lambda: "127.0.0.1 is among --deny-engine-address" in server.output(), "a line of the log")
