"""What the server holds before the first request, so that requests find something."""

from __future__ import annotations

import base64
import json
import urllib.parse

SECRET_KEY = "fuzz-secret"
KOT_PASSWORD = "fuzz-password"
ADMIN_TOKEN = "fuzz-admin-token"
SETTINGS = {"secret_key": SECRET_KEY, "signing_key": "fuzz-signing" * 4, "default_ttl": "0"}

SCRIPTS = {
    "hello": 'kvdb.say("Hello, ", kvdb.var.name or "stranger")',
    "count": 'kvdb.say(kvdb.incr("count of the script"))',
    "json": 'kvdb.header["content-type"] = "application/json"; kvdb.print(json.encode({n = 1}))',
    "not-found": 'kvdb.status = 404; kvdb.say("nothing")',
}
KEYS = {"hello": "world", "visits": "7", "user:1:name": "Ann", "a b/c": "é"}
DATABASES = ["books", "letters"]


def authorization(user, password=""):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def make_bucket(server, **settings):
    return server.request("POST", "/", urllib.parse.urlencode(settings))


def fill(server, bucket):
    owner = authorization(SECRET_KEY)
    for key, value in KEYS.items():
        server.request("PUT", f"/{bucket}/{urllib.parse.quote(key, safe='')}", value.encode(), owner)
    for name, source in SCRIPTS.items():
        server.request("PUT", f"/{bucket}/scripts/{name}", source, owner)


def make(server):
    """Makes buckets and databases, and returns what the hooks must know of them: names and credentials."""
    # Protected in all that can be, open to writers and readers, without keys, and deleted.
    protected = make_bucket(server, **SETTINGS, read_key="fuzz-read", write_key="fuzz-write")
    open_ = make_bucket(server, **SETTINGS)
    public = make_bucket(server, email="fuzz@example.com")
    deleted = make_bucket(server, **SETTINGS)
    for bucket in (protected, open_):
        fill(server, bucket)
    server.request("PUT", f"/{public}/hello", "world")
    server.request("DELETE", f"/{deleted}/", headers=authorization(SECRET_KEY))
    for name in DATABASES:
        for key, value in KEYS.items():
            body = json.dumps({"database_name": name, "key": key, "value": value})
            server.request("POST", "/controller/set", body, authorization("", KOT_PASSWORD))
    return {
        "port": server.port, "buckets": [protected] * 4 + [open_] * 4 + [public, deleted], "keys": list(KEYS),
        "scripts": list(SCRIPTS), "databases": DATABASES,
    }
