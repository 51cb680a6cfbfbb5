"""Engines behind names, asked of a real name server: addresses, services, and what goes wrong with either."""

import re
import signal
import time

import httpx
import pytest

import harness
import name_server
from name_server import ZONE


@pytest.fixture
def names(start, tmp_path):
    name_server.needed()
    return start.keep(name_server.NameServer(tmp_path))


@pytest.fixture
def engine(start):
    """One engine, at its port of whatever address is asked."""
    return start.keep(harness.Engine([harness.card("m")], host="0.0.0.0"))


@pytest.fixture
def serve(start, names):
    def serve(*places, timeout=1):
        arguments = [word for place in places for word in ("--dns", place)]
        return start.server(*arguments, "--dns-interval", "200ms", through=names.only(timeout))

    return serve


def engines(server):
    """Where the model is."""
    models = httpx.get(f"{server.url}/v1/models", params={"view": "full"}).raise_for_status().json()["data"]
    return {replica["endpoint"].removeprefix("http://") for model in models for replica in model["replicas"]}


def is_up(server):
    """Whether the name can be asked for."""
    text = httpx.get(f"{server.url}/metrics").raise_for_status().text
    return re.search(r'(?m)^rollcall_source_up\{source="dns/[^"]*"\} (\d)$', text)[1] == "1"


def become(server, expected):
    try:
        harness.eventually(lambda: engines(server) == expected, "the engines")
    except AssertionError:
        assert engines(server) == expected


def test_every_address_of_a_name_is_an_engine(names, serve, engine):
    port = engine.port
    names.put({"vllm": ["127.0.1.1", "127.0.1.2", "127.0.1.3"]})
    server = serve(f"vllm.{ZONE}:{port}").ready()
    become(server, {f"127.0.1.{n}:{port}" for n in (1, 2, 3)})
    names.put({"vllm": ["127.0.1.2", "127.0.1.3", "127.0.1.4"]})
    become(server, {f"127.0.1.{n}:{port}" for n in (2, 3, 4)})


def test_addresses_of_both_families_are_engines(names, serve, start):
    both = start.keep(harness.Engine([harness.card("m")], host="::"))
    names.put({"vllm": ["127.0.1.1", "::1"]})
    server = serve(f"vllm.{ZONE}:{both.port}").ready()
    become(server, {f"127.0.1.1:{both.port}", f"[::1]:{both.port}"})


def test_an_answer_that_needs_tcp_is_taken_whole(names, serve, engine):
    addresses = [f"127.0.{net}.{n}" for net in (1, 2, 3) for n in range(1, 101)]
    names.put({"vllm": addresses})
    server = serve(f"vllm.{ZONE}:{engine.port}").ready()
    become(server, {f"{address}:{engine.port}" for address in addresses})


def test_services_tell_hosts_and_ports(names, serve, start):
    first, second = (start.keep(harness.Engine([harness.card("m")], host="0.0.0.0")) for _ in range(2))
    names.put({"a": ["127.0.1.1"], "b": ["127.0.1.2", "127.0.1.3"]})
    names.put_services([("_http._tcp.vllm", "a", first.port), ("_http._tcp.vllm", "b", second.port)])
    server = serve(f"srv:_http._tcp.vllm.{ZONE}").ready()
    become(server, {f"127.0.1.1:{first.port}", f"127.0.1.2:{second.port}", f"127.0.1.3:{second.port}"})
    # A target that has no address any more.
    names.put({"b": ["127.0.1.2", "127.0.1.3"]})
    become(server, {f"127.0.1.2:{second.port}", f"127.0.1.3:{second.port}"})


def test_many_services_are_taken_whole(names, serve, engine):
    hosts = [f"pod-{n}" for n in range(1, 61)]
    names.put({host: [f"127.0.1.{n}"] for n, host in enumerate(hosts, 1)})
    names.put_services([("_http._tcp.vllm", host, engine.port) for host in hosts])
    server = serve(f"srv:_http._tcp.vllm.{ZONE}").ready()
    become(server, {f"127.0.1.{n}:{engine.port}" for n in range(1, 61)})


@pytest.mark.parametrize("service", [False, True])
def test_a_name_server_that_is_gone_takes_no_engine_with_it(names, serve, engine, service):
    names.put({"vllm": ["127.0.1.1", "127.0.1.2"]})
    names.put_services([("_http._tcp.vllm", "vllm", engine.port)])
    server = serve(f"srv:_http._tcp.vllm.{ZONE}" if service else f"vllm.{ZONE}:{engine.port}").ready()
    expected = {f"127.0.1.{n}:{engine.port}" for n in (1, 2)}
    become(server, expected)
    names.stop()
    harness.eventually(lambda: not is_up(server), "the source to be down")
    assert engines(server) == expected
    names.put_services([("_http._tcp.vllm", "vllm", engine.port)])
    harness.eventually(lambda: is_up(server), "the source to be up")
    names.put({"vllm": ["127.0.1.1", "127.0.1.2", "127.0.1.3"]})
    become(server, expected | {f"127.0.1.3:{engine.port}"})


@pytest.mark.parametrize("service", [False, True])
def test_a_name_that_is_suddenly_unknown_takes_no_engine_with_it(names, serve, engine, service):
    names.put({"vllm": ["127.0.1.1", "127.0.1.2"]})
    names.put_services([("_http._tcp.vllm", "vllm", engine.port)])
    server = serve(f"srv:_http._tcp.vllm.{ZONE}" if service else f"vllm.{ZONE}:{engine.port}").ready()
    expected = {f"127.0.1.{n}:{engine.port}" for n in (1, 2)}
    become(server, expected)
    names.put({})
    names.put_services([])
    harness.eventually(lambda: server.metric("rollcall_source_doubted_engines") == 2, "the doubt")
    assert engines(server) == expected and is_up(server)


def test_a_name_that_is_not_there_yet_is_no_error(names, serve, engine):
    server = serve(f"vllm.{ZONE}:{engine.port}", f"srv:_http._tcp.other.{ZONE}").ready()
    assert server.models() == []
    asked = names.asked()
    harness.eventually(lambda: names.asked() > asked, "another question")
    names.put({"vllm": ["127.0.1.1"]})
    become(server, {f"127.0.1.1:{engine.port}"})


def test_a_name_server_that_says_nothing_holds_nobody_up(names, serve, engine):
    names.put({"vllm": ["127.0.1.1"]})
    server = serve(f"vllm.{ZONE}:{engine.port}", timeout=20).ready()
    become(server, {f"127.0.1.1:{engine.port}"})
    names.process.signal(signal.SIGSTOP)

    def waits():
        before = server.metric("rollcall_source_answers_total")
        time.sleep(1)  # of five questions, were they answered
        return before == server.metric("rollcall_source_answers_total")

    try:
        harness.eventually(waits, "a question without an answer")
        assert engines(server) == {f"127.0.1.1:{engine.port}"}
        server.signal(signal.SIGTERM)
        assert server.wait(timeout=4) == 0
    finally:
        names.process.signal(signal.SIGCONT)
