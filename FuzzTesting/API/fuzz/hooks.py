"""What schemathesis must know of the server that it tests, and what it must leave whole there."""

from __future__ import annotations

import itertools
import json
import os
import pathlib
import urllib.parse
import zlib

import requests
import schemathesis
import urllib3.util.connection
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import TestPhase

from . import fixtures

FIXTURES = json.loads(pathlib.Path(os.environ["FUZZ_FIXTURES"]).read_text())
# Those that were made, by the fixtures or by a request.
known_buckets = set(FIXTURES["buckets"])
KEY_SIZE_MAX = 128
# A passphrase takes half a second the first time.
PASSPHRASES = ["hush", "None", ""]
MEDIA_RANGES = [
    "*/*", "application/json", "text/plain", "text/html, */*;q=0.1", "application/jsonl", "application/octet-stream", "image/png",
]


# MARK: Addresses

connect = urllib3.util.connection.create_connection
numbers = itertools.count()


def connect_from_another_address(address, timeout, source_address=None, socket_options=None):
    """Connects from an address of its own each time: answers to wrong passwords of one address are held back."""
    number = next(numbers)
    source = f"127.{1 + number // 62500 % 250}.{1 + number // 250 % 250}.{1 + number % 250}"
    return connect(address, timeout, source_address=(source, 0), socket_options=socket_options)


urllib3.util.connection.create_connection = connect_from_another_address


# MARK: Requests

@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Has parameters that may stand in the query string, too, always come in the body."""
    for item in raw_schema["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict) and (is_of_databases(operation) or operation["operationId"] == "createToken"):
                if "requestBody" in operation:
                    operation["requestBody"]["required"] = True


def operation_id(case):
    return case.operation.definition.raw.get("operationId", "")


def is_of_databases(operation):
    return operation["tags"][0].startswith("Databases")


def is_valid(case, location):
    """Whether that part of the request is as the document says."""
    return case.meta is None or not case.meta.is_negative_at(location)


def draw(case):
    """A number that only depends on what the request asks for, so that it is the same in a run of the same seed."""
    fields = [case.headers.get(name) for name in ("If-Match", "If-None-Match", "Last-Event-ID")]
    return zlib.crc32(repr((case.method, case.path, case.path_parameters, case.query, case.body, fields)).encode())


def pick(values, number):
    return values[number % len(values)]


@schemathesis.deserializer("application/octet-stream")
def deserialize_bytes(context, response):
    """A string with a character for each byte: JSON Schema, by which answers are checked, knows no bytes."""
    return response.content.decode("latin-1")


@schemathesis.hook
def before_call(context, case, kwargs):
    number = draw(case)
    case.headers["Accept"] = pick(MEDIA_RANGES, number // 1024)
    # Where requests follow from each other, they name what those before them made.
    follows = case.meta is not None and case.meta.phase.name == TestPhase.STATEFUL
    if case.path_parameters and is_valid(case, ParameterLocation.PATH) and not follows:
        name_what_there_is(case, number)
    if isinstance(case.body, dict):
        bound_body(case, number)
    if isinstance(case.query, dict) and number % 8:
        # A watch takes a second.
        case.query.pop("watch", None)
    if is_of_databases(case.operation.definition.raw):
        # So that the next request comes from another address.
        case.headers["Connection"] = "close"


@schemathesis.hook
def after_call(context, case, response):
    if operation_id(case) == "createBucket" and response.status_code == 200:
        known_buckets.add(response.text)


def name_what_there_is(case, number):
    """Names a bucket, and mostly a key and a script, that the server has. What is asked again stays as it is."""
    parameters = case.path_parameters
    if parameters.get("bucket") in known_buckets:
        return
    if operation_id(case) == "deleteBucket":
        answer = requests.post(f"http://127.0.0.1:{FIXTURES['port']}/", data=fixtures.SETTINGS, timeout=30)
        parameters["bucket"] = answer.text
        known_buckets.add(answer.text)
    else:
        parameters["bucket"] = pick(FIXTURES["buckets"], number // 8)
    if "name" in parameters and number % 4:
        parameters["name"] = pick(FIXTURES["scripts"], number // 128)
    if "key" in parameters:
        key = urllib.parse.unquote_to_bytes(parameters["key"])[:KEY_SIZE_MAX]
        parameters["key"] = pick(FIXTURES["keys"], number // 128) if number % 2 else urllib.parse.quote(key, safe="")


def bound_body(case, number):
    """Keeps the keys that other requests need, and the time that passphrases take."""
    body = case.body
    if operation_id(case) == "updateBucket":
        for name in ("secret_key", "signing_key"):
            if name in body and (body[name] or name == "signing_key"):
                body[name] = fixtures.SETTINGS[name]
    if "encryption_key" in body:
        body["encryption_key"] = pick(PASSPHRASES, number // 8)
    if isinstance(body.get("database_name"), str) and body["database_name"] and number % 4:
        body["database_name"] = pick(FIXTURES["databases"], number // 8)


# MARK: What is no finding

OF_WATCHES = {"since", "Last-Event-ID"}
OF_LISTS = {"prefix", "limit", "skip", "after", "reverse", "values", "format", "export"}


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Drops that a broken parameter was taken where it means nothing: one of lists on a watch, of watches on a list."""
    if not isinstance(failure, AcceptedNegativeData) or operation_id(case) not in ("listKeys", "listKeysHead"):
        return True
    data = case.meta.phase.data
    broken = {data.parameter, *(mutation.parameter for mutation in data.mutations)} - {None}
    asked = {name for name, value in (case.query or {}).items() if str(value).lower() in ("true", "1")}
    # One that is no watch may have been one before `before_call`.
    meaningless = {*OF_LISTS, "settings"} if "watch" in asked else {*OF_WATCHES, "watch"}
    if "settings" in asked:
        meaningless |= {*OF_LISTS, *OF_WATCHES, "watch"}
    if "export" in asked:
        meaningless |= {"values", "format"}
    return not broken <= meaningless
