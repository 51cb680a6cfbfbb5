"""The measurements of scripts/bench, by name."""

import argparse

import bench_catalog
import bench_metrics
import bench_probes
import bench_queries
import bench_requests
import bench_tls


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one short round: whether it runs, not how fast")
    parser.add_argument("--only", choices=["requests", "tls", "queries", "catalog", "metrics", "probes"])
    parser.add_argument(
        "--against", metavar="EXECUTABLE",
        help="with --only requests: another build of rollcall to compare with, instead of nghttpd")
    options = parser.parse_args()
    if options.against and options.only != "requests":
        parser.error("--against goes with --only requests")
    rounds = 1 if options.quick else options.rounds
    if options.only in (None, "requests"):
        bench_requests.main(rounds, options.quick, options.against)
    if options.only in (None, "tls"):
        bench_tls.main(rounds, options.quick)
    if options.only in (None, "queries"):
        bench_queries.main(rounds, options.quick)
    if options.only in (None, "catalog"):
        bench_catalog.main(rounds)
    if options.only in (None, "metrics"):
        bench_metrics.main(rounds)
    if options.only in (None, "probes"):
        bench_probes.main(rounds, options.quick)


if __name__ == "__main__":
    main()
