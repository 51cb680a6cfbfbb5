"""The attacks behind scripts/attack: the cost of each of them for a server and its other clients."""

import argparse
import dataclasses
import json
import os
import pathlib
import resource
import shutil
import signal
import sys
import tempfile
import time

import checks  # noqa: F401
import connection_attacks  # noqa: F401
import honest  # noqa: F401
import http1_attacks  # noqa: F401
import http2_floods  # noqa: F401
import http2_memory  # noqa: F401
import registry
import slow  # noqa: F401
import tls_attacks  # noqa: F401
import verdict
from bystanders import Bystanders
from measuring import Bench
from servers import progress


@dataclasses.dataclass
class Times:
    """Seconds that an attack lasts, that its good client is measured before, and that memory has to come back."""

    attack: float
    before: float
    after: float


LONG, QUICK = Times(10, 5, 60), Times(1.3, 2, 12)


def chosen(options):
    """The entries that the options name, by table."""
    tables = {"attacks": registry.ATTACKS, "slow": registry.SLOW, "checks": registry.CHECKS, "honest": registry.HONEST}
    known = {name for table in tables.values() for name in table} | set(tables)
    secured = {entry.name for table in tables.values() for entry in table.values() if entry.needs_tls}
    if unknown := set(options.only) - known:
        raise SystemExit(f"scripts/attack: no attack of the name {', '.join(sorted(unknown))}; --list names them")
    if not options.tls and (named := secured & set(options.only)):
        raise SystemExit(f"scripts/attack: --tls is needed for {', '.join(sorted(named))}")
    return {
        kind: [entry for entry in table.values() if (options.tls or not entry.needs_tls) and (
            entry.name in options.only or kind in options.only if options.only else entry.is_quick or not options.quick)]
        for kind, table in tables.items()}


def listing():
    for table, title in (
            (registry.ATTACKS, "attacks"), (registry.SLOW, "slow: attacks that wait for deadlines"),
            (registry.CHECKS, "checks"), (registry.HONEST, "honest: clients that must not be cut")):
        print(f"{title}\n")
        for entry in table.values():
            print(f"  {entry.name:40} {entry.rate}{' (with --tls)' if entry.needs_tls else ''}\n  {'':40} {entry.about}")
        print()


def main():
    parser = argparse.ArgumentParser(prog="scripts/attack", description=__doc__)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these, or all of attacks, slow, checks, honest")
    parser.add_argument("--quick", action="store_true", help="the short form: a few seconds for each")
    parser.add_argument(
        "--ignore-latency", action="store_true", help="show the good client's latencies, and do not judge them")
    parser.add_argument("--binary", help="the rollcall executable (default: a release build)")
    parser.add_argument("--list", action="store_true", help="name the attacks, and end")
    parser.add_argument("--json", metavar="FILE", help="write the measurements there too")
    parser.add_argument(
        "--tls", action="store_true", help="over TLS: every client of the server, and the attacks on TLS itself")
    parser.add_argument("--rounds", type=int, default=1, help="how often each attack is made (default: 1)")
    parser.add_argument("--seconds", type=float, help=f"of each attack (default: {LONG.attack:g})")
    parser.add_argument(
        "--same-address", action="store_true", help="the good client has the address of the attacker")
    parser.add_argument("--serve", nargs=argparse.REMAINDER, default=[], help="further arguments of `rollcall serve`")
    options = parser.parse_args()
    verdict.judges_latency = not options.ignore_latency
    if options.list:
        return listing()
    binary = options.binary or os.environ.get("ROLLCALL_BIN")
    if not binary:
        parser.error("ROLLCALL_BIN or --binary must name the executable")
    entries = chosen(options)
    times = dataclasses.replace(QUICK if options.quick else LONG)
    times.attack = options.seconds or times.attack
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    directory = tempfile.mkdtemp(prefix="attack-")
    started = time.monotonic()
    bench = Bench(directory, os.path.abspath(binary), times, options)
    beside = Bystanders(bench, entries, options.quick)
    attacked = []
    try:
        beside.start()
        for number in range(options.rounds):
            # Those that share a server follow each other.
            for entry in sorted(entries["attacks"], key=lambda entry: str(entry.fleet)):
                progress(f"{entry.name}: {entry.rate}")
                attacked.append(bench.measure(entry))
                if failures := attacked[-1].failures():
                    progress(f"  {entry.name}: {'; '.join(failures)}")
        beside.finish()
    finally:
        bench.stop()
        shutil.rmtree(directory, ignore_errors=True)
    tables = {
        "Attacks": (verdict.Measured.HEAD, attacked),
        "Deadlines": (["attack", "sent", "outcome", "verdict"], beside.done["slow"]),
        "Checks": (["check", "expected", "got", "verdict"], beside.done["checks"]),
        "Honest clients": (["client", "behaviour", "outcome", "verdict"], beside.done["honest"])}
    for title, (head, rows) in tables.items():
        if rows: print(f"\n{title}\n\n{verdict.table(head, [row.row for row in rows])}")
    everything = [row for _, rows in tables.values() for row in rows]
    failed = [row.name for row in everything if row.failures()]
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps([
            dataclasses.asdict(row) | {"failures": row.failures()} for row in everything], indent=2))
    print(f"\n{len(everything) - len(failed)} of {len(everything)} are good, {time.monotonic() - started:.0f} s"
          + (f"; not good: {', '.join(failed)}" if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
