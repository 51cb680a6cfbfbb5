"""grpc.health.v1 by grpcio-health-checking, as gateways and Kubernetes probe it."""

import socket

import grpc
import hpack
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


def literal(fields):
    """A header block of fields that no table remembers (RFC 7541 section 6.2.2)."""
    return b"".join(b"\0" + b"".join(bytes([len(text)]) + text.encode() for text in field) for field in fields)


def raw(server, requests):
    """The answers to requests on one connection, by stream: the fields of the head, or the code of a reset."""
    frames = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\x04\0\0\0\0\0"
    for index, (fields, body) in enumerate(requests):
        block, stream = literal(fields), (2 * index + 1).to_bytes(4, "big")
        frames += len(block).to_bytes(3, "big") + (b"\x01\x05" if body is None else b"\x01\x04") + stream + block
        if body is not None: frames += len(body).to_bytes(3, "big") + b"\x00\x01" + stream + body
    answers, decoder, unread = {}, hpack.Decoder(), b""
    with socket.create_connection((server.host, server.port), timeout=30) as connection:
        connection.sendall(frames)
        while len(answers) < len(requests):
            received = connection.recv(65536)
            assert received, f"closed after {answers}"
            unread += received
            while len(unread) >= 9 and len(unread) >= 9 + (length := int.from_bytes(unread[:3], "big")):
                kind, stream, payload = unread[3], int.from_bytes(unread[5:9], "big"), unread[9:9 + length]
                if kind == 1: answers.setdefault(stream, {}).update(decoder.decode(payload))
                if kind == 3: answers.setdefault(stream, int.from_bytes(payload, "big"))
                unread = unread[9 + length:]
    return [answers[2 * index + 1] for index in range(len(requests))]


def test_health_over_http2_needs_no_authority(server):
    """HAProxy's checks have none, unless their configuration names one."""
    def get(path, *more):
        return [(":method", "GET"), (":scheme", "http"), (":path", path), *more], None

    def check(path, *more):
        fields = [(":method", "POST"), (":scheme", "http"), (":path", path), ("te", "trailers"), ("content-type", "application/grpc")]
        return fields + list(more), b"\0\0\0\0\0"
    authority = (":authority", "x")
    grpc_check = "/grpc.health.v1.Health/Check"
    answers = raw(server, [
        get("/healthz"), get("/readyz"), get("/readyz?verbose"), check(grpc_check), get("/v1/models", authority), get("/healthz"),
        get("/v1/models"), get("/"), check("/rollcall.v1.ModelCatalog/ListModels"), get("/healthz", ("connection", "close")),
        get("/healthz", authority), check(grpc_check, ("host", "x"))])
    assert [answer if isinstance(answer, int) else int(answer[":status"]) for answer in answers] == [
        200, 200, 200, 200, 200, 200, 1, 1, 1, 1, 200, 200]
