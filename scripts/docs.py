"""Makes a static site of the DocC catalogues: docs.py SYMBOL_GRAPHS OUTPUT.

In the repository documents link each other as files do. Here copies of them get DocC's links: to articles of the same
catalogue by name, so that docc checks them, to those of other catalogues by their place in the site. Links to code
become plain text.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import check_docs


def place(path):
    """Where the site has the article of a file; nil for what is no article."""
    if path.suffix != ".md" or path.parent.suffix != ".docc":
        return None
    room = path.parent.stem.lower()
    return f"/documentation/{room}" if path.stem == path.parent.stem else f"/documentation/{room}/{path.stem.lower()}"


def anchor_in(path, anchor):
    """DocC's anchor of a heading, of that by which browsers of files know it."""
    for heading in check_docs.headings(path.read_text()):
        if check_docs.slug(heading) == anchor:
            return re.sub(r"[^\w\-.~]", "", re.sub(r"\s+", "-", heading.replace("`", "").replace("'", "")))
    raise SystemExit(f"{path} has no heading #{anchor}")


def rewrite(path):
    def link(match):
        text, target = match.groups()
        if re.match(r"[a-z]+:", target):
            return match[0]
        file, _, anchor = target.partition("#")
        other = (path.parent / file).resolve() if file else path
        where = place(other)
        if where is None:
            return text
        if anchor:
            anchor = "#" + anchor_in(other, anchor)
        if other.parent == path.parent:
            return f"[{text}](doc:{other.stem}{anchor})"
        return f"[{text}]({where}{anchor})"

    lines = path.read_text().splitlines()
    outside = {number for number, _ in check_docs.prose(path.read_text())}
    topics = False
    for index, line in enumerate(lines):
        if index + 1 not in outside:
            continue
        if line.startswith("## "):
            topics = line == "## Topics"
        line = re.sub(r"\[([^]]*)\]\(([^)\s]+)\)", link, line)
        lines[index] = re.sub(r"^- \[[^]]*\]\((doc:[^)]+)\)$", r"- <\1>", line) if topics else line
    return "\n".join(lines) + "\n"


def module_graph(name):
    """A symbol graph without symbols, for a module that SwiftPM makes none of: the executable."""
    return {
        "metadata": {"formatVersion": {"major": 0, "minor": 6, "patch": 0}, "generator": "scripts/docs"},
        "module": {
            "name": name,
            "platform": {"architecture": "x86_64", "vendor": "unknown", "operatingSystem": {"name": "linux"}}},
        "symbols": [], "relationships": []}


def convert(catalog, graphs, work):
    """Makes the archive of one catalogue; returns what docc complains of in its documents."""
    room = catalog.stem
    copy = work / catalog.name
    copy.mkdir()
    for path in sorted(catalog.glob("*.md")):
        (copy / path.name).write_text(rewrite(path))
    inputs = work / f"{room}-graphs"
    inputs.mkdir()
    graph = graphs / f"{room}.symbols.json"
    if graph.exists():
        shutil.copy(graph, inputs)
    else:
        (inputs / graph.name).write_text(json.dumps(module_graph(room)))
    archive = work / f"{room}.doccarchive"
    diagnostics = work / f"{room}.json"
    done = subprocess.run(
        ["docc", "convert", copy, "--additional-symbol-graph-dir", inputs, "--output-path", archive,
         "--fallback-display-name", room, "--fallback-bundle-identifier", f"rollcall.{room}",
         "--transform-for-static-hosting", "--diagnostics-file", diagnostics],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise SystemExit(f"docc convert of {room} failed:\n{done.stdout[-4000:]}")
    found = json.loads(diagnostics.read_text()).get("diagnostics", []) if diagnostics.exists() else []
    return archive, [
        f"{catalog.name}/{pathlib.PurePosixPath(entry['source']).name}:"
        f"{entry.get('range', {}).get('start', {}).get('line', 0)}: {entry['summary']}"
        for entry in found if entry.get("source", "").endswith(".md")]


def main(graphs, output):
    catalogs = sorted((check_docs.ROOT / "Sources").glob("*/*.docc"))
    with tempfile.TemporaryDirectory() as directory:
        work = pathlib.Path(directory)
        archives, complaints = [], []
        for catalog in catalogs:
            archive, found = convert(catalog, graphs, work)
            archives.append(archive)
            complaints += found
        site = work / "site"
        subprocess.run(
            ["docc", "merge", *archives, "--output-path", site, "--synthesized-landing-page-name", "Rollcall",
             "--synthesized-landing-page-kind", "Documents"], check=True)
        shutil.rmtree(output, ignore_errors=True)
        output.parent.mkdir(exist_ok=True)
        shutil.copytree(site, output)
    pages = sum(1 for _ in output.rglob("index.html"))
    print(f"{pages} pages of {len(catalogs)} catalogues in {os.path.relpath(output)}")
    if complaints:
        print("docc complains:\n  " + "\n  ".join(complaints))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])))
