"""The attacks, the checks and the honest clients by name, and the context in which each of them runs."""

import collections
import dataclasses
import time

ATTACKS, SLOW, CHECKS, HONEST = {}, {}, {}, {}


@dataclasses.dataclass
class Entry:
    name: str
    run: object
    # The load, for the table.
    rate: str
    # Extra arguments of the server, its limit of descriptors (None: that of this process), and the number of engines.
    arguments: tuple = ()
    descriptors: int | None = None
    engines: int = 10
    # Models of each engine; None: as many as make 120.
    models: int | None = None
    # Whether the short form has it.
    is_quick: bool = True
    # Seconds that it takes by itself; None: as long as the others.
    seconds: float | None = None
    # The same in the long form; None: no other than in the short one, and never less than the others.
    long_seconds: float | None = None
    # Seconds over TLS in the short form, where each connection costs the attacker a handshake; None: no other than without.
    tls_seconds: float | None = None
    # Connections that it holds at once, when they are many: over TLS each has buffers of its own in the server.
    connections: int = 0
    # Whether it needs so little of the machine that it may run beside others.
    is_light: bool = False
    # Whether it is about TLS itself.
    needs_tls: bool = False

    @property
    def about(self):
        return " ".join(self.run.__doc__.split())

    @property
    def fleet(self):
        """Entries with the same can share a server."""
        return self.arguments, self.descriptors, self.engines, self.models


def attack(rate, **options):
    """A load beside which the good client is measured."""
    return enter(ATTACKS, rate, options)


def slow(rate, **options):
    """A few connections that wait for the server's deadlines; not measured."""
    return enter(SLOW, rate, options)


def check(expected, **options):
    """One exchange with an expected answer."""
    return enter(CHECKS, expected, options)


def honest(rate, **options):
    """A client that must not be cut."""
    return enter(HONEST, rate, options)


def enter(table, rate, options):
    def add(function):
        name = function.__name__.replace("_", "-")
        table[name] = Entry(name, function, rate, **options)
        return function

    return add


class Run:
    """The context of an entry: the server, the time that the entry has, and the place of its findings."""

    def __init__(self, target, seconds, is_quick, stop=None):
        self.target, self.seconds, self.is_quick, self.stop = target, seconds, is_quick, stop
        self.start = time.monotonic()
        self.outcomes, self.findings, self.sent = collections.Counter(), [], 0
        self.notes = []

    @property
    def is_over(self):
        return time.monotonic() - self.start > self.seconds or bool(self.stop and self.stop.is_set())

    @property
    def passed(self):
        return time.monotonic() - self.start

    def begin(self):
        """Begins the time of the entry anew, behind work that it had to do beforehand."""
        self.start = time.monotonic()

    def pause(self, seconds):
        """Waits, but not beyond the end."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self.is_over:
            time.sleep(min(0.05, max(0, until - time.monotonic())))

    def ticks(self, rate, tick=0.02):
        """How many units are due, again and again until the end, at so many a second."""
        done = 0
        while not self.is_over:
            due = int(self.passed * rate) + 1
            # A late tick is not made up for in one burst.
            yield (count := min(due - done, max(1, int(rate * tick * 5))))
            done = due if due - done > count else done + count
            time.sleep(max(0, tick - (self.passed % tick)))

    def find(self, finding):
        if finding not in self.findings:
            self.findings.append(finding)

    def ended(self, *connections):
        """Records the outcome of connections, and closes them."""
        for connection in connections:
            # The end may stand behind an answer that was not read; of many connections not all of it is worth the time.
            wait, most = (0.05, 32 << 20) if len(connections) < 20 else (0, 64 << 10)
            while connection.received_count < most and connection.take(wait):
                pass
            self.outcomes[connection.outcome()] += 1
            connection.close()

    def ended_unread(self, connection):
        """The same for a connection that has more to read than the entry needs."""
        self.outcomes[connection.outcome()] += 1
        connection.close()

    @property
    def became(self):
        shown = [f"{how} ({count:,})" if count > 1 else how for how, count in self.outcomes.most_common(2)]
        rest = len(self.outcomes) - len(shown)
        return "; ".join(shown + self.notes + ([f"{rest} more"] if rest > 0 else []))
