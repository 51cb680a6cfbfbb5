"""Compiles the libraries that a test preloads into the program under test."""

import pathlib
import shutil
import subprocess


def compile_to(directory, source):
    """The library, by whichever compiler is there: Swift brings one."""
    library = pathlib.Path(directory) / f"{source.stem}.so"
    compiler = next(filter(None, map(shutil.which, ["cc", "clang"])), None) or compiler_of_swift()
    options = ["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([compiler, *options, "-o", library, source], check=True)
    return library


def compiler_of_swift():
    return pathlib.Path(shutil.which("swift")).resolve().parent / "clang"
