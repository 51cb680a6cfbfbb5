"""The bounds of a good verdict, and the tables."""

from dataclasses import dataclass, field

# Bytes over the start at the peak; then, a minute after, a share of the start and some bytes for the noise of malloc.
PEAK, AFTER_SHARE, AFTER = 64_000_000, 0.1, 8_000_000
# More bytes at the peak for each connection over TLS of an attack that holds many: NIOSSL's buffers for a record in each direction.
TLS_CONNECTION = 60_000
# The factor by which the 99th percentile may grow, and the seconds that are always allowed.
SLOWER, FAST_ENOUGH = 2.0, 0.005
# Bytes over the start that end an attack.
BOUND = 400_000_000
# Whether latencies count: they do not where other work shares the processors.
judges_latency = True


@dataclass
class Measured:
    """One attack. Memory in bytes, times in seconds."""

    name: str
    rate: str
    memory: tuple = (0, 0, 0)  # at the start, at the peak, after
    p50: tuple = (0.0, 0.0)  # before and during
    p99: tuple = (0.0, 0.0)
    errors: list = field(default_factory=list)
    is_alive: bool = True
    findings: list = field(default_factory=list)
    became: str = ""
    sent: int = 0
    attempts: int = 1
    # Connections over TLS that the attack holds.
    tls_connections: int = 0

    @property
    def allowed_after(self):
        return self.memory[0] * (1 + AFTER_SHARE) + AFTER

    @property
    def is_slow(self):
        return judges_latency and self.p99[1] > max(FAST_ENOUGH, SLOWER * self.p99[0])

    def failures(self):
        """The bounds that the attack crossed; empty when the verdict is good."""
        start, peak, after = self.memory
        found = [] if self.is_alive else ["the server ended"]
        if peak > start + PEAK + self.tls_connections * TLS_CONNECTION:
            found.append(f"{(peak - start) / 1e6:,.0f} MB more at the peak")
        if self.is_alive and after > self.allowed_after:
            found.append(f"{(after - start) / 1e6:,.0f} MB more afterwards")
        if self.is_slow:
            found.append(f"p99 {self.p99[1] * 1e3:.1f} ms, {self.p99[0] * 1e3:.1f} ms before")
        if self.errors:
            found.append(f"{len(self.errors)} errors of the good client, such as {self.errors[0]}")
        return found + self.findings

    @property
    def row(self):
        megabytes = [f"{bytes / 1e6:,.0f}" for bytes in self.memory]
        times = [f"{before * 1e3:.1f} -> {during * 1e3:.1f}" for before, during in (self.p50, self.p99)]
        return [
            self.name, self.rate, f"{self.sent:,}", *megabytes, *times, f"{len(self.errors)}", self.became,
            "; ".join(self.failures()) or "good"]

    HEAD = [
        "attack", "sent", "units", "MB at start", "at peak", "after", "p50 ms", "p99 ms", "errors",
        "outcome of the attacker", "verdict"]


@dataclass
class Checked:
    """A check, a slow attack or an honest client."""

    name: str
    load: str
    became: str
    findings: list

    def failures(self):
        return self.findings

    @property
    def row(self):
        return [self.name, self.load, self.became, "; ".join(self.findings) or "good"]


def table(head, rows):
    """A Markdown table, its columns as wide as they must be in a terminal."""
    lines = [head, *([str(cell).replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    made = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() + " |" for line in lines]
    return "\n".join([made[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *made[1:]])
