#!/usr/bin/env python3
"""Compares the documents with each other and with the code; prints what differs and fails if anything does.

It looks at links and anchors, flags, environment variables, keys of the configuration file, metrics, limits, kinds of
engines, fields of a dialect, names of types, configurations of proxies, and the README's size. Needs Python alone, and runs in a second.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
README_LIMIT = 10_240
COMMAND_LINE = "Sources/rollcall/rollcall.docc/CommandLine.md"
CONFIGURATION = "Sources/rollcall/rollcall.docc/Configuration.md"
METRICS = "Sources/rollcall/rollcall.docc/Metrics.md"
LIMITS = "Sources/rollcall/rollcall.docc/Limits.md"
PROXIES = "Sources/rollcall/rollcall.docc/Proxies.md"
ENGINES = "Sources/Fleet/Fleet.docc/Engines.md"
DIALECT = "Sources/Fleet/Fleet.docc/AddingADialect.md"

# Flags of other programs that the documents mention.
OTHER_FLAGS = {
    "--accept", "--api-key", "--binary", "--data-urlencode", "--enable-metrics", "--help", "--json", "--list", "--metrics", "--only",
    "--port", "--quick", "--sleep-idle-seconds", "--url-prefix", "--version"}
# Constants that are named like limits and that no client and no operator meets: budgets of one turn, sizes of buffers,
# caches whose overflow costs time alone, checks of what other checks let through.
INTERNAL_LIMITS = set("""
CatalogWriter.forgettingLimit CompressedBodyCache.countLimit CompressedBodyCache.refusedLimit DifferenceCache.countLimit EventsCommand.limit FullEncoder.quickLimit IdleConnections.limit
Housekeeper.forgettingLimit LeafReadings.maxAge LeafTerms.bitLimit ListBody.writtenLimit ListMaker.sortLimit ListMaker.visitLimit
ListResult.leafLimit ListResult.scatteredLimit ListResultCache.rankLimit LoopState.preparedLimit Model.maxModelLen ModelCard.maxModelLen
ModelResponder.replicaLimit Observation.textLimit Observation.viaLimit PageCache.answerLimit PageCache.requestLimit
PageRequest.defaultLimit PastSnapshotCache.countLimit Replica.maxModelLen ReplicaFacts.maxModelLen SampleReader.labelLimit
ScaleRead.defaultLimit Settings.maxConcurrentStreams Settings.maxHeaderFields Settings.maxHeaderListSize SnapshotCache.rebuiltLimit StoreHead.limit StreamPool.limit TokenPosition.textLimit TokenPosition.valueLimit
WatchModelsHandler.gatheringLimit
""".split())
# The heading of the limits that `--limit` sets; their table in the code is Sources/HTTP/Limit.swift.
CLIENT_LIMITS = "Limits of clients"
# Rows of the limits whose number is no constant.
LIMITS_WITHOUT_CONSTANT = {"processes on one data directory"}

problems = []


def report(title, lines):
    lines = sorted(lines)
    if lines:
        problems.append(f"{title}:\n" + "\n".join(f"  {line}" for line in lines))


def compare(what, code, documents, place):
    report(f"{what} that the code has and {place} does not", code - documents)
    report(f"{what} that {place} has and the code does not", documents - code)


# Documents.

def documents():
    return [ROOT / "README.md", *sorted((ROOT / "Sources").glob("*/*.docc/*.md"))]


def read(path):
    return (ROOT / path).read_text() if (ROOT / path).exists() else ""


def prose(text):
    """The lines outside of code blocks, with their numbers."""
    fence = None
    for number, line in enumerate(text.splitlines(), 1):
        if match := re.match(r"\s*(>\s*)*(```|~~~)", line):
            fence = None if fence == match[2] else fence or match[2]
            continue
        if fence is None and not line.startswith("    "):
            yield number, line


def headings(text):
    for _, line in prose(text):
        if match := re.match(r"#+ +(.*)", line):
            yield match[1].strip()


def slug(heading):
    """A heading's anchor, as browsers of files make it."""
    words = re.sub(r"[`*]", "", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)).lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")


def links(text):
    """The targets of links, with the numbers of their lines."""
    for number, line in prose(text):
        line = re.sub(r"(`+).*?\1", lambda match: "`" * len(match[0]) if "](" not in match[0] else match[0], line)
        for target in re.findall(r"\]\(([^)\s]+)\)", line):
            yield number, target


def cells(line):
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def tables(text):
    """Each table with the heading that it stands under, as (heading, [row, ...]); a row is a list of cells."""
    heading, rows, found = "", [], []
    for _, line in [*prose(text), (0, "")]:
        if line.startswith("|"):
            rows.append(cells(line))
            continue
        if rows:
            found.append((heading, rows[2:]))
            rows = []
        if line.startswith("#"):
            heading = line.lstrip("#").strip()
    return found


def rows(path, heading=None):
    return [row for title, table in tables(read(path)) if heading in (None, title) for row in table]


def quoted(cell):
    return re.findall(r"`([^`]+)`", cell)


# Code.

def swift(*parts):
    directory = ROOT.joinpath("Sources", *parts)
    return [directory] if directory.is_file() else sorted(directory.rglob("*.swift"))


def uncommented(text):
    return re.sub(r"(?m)(^|[ \t])//.*$", r"\1", text)


def kebab(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


class Command:
    """A command or a group of options, as its Swift source declares it."""

    def __init__(self, name, kind, body):
        self.name, self.kind = name, kind
        self.groups = re.findall(r"@OptionGroup\s+(?:private )?var \w+: (\w+)", body)
        self.flags = {}
        for match in re.finditer(r"@(?:Option|Flag)\b(.*?)\bvar (\w+)", body, re.S):
            attributes, variable = match.groups()
            names = re.findall(r'\.customLong\("([^"]+)"', attributes) or [kebab(variable)]
            text = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', attributes.replace('"""', '"').replace("\\\n", "")))
            default = re.search(r"\(default: (.*?)\)", text)
            for flag in names:
                self.flags["--" + flag] = default[1] if default and "\\(" not in default[1] else None


def commands():
    """Each command's flags, those of its groups with them: {command: {flag: default as its help says, or None}}."""
    declared = {}
    for path in swift("rollcall"):
        text = uncommented(path.read_text())
        starts = list(re.finditer(r"(?m)^(?:struct|extension) (\w+)(?:: ([\w, ]+))? \{", text))
        for index, start in enumerate(starts):
            if not re.search(r"AsyncParsableCommand|ParsableCommand|ParsableArguments", start[2] or ""):
                continue
            end = starts[index + 1].start() if index + 1 < len(starts) else len(text)
            body = text[start.end():end]
            name = re.search(r'commandName: "(\w+)"', body)
            declared[start[1]] = Command(name[1] if name else start[1].lower(), start[2], body)

    def flags(command):
        found = dict(command.flags)
        for group in command.groups:
            found |= flags(declared[group])
        return found

    return {command.name: flags(command) for command in declared.values() if "Command" in command.kind}


def strings(path, *names):
    """The texts in the array literals that constants of these names hold."""
    found = set()
    for file in swift(*path):
        for name in names:
            for match in re.finditer(rf"let {name}\b[^=]*=\s*\[(.*?)\]", file.read_text(), re.S):
                found |= set(re.findall(r'"([^"]+)"', match[1]))
    return found


# A number of things, a size or a time in Swift.
NUMBER = r"[0-9][0-9_]*(?:\.[0-9]+)?(?: *(?:<<|\*) *[0-9][0-9_]*)*"
VALUE = rf"(?:(?:Duration|TimeAmount)?\.(?:milliseconds|seconds|minutes|hours)\({NUMBER}\)|{NUMBER})"


def amount(text):
    """(value, unit) of one of the above; the unit of times is `ms`."""
    match = re.fullmatch(rf"(?:(?:Duration|TimeAmount)?\.(\w+)\()?({NUMBER})\)?", text.strip())
    value = 1
    for operator, digits in re.findall(r"(<<|\*)? *([0-9][0-9_]*(?:\.[0-9]+)?)", match[2]):
        number = float(digits) if "." in digits else int(digits.replace("_", ""))
        value = value << number if operator == "<<" else value * number
    factors = {"milliseconds": 1, "seconds": 1_000, "minutes": 60_000, "hours": 3_600_000}
    return (value * factors[match[1]], "ms") if match[1] else (value, "")


def spellings(value, unit):
    """How documents write an amount."""
    units = [(1, " ms"), (1_000, " s"), (60_000, " min"), (3_600_000, " h"), (86_400_000, " d")]
    if unit != "ms":
        units = [(1, ""), (1 << 10, " KiB"), (1 << 20, " MiB"), (1 << 30, " GiB")]
    return [f"{value // size:,}{name}" for size, name in units if value % size == 0 and value >= size]


def constants():
    """{(type, name): (file, [amount, ...])} of all constants and defaults in the code that are one amount or a range."""
    found = {}
    for path in swift():
        scopes = []
        for line in uncommented(path.read_text()).splitlines():
            indent = len(line) - len(line.lstrip())
            if line.strip():
                scopes = [scope for scope in scopes if scope[0] < indent]
            declaration = re.match(
                r"\s*(?:@\w+ )?(?:(?:package|public|private|fileprivate|internal|final|indirect|nonisolated) )*"
                r"(?:struct|class|enum|actor|extension|protocol) (\w+)", line)
            if declaration:
                scopes.append((indent, declaration[1]))
                continue
            for match in re.finditer(
                    rf"\b(?:(?P<kind>let|var) )?(?P<name>\w+)(?:: [\w<>.]+)? *(?:=|\{{) *"
                    rf"(?P<low>{VALUE})(?: *\.\.[.<] *(?P<high>{VALUE}))?(?= *(?:$|[,)}}]))", line):
                if not match["kind"] and not re.search(rf"\b{match['name']}: ", line):
                    continue
                amounts = [amount(match[part]) for part in ("low", "high") if match[part]]
                for _, scope in scopes:
                    # A variable that a function declares is no constant of its type.
                    if match["kind"] is None or re.match(r"\s*(?:\w+(?:\(set\))? )*(?:let|var)", line):
                        found.setdefault((scope, match["name"]), (path, amounts))
    return found


# The checks.

def check_links():
    dead = []
    texts = {path: path.read_text() for path in documents()}
    reached = set()
    for path, text in texts.items():
        for number, target in links(text):
            if re.match(r"[a-z]+:", target):
                continue
            place, _, anchor = target.partition("#")
            file = (path.parent / place).resolve() if place else path
            where = f"{path.relative_to(ROOT)}:{number}: {target}"
            if target.startswith("/") or not file.is_relative_to(ROOT) or not file.exists():
                dead.append(where)
                continue
            if file != path:
                reached.add(file)
            if anchor and anchor not in {slug(heading) for heading in headings(file.read_text())}:
                dead.append(f"{where} (no such heading)")
    report("dead links", dead)
    report("documents that no document links", {
        str(path.relative_to(ROOT)) for path in texts
        if path not in reached and path.name != "README.md" and path.stem != path.parent.stem})
    report("landing pages that are missing", {
        str((catalog / f"{catalog.stem}.md").relative_to(ROOT))
        for catalog in (ROOT / "Sources").glob("*/*.docc") if not (catalog / f"{catalog.stem}.md").exists()})


def check_flags():
    known = commands()
    if not known.get("serve"):
        report("scripts/check_docs.py", ["finds no flags in Sources/rollcall/Commands"])
        return
    for command, flags in known.items():
        if command == "rollcall":
            continue
        table = (
            [row for row in rows(CONFIGURATION, "Configuration") if len(row) == 5] if command == "serve"
            else rows(COMMAND_LINE, f"rollcall {command}"))
        if "--server" in flags and command != "serve":
            table = table + rows(COMMAND_LINE, "The server")
        place = CONFIGURATION if command == "serve" else f"{COMMAND_LINE}, 'rollcall {command}',"
        compare(f"flags of rollcall {command}", set(flags), {name for row in table for name in quoted(row[0])}, place)
    serve = known["serve"]
    wrong = []
    for flag, _, _, default, _ in (row for row in rows(CONFIGURATION, "Configuration") if len(row) == 5):
        told = serve.get(flag.strip("`"))
        if told is not None and told.replace("`", "") != default.replace("`", ""):
            wrong.append(f"{flag}: the document says {default or 'nothing'}, --help says {told}")
    report("defaults", wrong)
    every = {flag for flags in known.values() for flag in flags} | OTHER_FLAGS
    unknown = []
    for path in documents():
        for number, line in enumerate(path.read_text().splitlines(), 1):
            for flag in re.findall(r"(?<![\w-])--[a-z][a-z-]*[a-z]", line):
                if flag not in every:
                    unknown.append(f"{path.relative_to(ROOT)}:{number}: {flag}")
    report("flags that no command has", unknown)


def check_settings():
    table = [row for row in rows(CONFIGURATION, "Configuration") if len(row) == 5]
    config = {path.name: path.read_text() for path in swift("rollcall", "Config")}

    def read(reader, *files):
        """The keys that such a reader is asked for."""
        return {
            key for file in files
            for key in re.findall(rf'\b{reader}\.(?:value|list|take)\("(\w+)"', config.get(file, ""))}

    # Settings of one value are read in one place from the environment and from the file.
    common = read("reader", "SettingsLayer.swift")
    variables = {
        f"ROLLCALL_{key.upper()}" for key in common | read("variables", "SettingsLayer+Environment.swift")}
    compare("variables of the environment", variables, {name for row in table for name in quoted(row[1])}, CONFIGURATION)
    report("variables of the environment that are not named after their flags", {
        f"{flag}: {variable}" for flag, variable, *_ in table
        if variable and variable.strip("`") != "ROLLCALL_" + flag.strip("`-").upper().replace("-", "_")})
    keys = common | read("mapping", "SettingsLayer+File.swift")
    compare(
        "keys of the configuration file", keys,
        {name for row in table if " of " not in row[2] for name in quoted(row[2])}, CONFIGURATION)
    cluster = strings(("rollcall", "Config", "KubernetesNode.swift"), "keys")
    report("keys of kubernetes that the code does not have", {
        quoted(row[2])[0] for row in table if " of " in row[2]} - cluster)
    table = (ROOT / "Sources" / "Fleet" / "Engine" / "EngineOption.swift").read_text()
    names = {text or name for name, text in re.findall(r'(?m)^  case (\w+)(?: = "([a-z-]+)")?$', table)}
    options = rows(CONFIGURATION, "Engines")
    engine = {name.replace("-", "_") for name in names} | {"labels"}
    compare("keys of an engine", engine, {name for row in options for name in quoted(row[1])}, CONFIGURATION)
    compare("options of an engine", names | {"labels.NAME"}, {name for row in options for name in quoted(row[0])}, CONFIGURATION)


def check_metrics():
    code = {
        name for path in swift() if "Simulator" not in path.parts
        for name in re.findall(r'"(rollcall_[a-z_]+)"', path.read_text())}
    code |= {
        name for path in swift("Services") if path.name == "ProcessMetrics.swift"
        for name in re.findall(r'"(process_[a-z_]+)"', path.read_text())}
    told = [name for row in rows(METRICS) for name in quoted(row[0])]
    compare("metrics", code, set(told), METRICS)
    report("metrics that the table has twice", {name for name in told if told.count(name) > 1})
    unknown = []
    dashboards = sorted((ROOT / "scripts/deploy").rglob("*.json"))
    for path in [*documents(), *dashboards]:
        for name in set(re.findall(r"\brollcall_[a-z_]*[a-z]\b", re.sub(r"__meta_rollcall_\w*", "", path.read_text()))):
            if name not in code and re.sub(r"_(bucket|sum|count)$", "", name) not in code:
                unknown.append(f"{path.relative_to(ROOT)}: {name}")
    report("metrics that the code does not have", unknown)


def client_limits():
    """{name: (default, unit)} of the limits of clients, as their table in the code has them."""
    text = read("Sources/HTTP/Limit.swift")
    found = re.findall(r'Row\(\s*"([a-z-]+)",\s*\.(\w+),\s*([0-9_]+),', text)
    return {name: (int(default.replace("_", "")), unit) for name, unit, default in found}


def limit_spellings(value, unit):
    """How the document writes the default of a limit of clients."""
    texts = spellings(value, "ms" if unit == "milliseconds" else "") if value else ["0"]
    if "bytes" not in unit and unit != "milliseconds":
        texts = [f"{value:,}"]
    return [text + "/s" for text in texts] if unit.endswith("erSecond") else texts


def check_client_limits():
    code, table = client_limits(), rows(LIMITS, CLIENT_LIMITS)
    cases = re.findall(r"(?m)^    case \.\w+:", read("Sources/HTTP/Limit.swift"))
    if not code or len(code) != len(cases):
        report("scripts/check_docs.py", [f"finds {len(code)} of {len(cases)} rows in Sources/HTTP/Limit.swift"])
    named = [name for row in table for name in quoted(row[0])]
    compare("limits of clients", set(code), set(named), LIMITS)
    report("limits of clients that the table has twice", {name for name in named if named.count(name) > 1})
    report("defaults of limits of clients", {
        f"{name}: the code has {limit_spellings(*code[name])[-1]}, the document {row[1]}"
        for row in table for name in quoted(row[0]) if name in code and row[1] not in limit_spellings(*code[name])})
    report("limits of clients without an answer", {row[0] for row in table if len(row) != 4 or not row[2] or not row[3]})


def check_limits():
    check_client_limits()
    code = constants()
    documented, wrong = set(), []
    others = [row for title, table in tables(read(LIMITS)) if title != CLIENT_LIMITS for row in table]
    for what, limit, _, names in (row for row in others if len(row) == 4):
        found = [tuple(name.split(".")) for name in quoted(names) if "." in name]
        if not found and what not in LIMITS_WITHOUT_CONSTANT:
            wrong.append(f"{what}: no constant of the code is named")
        for name in found:
            documented.add(name)
            if name not in code:
                wrong.append(f"{what}: the code has no {'.'.join(name)}")
                continue
            for value, unit in code[name][1]:
                if not any(
                        re.search(rf"(?<![\d,.]){re.escape(text)}(?![\d,]*\d)(?! ?[KMG]iB)", limit) for text in spellings(value, unit)):
                    wrong.append(f"{what}: {'.'.join(name)} is {spellings(value, unit)[-1]}, the document says {limit}")
    report(f"limits that the code and {LIMITS} tell differently", wrong)
    like = {
        name for name in code
        if re.search(r"^limit$|Limit$|^max[A-Z]|Burst$|PerSecond$", name[1]) and "Simulator" not in code[name][0].parts}
    internal = {tuple(name.split(".")) for name in INTERNAL_LIMITS}
    report(f"limits that the code has and {LIMITS} does not", {
        f"{'.'.join(name)} ({code[name][0].relative_to(ROOT)})" for name in like - documented - internal})
    report("INTERNAL_LIMITS of scripts/check_docs.py that the code does not have", {".".join(name) for name in internal - set(code)})


def check_engines():
    kinds = set()
    for path in swift():
        if path.name == "EngineKind.swift":
            found = re.findall(r'(?m)^  case (\w+)(?: = "(.*)")?$', path.read_text())
            kinds |= {name or case for case, name in found}
        if path.name == "Dialect.swift":
            body = path.read_text().split("package struct Dialect")[1].split("\n}")[0]
            fields = set(re.findall(r"(?m)^  package var (\w+)", body)) - {"kind"}
            told = {name for row in rows(DIALECT, "What the table holds") for name in quoted(row[0])}
            compare("fields of a dialect", fields, told, DIALECT)
    compare("kinds of engines", kinds, {name for row in rows(ENGINES, "Kinds") for name in quoted(row[0])}, ENGINES)


def check_names():
    """Names of types, members and RPCs that the documents mention must be somewhere in the code."""
    words = set()
    for directory in ("Sources", "Tests", "proto"):
        for path in (ROOT / directory).rglob("*"):
            if path.suffix in {".swift", ".proto", ".h"} and "CMessages" not in path.parts:
                words |= set(re.findall(r"\w+", path.read_text()))
    unknown = []
    for path in documents():
        for number, line in prose(path.read_text()):
            for name in quoted(line):
                if not re.fullmatch(r"[A-Z][A-Za-z0-9]*[a-z][A-Z][A-Za-z0-9]*(\.\w+)?(\(.*\))?|[A-Z]\w*[a-z]\w*\.[a-z]\w*(\(.*\))?", name):
                    continue
                parts = re.findall(r"\w+", name.split("(")[0]) + re.findall(r"(\w+):", name)
                if not all(part in words for part in parts):
                    unknown.append(f"{path.relative_to(ROOT)}:{number}: {name}")
    report("names that the code does not have", unknown)


def check_size():
    size = len((ROOT / "README.md").read_bytes())
    report("README.md", [f"{size:,} bytes, more than {README_LIMIT:,}: move something into a document"] if size > README_LIMIT else [])


def check_proxies():
    """The page shows each configuration whole, as the tests use it."""
    shown = read(PROXIES)
    report("files that " + PROXIES + " does not show as they are", {
        str(path.relative_to(ROOT)) for path in (ROOT / "scripts" / "deploy" / "proxies").iterdir()
        if f"\n{path.read_text()}```\n" not in shown})


def main():
    for check in (
            check_links, check_flags, check_settings, check_metrics, check_limits, check_engines, check_names, check_proxies,
            check_size):
        check()
    print("\n\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
