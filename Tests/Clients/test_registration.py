"""Engines that register themselves, by grpcio: claims, leases, errors, restarts, and what is told of engines."""

import time
import types

import grpc
import httpx
import pytest
from google.protobuf import duration_pb2

import harness
from details import reason
from test_labels import exposed, own_address  # noqa: F401

FORGET = ("--forget-after", "2s")


@pytest.fixture
def empty(tmp_path):
    """Arguments of a server that is told no engine."""
    config = tmp_path / "empty.yaml"
    config.write_text("engines: []\n")
    return ("--config", config)


@pytest.fixture
def registry(start, empty, connect, administer, admin_pb):
    """A server without engines, and one engine that serves m."""
    server = start.server(*empty, *FORGET).ready()
    return types.SimpleNamespace(
        server=server, engine=start.engine([harness.card("m")]), catalog=connect(server),
        admin=administer(server.address), pb=admin_pb)


def seconds(count):
    return duration_pb2.Duration(seconds=int(count), nanos=round((count - int(count)) * 1e9))


def claim(registry, **fields):
    return registry.admin.RegisterEngine(
        registry.pb.RegisterEngineRequest(**{"url": registry.engine.url, **fields}), timeout=20)


def keep(registry, *leases):
    requests = [registry.pb.KeepAliveEngineRequest(lease_id=lease) for lease in leases]
    return list(registry.admin.KeepAliveEngine(iter(requests), timeout=20))


def release(registry, **fields):
    return registry.admin.DeregisterEngine(registry.pb.DeregisterEngineRequest(**fields), timeout=20).lease_ids


def engine(registry, id, **fields):
    return registry.admin.GetEngine(registry.pb.GetEngineRequest(id=id, **fields), timeout=20)


def engines(registry, **fields):
    return registry.admin.ListEngines(registry.pb.ListEnginesRequest(**fields), timeout=20)


def serves(registry, count=1):
    harness.eventually(lambda: registry.server.states() == {"m": "READY"}, "the model")
    assert registry.server.model("m")["total_replicas"] == count


def is_gone(registry, timeout=20):
    harness.eventually(lambda: not registry.server.models() and not engines(registry).engines, "no engine", timeout)


def refused(call, code, why):
    with pytest.raises(grpc.RpcError) as caught:
        call()
    assert (caught.value.code(), reason(caught.value)) == (code, why)
    return caught.value


def test_a_registered_engine_is_listed_until_it_is_deregistered(registry):
    made = claim(registry, labels={"tier": "gold"}, kind="openai")
    assert made.ttl == seconds(30) and len(made.lease_id) >= 20
    address = registry.engine.url.removeprefix("http://")
    assert made.engine_id == address
    at_once = engine(registry, made.engine_id)
    assert (at_once.endpoint, at_once.kind, list(at_once.sources)) == (registry.engine.url, "openai", ["registration"])
    serves(registry)
    assert registry.server.model("m")["labels"] == {"tier": "gold"}
    known = engine(registry, made.engine_id)
    assert known.state == 1 and list(known.models) == ["m"] and known.labels == {"tier": "gold"}
    assert known.observed_at.seconds > 1_700_000_000 and known.state_changed_at.seconds > 1_700_000_000
    assert [lease.lease_id for lease in known.leases] == [made.lease_id]
    assert 20 < known.leases[0].expires_at.seconds - time.time() < 31
    everything = engines(registry)
    assert everything.total_size == 1 and everything.engines[0].id == made.engine_id and not everything.next_page_token
    assert release(registry, lease_id=made.lease_id) == [made.lease_id]
    is_gone(registry)
    refused(lambda: engine(registry, made.engine_id), grpc.StatusCode.NOT_FOUND, "ENGINE_NOT_FOUND")


def test_a_lease_lives_as_long_as_it_is_kept_alive(registry):
    made = claim(registry, ttl=seconds(5))
    serves(registry)
    begin = time.monotonic()
    while time.monotonic() - begin < 8:
        assert [answer.ttl for answer in keep(registry, made.lease_id)] == [seconds(5)]
        time.sleep(1)
    assert registry.server.states() == {"m": "READY"}
    begin = time.monotonic()
    is_gone(registry)
    assert 3 < time.monotonic() - begin < 9
    refused(lambda: keep(registry, made.lease_id), grpc.StatusCode.NOT_FOUND, "LEASE_NOT_FOUND")
    assert "a lease ends: it was not kept alive" in registry.server.output()


def test_one_call_keeps_many_leases_in_order(registry):
    leases = [claim(registry, url=f"http://127.0.0.1:{port}", ttl=seconds(60 + port)).lease_id for port in range(1, 9)]
    answers = keep(registry, *leases, leases[0])
    assert [(answer.lease_id, answer.ttl.seconds) for answer in answers] == [
        *((lease, 61 + index) for index, lease in enumerate(leases)), (leases[0], 61)]


def test_two_registrations_of_one_url_are_one_engine(registry):
    first, second = claim(registry, labels={"from": "first"}), claim(registry, url=registry.engine.url + "/v1/", id="other")
    assert first.engine_id == second.engine_id and first.lease_id != second.lease_id
    serves(registry)
    known = engine(registry, first.engine_id)
    assert {lease.lease_id for lease in known.leases} == {first.lease_id, second.lease_id}
    assert known.labels == {"from": "first"}
    release(registry, lease_id=first.lease_id)
    harness.eventually(lambda: not registry.server.model("m")["labels"], "the description of the one that is left")
    serves(registry)
    assert engine(registry, first.engine_id).models == ["m"]
    release(registry, lease_id=second.lease_id)
    is_gone(registry)


def test_an_engine_that_is_claimed_otherwise_outlives_its_leases(start, administer, admin_pb):
    engine_ = start.engine([harness.card("m")])
    server = start.server("--engine", f"{engine_.url},id=mine,labels.from=static").ready()
    registry = types.SimpleNamespace(server=server, engine=engine_, admin=administer(server.address), pb=admin_pb)
    made = claim(registry, labels={"from": "lease"})
    assert made.engine_id == "mine"
    harness.eventually(lambda: list(engine(registry, "mine").sources) == ["static", "registration"], "both sources")
    serves(registry)
    assert registry.server.model("m")["labels"] == {"from": "static"}
    assert release(registry, engine_id="mine") == [made.lease_id]
    harness.eventually(lambda: list(engine(registry, "mine").sources) == ["static"], "one source")
    serves(registry)
    refused(lambda: release(registry, engine_id="mine"), grpc.StatusCode.NOT_FOUND, "ENGINE_NOT_FOUND")


def test_another_namespace_cannot_touch_an_engine(registry):
    mine = claim(registry, id="gpu-1", lease_id="mine", labels={"whose": "mine"})
    serves(registry)
    theirs = claim(registry, namespace="other", labels={"whose": "theirs"})
    assert theirs.engine_id != mine.engine_id and theirs.engine_id.startswith("other/")
    harness.eventually(lambda: engines(registry).total_size == 2, "two engines")
    assert [one.namespace for one in engines(registry, namespace="other").engines] == ["other"]
    for call, code, why in [
            (lambda: claim(registry, namespace="other", id="gpu-1"), "ALREADY_EXISTS", "ENGINE_EXISTS"),
            (lambda: claim(registry, namespace="other", id=mine.engine_id, url="http://127.0.0.1:1"), "ALREADY_EXISTS",
             "ENGINE_EXISTS"),
            (lambda: claim(registry, namespace="other", lease_id="mine"), "ALREADY_EXISTS", "LEASE_EXISTS"),
            (lambda: release(registry, namespace="other", engine_id="gpu-1"), "NOT_FOUND", "ENGINE_NOT_FOUND"),
            (lambda: engine(registry, "gpu-1", namespace="other"), "NOT_FOUND", "ENGINE_NOT_FOUND")]:
        refused(call, getattr(grpc.StatusCode, code), why)
    assert engine(registry, "gpu-1").labels == {"whose": "mine"}
    assert registry.server.model("m")["labels"] == {"whose": "mine"}
    release(registry, lease_id=theirs.lease_id)
    harness.eventually(lambda: engines(registry).total_size == 1, "one engine")
    serves(registry)


def test_an_id_belongs_to_one_engine_and_moves_with_its_lease(registry, start):
    claim(registry, id="gpu-1", lease_id="first")
    serves(registry)
    other = start.engine([harness.card("n")])
    refused(lambda: claim(registry, url=other.url, id="gpu-1"), grpc.StatusCode.ALREADY_EXISTS, "ENGINE_EXISTS")
    # What the lease itself holds is no other engine's.
    moved = claim(registry, url=other.url, id="gpu-1", lease_id="first")
    assert (moved.lease_id, moved.engine_id) == ("first", "gpu-1")
    harness.eventually(lambda: registry.server.states() == {"n": "READY"}, "the engine that it is now")
    assert engine(registry, "gpu-1").endpoint == other.url
    release(registry, lease_id="first")
    is_gone(registry)
    assert claim(registry, id="gpu-1").engine_id == "gpu-1"


BAD = [
    ({"url": ""}, "url"), ({"url": "not a url"}, "url"), ({"url": "ftp://a:1"}, "url"), ({"url": "http://u:p@a:1"}, "url"),
    ({"url": "http://a:99999"}, "url"), ({"url": "http://a/" + "x" * 4000}, "url"), ({"kind": "toaster"}, "kind"),
    ({"namespace": "NOT A NAME"}, "namespace"), ({"namespace": "n" * 64}, "namespace"), ({"cluster": "über"}, "cluster"),
    ({"id": "with space"}, "id"), ({"id": "x" * 300}, "id"), ({"labels": {"": "x"}}, "labels"),
    ({"labels": {"a": "x" * 300}}, "labels"), ({"labels": {str(index): "" for index in range(300)}}, "labels"),
    ({"ttl": seconds(4.9)}, "ttl"), ({"ttl": seconds(0)}, "ttl"), ({"ttl": seconds(86_401)}, "ttl"),
    ({"ttl": seconds(-30)}, "ttl"), ({"lease_id": "UPPER"}, "lease_id"), ({"lease_id": "x" * 65}, "lease_id"),
    ({"key_env": "A", "key_file": "/b"}, "key_file"), ({"key_env": "A" * 5000}, "key_env"),
]


@pytest.mark.parametrize("fields, field", BAD, ids=[f"{field}-{index}" for index, (_, field) in enumerate(BAD)])
def test_what_is_no_engine_is_refused_and_the_field_is_named(registry, fields, field):
    error = refused(lambda: claim(registry, **fields), grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
    assert error.details().startswith(f"{field}: ")
    assert not engines(registry).engines


def test_leases_that_are_none_are_not_found_and_nonsense_is_refused(registry):
    refused(lambda: keep(registry, "nobody"), grpc.StatusCode.NOT_FOUND, "LEASE_NOT_FOUND")
    refused(lambda: release(registry, lease_id="nobody"), grpc.StatusCode.NOT_FOUND, "LEASE_NOT_FOUND")
    for lease in ["", "ÜBER", "x" * 100_000]:
        refused(lambda: keep(registry, lease), grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
    for fields in [{}, {"lease_id": "a", "engine_id": "b"}, {"lease_id": "A B"}, {"engine_id": "x" * 9999}]:
        refused(lambda: release(registry, **fields), grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
    for fields in [{"page_size": -1}, {"page_token": "made up"}]:
        refused(lambda: engines(registry, **fields), grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
    refused(lambda: engine(registry, ""), grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")


def test_a_stream_of_garbage_ends_itself_alone(registry, dial):
    made = claim(registry, ttl=seconds(60))
    channel = dial(registry.server.address)
    raw = channel.stream_stream("/rollcall.v1.CatalogAdmin/KeepAliveEngine")
    good = registry.pb.KeepAliveEngineRequest(lease_id=made.lease_id).SerializeToString()
    answers = raw(iter([good, b"\xff\xff\xff"]), timeout=20)
    assert registry.pb.KeepAliveEngineResponse.FromString(next(answers)).lease_id == made.lease_id
    with pytest.raises(grpc.RpcError) as caught:
        next(answers)
    assert caught.value.code() == grpc.StatusCode.INTERNAL
    # Ten thousand on one call, and a call that asks for nothing.
    assert sum(1 for _ in raw((good for _ in range(10_000)), timeout=60)) == 10_000
    assert list(raw(iter([]), timeout=20)) == []
    assert len(keep(registry, made.lease_id)) == 1


def test_engines_are_listed_by_id_page_by_page(registry):
    urls = [f"http://127.0.0.1:{port}" for port in range(1, 31)]
    for index, url in enumerate(urls):
        claim(registry, url=url, namespace="even" if index % 2 == 0 else "odd")
    whole = [one.id for one in engines(registry, page_size=1000).engines]
    assert whole == sorted(whole) and len(whole) == 30
    found, token = [], ""
    while True:
        page = engines(registry, page_size=7, page_token=token)
        found += [one.id for one in page.engines]
        assert page.total_size == 30 and len(page.engines) <= 7
        token = page.next_page_token
        if not token:
            break
    assert found == whole
    first = engines(registry, page_size=7)
    refused(lambda: engines(registry, page_size=7, page_token=first.next_page_token, namespace="odd"),
            grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
    assert engines(registry, namespace="odd").total_size == 15
    assert engines(registry, namespace="nobody").total_size == 0


def test_leases_outlive_the_server(start, empty, administer, admin_pb, tmp_path):
    engine_ = start.engine([harness.card("m")])
    data = tmp_path / "data"
    data.mkdir(mode=0o700)

    def run():
        server = start.server(*empty, *FORGET, "--data", data).ready()
        return types.SimpleNamespace(server=server, engine=engine_, admin=administer(server.address), pb=admin_pb)

    registry = run()
    made = claim(registry, id="gpu-1", labels={"tier": "gold"}, ttl=seconds(60))
    short = claim(registry, url="http://127.0.0.1:1", ttl=seconds(5))
    serves(registry)
    registry.server.kill()
    registry = run()
    # Nobody has to register again.
    serves(registry)
    assert registry.server.model("m")["labels"] == {"tier": "gold"}
    assert [lease.lease_id for lease in engine(registry, "gpu-1").leases] == [made.lease_id]
    assert keep(registry, made.lease_id)[0].ttl == seconds(60)
    # A lease has its time anew, and no more than that.
    harness.eventually(lambda: [one.id for one in engines(registry).engines] == ["gpu-1"], "the end of the short one")
    refused(lambda: keep(registry, short.lease_id), grpc.StatusCode.NOT_FOUND, "LEASE_NOT_FOUND")
    release(registry, lease_id=made.lease_id)
    is_gone(registry)
    assert registry.server.drain() == 0
    registry = run()
    assert not engines(registry).engines and not registry.server.models()


def test_keeping_a_lease_alive_writes_nothing(registry):
    made = claim(registry)
    serves(registry)
    before = registry.server.metric("rollcall_revision")
    keep(registry, *[made.lease_id] * 100)
    # Nor does registering what is registered.
    assert claim(registry, lease_id=made.lease_id).lease_id == made.lease_id
    assert registry.server.metric("rollcall_revision") == before


def test_keys_are_taken_by_reference_and_from_this_machine_alone(exposed, administer, admin_pb, tmp_path):  # noqa: F811
    address, port = exposed("--admin-insecure")
    key = tmp_path / "key"
    key.write_text("secret\n")
    far, near = administer(f"{address}:{port}"), administer(f"127.0.0.1:{port}")
    for fields in [{"key_file": str(key)}, {"key_env": "HOME"}]:
        request = admin_pb.RegisterEngineRequest(url="http://127.0.0.1:1", **fields)
        refused(lambda: far.RegisterEngine(request, timeout=20), grpc.StatusCode.PERMISSION_DENIED, "KEY_REFERENCE_LOOPBACK_ONLY")
        assert near.RegisterEngine(request, timeout=20).lease_id
    assert far.RegisterEngine(admin_pb.RegisterEngineRequest(url="http://127.0.0.1:2"), timeout=20).lease_id


def test_other_machines_are_refused_everything(exposed, administer, admin_pb):  # noqa: F811
    address, port = exposed()
    admin = administer(f"{address}:{port}")
    calls = [
        lambda: admin.RegisterEngine(admin_pb.RegisterEngineRequest(url="http://127.0.0.1:1"), timeout=20),
        lambda: list(admin.KeepAliveEngine(iter([admin_pb.KeepAliveEngineRequest(lease_id="a")]), timeout=20)),
        lambda: list(admin.KeepAliveEngine(iter([]), timeout=20)),
        lambda: admin.DeregisterEngine(admin_pb.DeregisterEngineRequest(lease_id="a"), timeout=20),
        lambda: admin.ListEngines(admin_pb.ListEnginesRequest(), timeout=20),
        lambda: admin.GetEngine(admin_pb.GetEngineRequest(id="a"), timeout=20)]
    for call in calls:
        refused(call, grpc.StatusCode.PERMISSION_DENIED, "ADMIN_LOOPBACK_ONLY")


def test_http_sd_tells_prometheus_where_the_metrics_are(start, empty):
    fleet = start.simulator(engines=2, models=1)
    plain = start.engine([harness.card("no-metrics")])
    host = fleet.urls()[0].removeprefix("http://")
    arguments = [word for url in fleet.urls() for word in ("--engine", f"{url},labels.team/a=x,namespace=team")]
    server = start.server(*arguments, "--engine", plain.url).ready()
    harness.eventually(lambda: len(server.models()) >= 2, "the models")

    def targets(**parameters):
        answer = httpx.get(f"{server.url}/http_sd", params=parameters)
        assert answer.status_code == 200 and answer.headers["content-type"] == "application/json"
        groups = answer.json()
        for group in groups:
            # Prometheus takes a list of objects of exactly this: lists of texts, and a map of texts to texts.
            assert set(group) == {"targets", "labels"}
            assert all(isinstance(target, str) and "/" not in target for target in group["targets"])
            assert all(isinstance(text, str) for pair in group["labels"].items() for text in pair)
        return {group["targets"][0]: group["labels"] for group in groups}

    found = targets()
    # An engine whose kind has no metrics is no target.
    assert set(found) == {url.removeprefix("http://") for url in fleet.urls()}
    labels = found[host]
    assert labels["__scheme__"] == "http" and labels["__metrics_path__"] == "/metrics"
    assert labels["__meta_rollcall_namespace"] == "team" and labels["__meta_rollcall_kind"] == "vllm"
    assert labels["__meta_rollcall_state"] == "READY" and labels["__meta_rollcall_label_team_a"] == "x"
    assert labels["__meta_rollcall_engine"] == host and labels["__meta_rollcall_sources"] == ",static,"
    assert all(model["id"] in "".join(one["__meta_rollcall_models"] for one in found.values()) for model in server.models()
               if model["id"] != "no-metrics")
    assert httpx.get(f"http://{host}{labels['__metrics_path__']}").status_code == 200
    assert targets(namespace="team") == found and targets(namespace="default") == {}
    assert httpx.get(f"{server.url}/http_sd?namespace=a&namespace=b").status_code == 400
