"""scripts/check_docs.py finds what is on one side alone: each case breaks a copy of the documents or of the code."""

import importlib.util
import pathlib
import shutil

import pytest

ROOT = pathlib.Path(__file__).parents[2]
ARTICLES = "Sources/rollcall/rollcall.docc"

# What breaks, the check that finds it, the file or a text by which it is found in the code, and the change.
CASES = [
    ("a link", "links", "README.md", ".docc/REST.md)", ".docc/RESTS.md)"),
    ("an anchor", "links", f"{ARTICLES}/Operation.md", "#targets-for-prometheus", "#targets"),
    ("a heading", "links", "Sources/Fleet/Fleet.docc/States.md", "## Frozen engines", "## Engines that freeze"),
    ("a new flag", "flags", None, "  var measureLoops = false", '  var measureLoops = false\n  @Flag(help: "x")\n  var isNew = false'),
    ("a flag that is gone", "flags", None, "var stallAfter: Duration?", "var patience: Duration?"),
    ("a flag of serve", "flags", f"{ARTICLES}/Configuration.md", "| `--rise`", "| `--raise`"),
    ("a flag of list", "flags", f"{ARTICLES}/CommandLine.md", "| `--order-by` |", "| `--sorted-by` |"),
    ("a flag in a text", "flags", "README.md", "`--forget-after`", "`--forget-soon`"),
    ("a default", "flags", f"{ARTICLES}/Configuration.md", "`forget_after` | `15m`", "`forget_after` | `16m`"),
    ("a key", "settings", f"{ARTICLES}/Configuration.md", "| `dns_interval` |", "| `dns_every` |"),
    ("a variable", "settings", f"{ARTICLES}/Configuration.md", "`ROLLCALL_FALL`", "`ROLLCALL_FELL`"),
    ("a metric", "metrics", f"{ARTICLES}/Metrics.md", "| `rollcall_revision` |", "| `rollcall_revisions` |"),
    ("a new metric", "metrics", None, '"rollcall_revision"', '"rollcall_newest_revision"'),
    ("a limit that changes", "limits", None, '"streams", .count, 1_024', '"streams", .count, 2_048'),
    ("a duration that changes", "limits", None, '"idle-time", .milliseconds, 300_000', '"idle-time", .milliseconds, 60_000'),
    ("a rate that changes", "limits", None, '"body-rate", .bytesPerSecond, 1_024', '"body-rate", .bytesPerSecond, 512'),
    ("a limit that loses its name", "limits", None, '"tasks-per-peer", .count', '"tasks-of-peer", .count'),
    ("a new limit", "limits", None, "    case .watches: Row(", '    case .pipelines: Row("pipelines", .count, 7, "x")\n    case .watches: Row('),
    ("the value of a limit", "limits", f"{ARTICLES}/Limits.md", "| `body-bytes` | 1 MiB |", "| `body-bytes` | 2 MiB |"),
    ("the unit of a limit", "limits", f"{ARTICLES}/Limits.md", "| `ping-rate` | 100/s |", "| `ping-rate` | 100 |"),
    ("a limit without an answer", "limits", f"{ARTICLES}/Limits.md", "| the answer waits |", "| |"),
    ("a limit that is not in the table", "limits", f"{ARTICLES}/Limits.md", "| `max-age` |", "| `age` |"),
    ("a constant that changes", "limits", None, "static let serviceLimit = 256", "static let serviceLimit = 257"),
    ("a new constant", "limits", None, "  static let serviceLimit = 256", "  static let serviceLimit = 256\n  static let portLimit = 7"),
    ("the value of a constant", "limits", f"{ARTICLES}/Limits.md", "| 1,024 bytes, 8 fields |", "| 1,025 bytes, 8 fields |"),
    ("a limit that is gone", "limits", f"{ARTICLES}/Limits.md", ", `Order.maxFields`", ""),
    ("a kind of engine", "engines", "Sources/Fleet/Fleet.docc/Engines.md", "| `tgi` |", "| `tgy` |"),
    ("a field of a dialect", "engines", "Sources/Fleet/Fleet.docc/AddingADialect.md", "| `versionPath`, `version` |", "| `isLame` |"),
    ("the name of a type", "names", "Sources/Fleet/Fleet.docc/States.md", "`ProbeOutcome`", "`ProbeFinding`"),
    ("a configuration of a proxy", "proxies", "scripts/deploy/proxies/nginx.conf", "grpc_read_timeout 90s", "grpc_read_timeout 60s"),
    ("the README's size", "size", "README.md", "# Rollcall\n", "# Rollcall\n" + "x" * 4_000),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    root = tmp_path_factory.mktemp("copy")
    for directory in ("Sources", "Tests", "proto", "scripts"):
        shutil.copytree(ROOT / directory, root / directory, ignore=shutil.ignore_patterns("CMessages", "__pycache__"))
    for file in ("README.md", "LICENSE"):
        shutil.copy(ROOT / file, root)
    return root


def found(root, name):
    """What one check finds in a tree."""
    specification = importlib.util.spec_from_file_location("check_docs", ROOT / "scripts/check_docs.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    module.ROOT = root
    getattr(module, f"check_{name}")()
    return module.problems


@pytest.mark.parametrize("name", sorted({case[1] for case in CASES}))
def test_documents_and_code_agree(copy, name):
    assert not found(copy, name)


@pytest.mark.parametrize("what, name, path, old, new", CASES, ids=[case[0] for case in CASES])
def test_what_differs_is_found(copy, what, name, path, old, new):
    file = copy / path if path else next(file for file in sorted(copy.glob("Sources/**/*.swift")) if old in file.read_text())
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    try:
        assert found(copy, name)
    finally:
        file.write_text(text)
