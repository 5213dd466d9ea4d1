"""Writes Tests/KOTFolderTests/KOTFixture.swift: what KOT itself makes of some values.

Run from the top of the repository, with KOT installed: pip install kot==0.1.2 dill mgzip cryptography fire
    python3 scripts/make-kot-fixtures.py && swift format -i Tests/KOTFolderTests/KOTFixture.swift
"""

import base64
import os
import tempfile

from kot import KOT

OUTPUT = "Tests/KOTFolderTests/KOTFixture.swift"


def make(folder):
    picture = os.path.join(folder, "picture.png")
    with open(picture, "wb") as file:
        file.write(b"\x89PNG")

    database = KOT("my.db", folder=folder)
    database.set("text", "h\u00e9llo")
    database.set("nested", {"a": [1, 2.5, None, True], "t": (1, 2)})
    database.set("dotted.key", 1)
    database.set("cached", 2, cache_policy=30)
    database.set("packed", list(range(30)), compress=True)
    database.set("sealed", {"a": 1}, encryption_key="secret")
    database.set("packed and sealed", "both", compress=True, encryption_key="secret")
    database.set("picture", file=picture)
    database.set("packed picture", file=picture, compress=True)
    database.set("sealed picture", file=picture, encryption_key="secret")
    database.set("bytes", b"\x00\xff")
    database.set("bytes inside", [b"\x00"])
    database.set("elsewhere", 3, custom_key_location=os.path.join(folder, "elsewhere"))
    # Compiled under a name of its own, since a function takes the path of its source with it.
    database.set("function", eval(compile("lambda value: value", "function.py", "eval")))
    os.rename(database.backup(folder), os.path.join(folder, "backup.KOT"))

    KOT("hashed", folder=folder, enable_hashing=True).set("key", "value")
    KOT("fast", folder=folder, enable_fast=True).set("key", "value")


def files(folder):
    for parent, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            path = os.path.join(parent, name)
            with open(path, "rb") as file:
                yield os.path.relpath(path, folder), file.read()


def lines(data):
    text = base64.b64encode(data).decode()
    return "\n".join("            " + text[i : i + 96] for i in range(0, len(text), 96))


output = os.path.abspath(OUTPUT)
with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    make(folder)
    with open(output, "w") as file:
        file.write("// Written by scripts/make-kot-fixtures.py.\n\n")
        file.write("/// What KOT 0.1.2 made, in base64, by paths.\nenum KOTFixture {\n")
        file.write("    static let files: [String: String] = [\n")
        for path, data in files(folder):
            file.write(f'        "{path}": """\n{lines(data)}\n            """,\n')
        file.write("    ]\n}\n")
    os.chdir("/")
