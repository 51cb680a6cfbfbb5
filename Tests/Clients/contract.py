"""Python classes of the contract, generated from proto/."""

import pathlib
import sys

from grpc_tools import protoc

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES = ["rollcall/v1/catalog.proto", "rollcall/v1/admin.proto"]


def generate(out):
    """Writes them to a directory and makes them importable."""
    arguments = ["protoc", f"-I{ROOT / 'proto'}", f"--python_out={out}", f"--grpc_python_out={out}"]
    if protoc.main([*arguments, "-I" + str(pathlib.Path(protoc.__file__).parent / "_proto"), *FILES]):
        raise RuntimeError("protoc failed")
    sys.path.insert(0, str(out))
