"""The API keeps its own document, whoever asks: Schemathesis over /api/openapi.json as nobody, as each role, with a key
that ran out and one that was revoked, while another tenant has a fund, a run and a job that nobody else may see.

Fails where an answer is a 500 or not as the document says, where somebody who may change nothing changed something, where
anybody changed what is another tenant's, and where an answer told somebody else of it.

Usage: contract.py PROGRAM SCHEMATHESIS [EXAMPLES]
"""

import base64
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

# Schemathesis runs elsewhere.
PROGRAM, SCHEMATHESIS = (str(Path(program).absolute()) for program in sys.argv[1:3])
EXAMPLES = sys.argv[3] if len(sys.argv) > 3 else "25"

CHECKS = ",".join(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        "unsupported_method",
        "allow_header_conformance",
    ]
)

# Rows of it are nobody's but the other tenant's.
TABLES_BY_TENANT = ["funds", "run_access", "jobs"]
# What somebody who only reads leaves as it is. Keys' last use and usage are written for every request.
TABLES = [
    *TABLES_BY_TENANT,
    "runs",
    "computations",
    "artifacts",
    "artifact_epochs",
    "sessions",
    "audit_log",
]
SECRET = "another-tenants-secret"

environment = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("FOLIOCAST_", "REDIS_", "DATABASE_URL"))
}


class Server:
    """A server in a directory of its own."""

    def __init__(self, directory):
        self.data = Path(directory) / "data"
        flags = [
            *("--listen", "127.0.0.1:0", "--data-dir", str(self.data)),
            *("--max-requests-per-minute", "0", "--max-deal-draws-per-minute", "0"),
            # Whatever is generated is computed at once.
            *("--max-deal-draws", "2000000", "--log", "warn"),
        ]
        self.keys = {}
        self.make_key("operator", "ours", "operator")
        self.log = open(Path(directory) / "log", "w+b")
        self.process = subprocess.Popen(
            [PROGRAM, "serve", *flags], stdout=subprocess.PIPE, stderr=self.log, env=environment, text=True
        )
        line = self.process.stdout.readline()
        assert line.startswith("Foliocast is ready at "), line
        self.url = line.split()[-1]

    def keys_command(self, *arguments):
        command = [PROGRAM, "keys", *arguments, "--data-dir", str(self.data)]
        return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout.strip()

    def make_key(self, name, tenant, role):
        arguments = ["--name", name, "--tenant", tenant, "--role", role, "--expires-in-days", "30"]
        self.keys[name] = self.keys_command("create", *arguments)

    def ask(self, who, method, path, body=None):
        """Status and text of an answer."""
        request = urllib.request.Request(self.url + path, method=method)
        if who is not None:
            request.add_header("authorization", f"Bearer {self.keys[who]}")
        if body is not None:
            request.add_header("content-type", "application/json")
            request.data = json.dumps(body).encode()
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def rows(self, table, where="1"):
        with sqlite3.connect(f"file:{self.data / 'foliocast.db'}?mode=ro", uri=True) as database:
            return sorted(map(repr, database.execute(f"SELECT * FROM {table} WHERE {where}")))

    def stop(self):
        self.process.terminate()
        assert self.process.wait(timeout=60) == 0


def configuration(fund, bucket):
    return {
        "fundId": fund,
        "numScenarios": 2_000,
        "buckets": [{"name": bucket, "capitalAllocation": 100, "moicCalibration": {"median": 1, "p90": 3}}],
    }


def told(report):
    """The text of every answer of a report."""
    for line in report.read_text().splitlines():
        yield line
        # Bodies stand in it as base64.
        for part in find_bodies(json.loads(line)):
            yield base64.b64decode(part).decode("utf-8", "replace")


def find_bodies(value):
    if isinstance(value, dict):
        for name, member in value.items():
            if name == "$base64" and isinstance(member, str):
                try:
                    base64.b64decode(member, validate=True)
                    yield member
                except ValueError:
                    pass
            else:
                yield from find_bodies(member)
    elif isinstance(value, list):
        for member in value:
            yield from find_bodies(member)


def main():
    directory = tempfile.mkdtemp(prefix="foliocast-contract-")
    server = Server(directory)
    failures = []
    try:
        for name, tenant, role in [
            ("analyst", "ours", "analyst"),
            ("reader", "ours", "reader"),
            ("ran-out", "ours", "operator"),
            ("revoked", "ours", "operator"),
            ("other", "others", "analyst"),
        ]:
            server.make_key(name, tenant, role)
        with sqlite3.connect(server.data / "foliocast.db") as database:
            database.execute("UPDATE access_keys SET expires_at = 1 WHERE name = 'ran-out'")
        server.keys_command("revoke", "revoked")

        secret = configuration(f"{SECRET}-fund", f"{SECRET}-bucket")
        assert server.ask("other", "PUT", f"/api/funds/{SECRET}-fund", {"configuration": secret})[0] == 201
        status, run = server.ask("other", "POST", "/api/monte-carlo/simulate", secret)
        assert status == 200, run
        run = json.loads(run)
        secrets = [SECRET, run["runKey"], run["matrixKey"], run["digest"]]
        paths = [
            f"/api/funds/{SECRET}-fund",
            f"/api/runs/{run['runKey']}",
            f"/api/runs/{run['runKey']}/report",
            f"/api/matrices/{run['matrixKey']}",
            f"/api/matrices/{run['matrixKey']}/data",
            f"/api/matrices/{run['matrixKey']}/blocks",
        ]
        others = lambda: [server.rows(table, "tenant = 'others'") for table in TABLES_BY_TENANT]
        theirs = others()
        assert all(theirs)

        for who, may_change, is_let_in in [
            (None, False, False),
            ("ran-out", False, False),
            ("revoked", False, False),
            ("reader", False, True),
            ("analyst", True, True),
            ("operator", True, True),
        ]:
            name = who or "nobody"
            before = [server.rows(table) for table in TABLES]
            report = Path(directory) / f"{name}.ndjson"
            command = [
                *(SCHEMATHESIS, "run", f"{server.url}/api/openapi.json", "--checks", CHECKS, "--seed", "1"),
                *("--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES),
                *("--report-ndjson-path", str(report), "--output-sanitize", "false", "--warnings", "off"),
                *("--suppress-health-check", "all", "--request-timeout", "70", "--continue-on-failure", "--no-color"),
                # An operator would revoke the keys it goes on with.
                *("--exclude-path-regex", "/api/keys/.*"),
            ]
            if who is not None:
                command += ["-H", f"Authorization: Bearer {server.keys[who]}"]
            print(f"as {name} …", flush=True)
            ran = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=directory)
            if ran.returncode != 0:
                failures.append(f"{name}: Schemathesis failed\n{ran.stdout[-20_000:]}\n{ran.stderr[-5_000:]}")
            else:
                print("  " + ran.stdout.strip().splitlines()[-1].strip(" ="), flush=True)
            for path in paths:
                for method in ("GET", "DELETE") if "/funds/" in path else ("GET",):
                    status, text = server.ask(who, method, path)
                    expected = {404} | ({403} if method == "DELETE" and who == "reader" else set())
                    if status not in (expected if is_let_in else {401}):
                        failures.append(f"{name}: {method} {path} answers {status}: {text}")
            if not may_change:
                for table, rows in zip(TABLES, before, strict=True):
                    if server.rows(table) != rows:
                        failures.append(f"{name} changed {table}")
            if others() != theirs:
                failures.append(f"{name} changed what is another tenant's")
            if not any("requestId" in line for line in told(report)):
                failures.append(f"{name}: the report holds no answers, so nothing could be found in it")
            # An operator reads the log of changes, in which all tenants' are named.
            if who != "operator":
                revealed = {secret for line in told(report) for secret in secrets if secret in line}
                if revealed:
                    failures.append(f"{name} was told {revealed}")
        server.stop()
        server.log.seek(0)
        log = server.log.read().decode()
        for name, key in server.keys.items():
            if key in log:
                failures.append(f"the key {name} is in the log")
    finally:
        server.process.kill()
    if failures:
        print("\n\n".join(failures))
        sys.exit(f"{len(failures)} failures; what was asked is in {directory}")
    shutil.rmtree(directory)
    print("the API keeps its document, whoever asks")


if __name__ == "__main__":
    main()
