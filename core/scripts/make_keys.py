#!/usr/bin/env python3
"""Makes core/tests/it/fixtures/keys.json: canonical texts and keys of configurations, computed without the engine.

Written from docs/MODEL.md sections 1 and 2 alone: canonical form, RFC 8785 and keys. BLAKE3 is the PyPI package
`blake3`. Run as: core/scripts/make_keys.py > core/tests/it/fixtures/keys.json
"""

import json
import unicodedata
from fractions import Fraction

from blake3 import blake3

POWER = '"moicCalibration": {"median": 1, "p90": 3}'
TABLE = '"outcomeTable": {"bands": [{"to": 1, "share": 0.6}, {"to": 5, "share": 0.3}], "tailExponent": 1.5}'

REQUESTS = [
    '{"fundId": "f", "buckets": [{"name": "Seed", "capitalAllocation": 100, %s}]}' % POWER,
    '{"fundId": 7, "seed": -0, "buckets": [{"name": "Seed", "capitalAllocation": 1e2, %s}]}' % TABLE,
    '{"fundId": -9007199254740991, "seed": 1e15, "numScenarios": 1.0E+3, "buckets": [{"name": "Seed", "capitalAllocation": 99.99, %s}]}' % POWER,
    '{"fundId": " padded\\u2003", "seed": "\\u00a0s ", "taxonomyVersion": "v10.0", "buckets": [{"name": "\\u3000Seed ", "capitalAllocation": 99.995, %s}]}' % POWER,
    # Order by UTF-8 bytes differs from UTF-16 order: U+FB01 against U+1F600; and composed from decomposed.
    '{"fundId": "f", "buckets": [{"name": "\\ufb01", "capitalAllocation": 25, %s}, {"name": "\\ud83d\\ude00", "capitalAllocation": 25, %s}, {"name": "e\\u0301", "capitalAllocation": 25, %s}, {"name": "z", "capitalAllocation": 25, %s}]}' % (POWER, TABLE, POWER, TABLE),
    '{"fundId": "f", "buckets": [{"name": "b", "capitalAllocation": 50, %s}, {"name": "B", "capitalAllocation": 25, %s}, {"name": "a", "capitalAllocation": 25, %s}]}' % (POWER, POWER, POWER),
    # Names that JSON escapes, and members that object prototypes know.
    '{"fundId": "\\"\\\\/", "buckets": [{"name": "\\" \\\\ \\/ \\u2028", "capitalAllocation": 50, %s}, {"name": "__proto__", "capitalAllocation": 50, %s}]}' % (POWER, POWER),
    '{"fundId": "\\u05e9\\u05dc\\u05d5\\u05dd", "buckets": [{"name": "\\u202eright to left", "capitalAllocation": 100, %s}]}' % POWER,
    # Composition exclusions, Hangul, reordering of marks, a singleton.
    '{"fundId": "\\u0958\\u212b", "seed": "\\u1100\\u1161\\u11a8", "buckets": [{"name": "a\\u0301\\u0328", "capitalAllocation": 100, %s}]}' % POWER,
    # Rounding: exact halves, near halves, below a millionth, and sums within the tolerances.
    '{"fundId": "f", "buckets": [{"name": "a", "capitalAllocation": 100, "moicCalibration": {"median": 1.0078125, "p90": 1.0000005e0}}]}'.replace("1.0000005e0", "2.0000005"),
    '{"fundId": "f", "buckets": [{"name": "a", "capitalAllocation": 100, "moicCalibration": {"median": 0.0000014999999999, "p90": 0.0000025}}]}',
    '{"fundId": "f", "buckets": [{"name": "a", "capitalAllocation": 33.3333335, %s}, {"name": "b", "capitalAllocation": 33.3333325, %s}, {"name": "c", "capitalAllocation": 33.33333, %s}]}' % (POWER, POWER, POWER),
    '{"fundId": "f", "correlationWeights": {"macro": 0.3333333, "systematic": 0.3333334, "idiosyncratic": 0.3333337}, "buckets": [{"name": "a", "capitalAllocation": 100, %s}]}' % POWER,
    '{"fundId": "f", "correlationWeights": {"macro": 0, "systematic": 0, "idiosyncratic": 1}, "buckets": [{"name": "a", "capitalAllocation": 100, "lossProbability": 1e-9, %s}]}' % POWER,
    # The widest ranges.
    '{"fundId": "f", "numScenarios": 100000000, "buckets": [{"name": "a", "capitalAllocation": 0, "moicCalibration": {"median": 1e-6, "p90": 999999.999999}, "maxMoic": 1e6}, {"name": "b", "capitalAllocation": 100, "moicCalibration": {"median": 123456.789, "p90": 123456.789}, "lossProbability": 0.499999}]}',
    '{"fundId": "f", "buckets": [{"name": "a", "capitalAllocation": 100, "outcomeTable": {"tailExponent": 0.1, "bands": [{"share": 0.999999, "to": 1e-6}]}, "lossProbability": 0.999999, "maxMoic": 2e-6, "deals": 1000}]}',
    '{"fundId": "f", "buckets": [{"name": "a", "capitalAllocation": 100, %s, "maxMoic": null, "deals": 2.0}]}' % TABLE,
    # Recycling in all its forms.
    '{"fundId": "f", "buckets": [{"name": "a", "capitalAllocation": 100, %s}], "recycling": {"enabled": false, "mode": 1, "fundLifetime": null}}' % POWER,
    '{"fundId": "f", "buckets": [{"name": "a", "capitalAllocation": 100, %s}], "recycling": {"enabled": true, "reinvestmentRate": 0.1234565, "avgHoldingPeriod": 0.25, "fundLifetime": 50, "maxRecycledShare": null}}' % POWER,
    '{"fundId": "f", "buckets": [{"name": "a", "capitalAllocation": 100, %s}], "recycling": {"enabled": true, "mode": " same-bucket ", "reinvestmentRate": 1, "avgHoldingPeriod": 3.3333333, "fundLifetime": 1e1, "maxRecycledShare": 10}}' % POWER,
    '{"fundId": "f", "buckets": [{"name": "a", "capitalAllocation": 100, %s}], "recycling": {"enabled": true, "reinvestmentRate": 0, "avgHoldingPeriod": 5, "fundLifetime": 5, "maxRecycledShare": 0}}' % TABLE,
]

WHITE_SPACE = "".join(map(chr, [*range(9, 14), 32, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000]))


def text(value):
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value.strip(WHITE_SPACE))
    assert value == int(value) and abs(value) < 2**53
    return str(int(value))


def real(x):
    """The f64 x, times 10⁶ exactly, half away from zero, over 10⁶."""
    scaled = Fraction(float(x)) * 10**6
    rounded = (2 * abs(scaled) + 1) // 2
    return float(Fraction(int(rounded) * (-1 if x < 0 else 1), 10**6))


def optional(value):
    return None if value is None else real(value)


def bucket(given):
    kept = {
        "name": text(given["name"]),
        "deals": int(given.get("deals", 1)),
        "lossProbability": real(given.get("lossProbability", 0)),
        "maxMoic": optional(given.get("maxMoic")),
    }
    if "moicCalibration" in given:
        kept["moicCalibration"] = {name: real(given["moicCalibration"][name]) for name in ("median", "p90")}
    else:
        table = given["outcomeTable"]
        bands = [{"to": real(band["to"]), "share": real(band["share"])} for band in table["bands"]]
        kept["outcomeTable"] = {"bands": bands, "tailExponent": real(table["tailExponent"])}
    return kept


def recycling(given):
    if not given["enabled"]:
        return {"enabled": False}
    return {
        "enabled": True,
        "mode": "same-bucket",
        "reinvestmentRate": real(given["reinvestmentRate"]),
        "avgHoldingPeriod": real(given["avgHoldingPeriod"]),
        "fundLifetime": real(given["fundLifetime"]),
        "maxRecycledShare": optional(given.get("maxRecycledShare", 0.25)),
    }


def number(x):
    """ECMAScript's Number::toString for the sizes that occur here (0, or 10⁻⁶ to 10²¹)."""
    if x == int(x):
        return str(int(x))
    digits = repr(x)
    if "e" in digits:
        mantissa, exponent = digits.split("e")
        whole, _, fraction = mantissa.partition(".")
        digits = "0." + "0" * (-int(exponent) - 1) + whole + fraction
    return digits


def jcs(value):
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, (int, float)):
        return number(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return "[" + ",".join(map(jcs, value)) + "]"
    by_utf16 = sorted(value, key=lambda name: name.encode("utf-16-be"))
    return "{" + ",".join(jcs(name) + ":" + jcs(value[name]) for name in by_utf16) + "}"


def keys(request):
    given = json.loads(request)
    buckets = sorted(map(bucket, given["buckets"]), key=lambda kept: kept["name"].encode())
    weights = given.get("correlationWeights", {"macro": 0.1, "systematic": 0.05, "idiosyncratic": 0.85})
    matrix = jcs({
        "schema": "foliocast.matrix/1",
        "taxonomyVersion": text(given.get("taxonomyVersion", "v1.2")),
        "numScenarios": int(given.get("numScenarios", 10000)),
        "seed": text(given.get("seed", "0")),
        "buckets": buckets,
        "correlationWeights": {name: real(weight) for name, weight in weights.items()},
    })
    matrix_key = blake3(matrix.encode()).hexdigest()
    run = jcs({
        "schema": "foliocast.run/1",
        "matrixKey": matrix_key,
        "fundId": text(given["fundId"]),
        "allocations": {text(one["name"]): real(one["capitalAllocation"]) for one in given["buckets"]},
        "recycling": recycling(given.get("recycling", {"enabled": False})),
    })
    run_key = blake3(run.encode()).hexdigest()
    return {"request": request, "matrixJson": matrix, "matrixKey": matrix_key, "runJson": run, "runKey": run_key}


print(json.dumps([keys(request) for request in REQUESTS], indent=1))
