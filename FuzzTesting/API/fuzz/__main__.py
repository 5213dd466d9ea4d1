"""Starts a server, has schemathesis test it by its own description, and stops it."""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from . import fixtures
from .server import Server

FOLDER = pathlib.Path(__file__).parents[1]
BUILT = FOLDER.parents[1] / ".build/release/kvick"
# Seconds; the coverage phase takes what it takes, and the others the rest.
TIME_MAX = 180


def tool(name):
    """A program that was installed beside this Python."""
    return str(pathlib.Path(sys.executable).parent / name)


def parse():
    """The program to test, and the options of schemathesis."""
    parser = argparse.ArgumentParser(
        prog="make fuzz", description="Tests a server with requests made of its OpenAPI document. All other options are those of "
        "`schemathesis run`, as --seed 7, --max-examples 500 or --include-path /execute.")
    parser.add_argument("--kvick", type=pathlib.Path, default=BUILT, metavar="FILE", help="the build to test")
    options, others = parser.parse_known_args()
    if not os.access(options.kvick, os.X_OK):
        parser.error(f"{options.kvick} is no program; make build makes .build/release/kvick")
    is_bounded = any(other.split("=")[0] in ("-n", "--max-examples", "--max-time") for other in others)
    return options.kvick.resolve(), others if is_bounded else ["--max-time", str(TIME_MAX), *others]


def test(server, folder, options):
    """Whether the document is valid, and all answers are as it says."""
    document = folder / "openapi.json"
    document.write_text(server.request("GET", "/-/openapi.json"))
    if subprocess.run([tool("openapi-spec-validator"), document]).returncode != 0:
        return False
    (folder / "fixtures.json").write_text(json.dumps(fixtures.make(server)))
    environment = {
        **os.environ, "PYTHONPATH": str(FOLDER), "FUZZ_FIXTURES": str(folder / "fixtures.json"),
        "FUZZ_SECRET_KEY": fixtures.SECRET_KEY, "FUZZ_KOT_PASSWORD": fixtures.KOT_PASSWORD,
        "FUZZ_ADMIN_TOKEN": fixtures.ADMIN_TOKEN,
    }
    command = [tool("schemathesis"), "--config-file", FOLDER / "schemathesis.toml", "run", document, "--url", server.url]
    return subprocess.run([*command, *options], env=environment, cwd=folder).returncode == 0


def main():
    program, options = parse()
    with tempfile.TemporaryDirectory(prefix="kvick-fuzz-") as folder:
        server = Server(program, pathlib.Path(folder), fixtures.KOT_PASSWORD, fixtures.ADMIN_TOKEN)
        try:
            is_right = test(server, pathlib.Path(folder), options)
        finally:
            status = server.stop()
        if status != 0:
            print(f"the server ended with {status}:\n{server.output()[-4000:]}", file=sys.stderr)
    return 0 if is_right and status == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
