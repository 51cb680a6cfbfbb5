"""grpc.health.v1 by grpcio-health-checking, as gateways and Kubernetes probe it."""

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

import harness
from watching import until

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


@pytest.fixture
def health(server):
    with grpc.insecure_channel(server.address) as channel:
        yield health_pb2_grpc.HealthStub(channel)


@pytest.mark.parametrize("service", ["", "rollcall.v1.ModelCatalog", "rollcall.v1.CatalogAdmin"])
def test_a_ready_server_is_serving(health, service):
    assert health.Check(health_pb2.HealthCheckRequest(service=service)).status == SERVING


def test_an_unknown_service_is_not_found_by_check_and_unknown_to_watch(health):
    request = health_pb2.HealthCheckRequest(service="no.such.Service")
    with pytest.raises(grpc.RpcError) as caught:
        health.Check(request)
    assert caught.value.code() == grpc.StatusCode.NOT_FOUND
    stream = health.Watch(request, timeout=10)
    assert next(stream).status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
    stream.cancel()


def test_list_has_every_service(health):
    statuses = health.List(health_pb2.HealthListRequest()).statuses
    assert statuses["rollcall.v1.ModelCatalog"].status == statuses["rollcall.v1.CatalogAdmin"].status == SERVING


def test_a_server_is_not_serving_until_every_engine_has_spoken(start):
    """One engine hangs from the start: nothing is known, so nothing is said."""
    simulator = start.simulator(engines=2, models=1)
    simulator.set("all", "hang")
    server = start.server(*[word for url in simulator.urls() for word in ("--engine", url)])
    with grpc.insecure_channel(server.address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        assert stub.Check(health_pb2.HealthCheckRequest()).status == NOT_SERVING
        stream = stub.Watch(health_pb2.HealthCheckRequest(), timeout=60)
        assert next(stream).status == NOT_SERVING
        simulator.set("all", "ok")
        until(stream, lambda answer: answer.status == SERVING)
        stream.cancel()
    harness.eventually(lambda: len(server.models()) == 2, "both models")


def test_a_draining_server_is_not_serving(start):
    engine = start.engine([harness.card("m")])
    server = start.server("--engine", engine.url).ready()
    with grpc.insecure_channel(server.address) as channel:
        stream = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(), timeout=30)
        assert next(stream).status == SERVING
        seen = []
        server.signal(15)
        with pytest.raises(grpc.RpcError) as caught:
            for answer in stream:
                seen.append(answer.status)
        assert seen in ([], [NOT_SERVING])
        assert caught.value.code() == grpc.StatusCode.UNAVAILABLE
    assert server.wait() == 0
