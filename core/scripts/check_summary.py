#!/usr/bin/env python3
"""An independent computation of docs/MODEL.md section 6 on small matrices, with NumPy and SciPy.

Writes core/tests/fixtures/summary.json, which core/tests/it/summary.rs compares with the engine's figures:

    python3 core/scripts/check_summary.py > core/tests/fixtures/summary.json

Needs numpy and scipy. Nothing here is derived from the engine's code: sums are in extended precision, quantiles are
numpy's, tails and ranks are scipy's, influence functions are written out row by row.
"""

import json
import math
import sys
from fractions import Fraction

import numpy as np
from scipy import stats

PERCENTS = [1, 5, 10, 25, 50, 75, 90, 95, 99]
EDGES = np.array([0.0] + [float(np.longdouble(2) ** (np.longdouble(k) / 8)) for k in range(-48, 81)])
WIDE = np.longdouble


def figures(x, finite):
    """One distribution. `finite` tells which moments of the true distribution are finite: mean, variance, fourth."""
    x = np.asarray(x, dtype=WIDE)
    n = len(x)
    mean = x.sum() / n
    centred = x - mean if x.min() != x.max() else x * 0
    m2, m4 = (centred**2).sum() / n, (centred**4).sum() / n
    sd = np.sqrt(m2 * n / (n - 1)) if n > 1 else None
    ordered = np.sort(x)

    alpha = WIDE(1) / 20
    # Rockafellar and Uryasev: the tail mean is the largest value of c - E[(c - X)+]/alpha, attained at a sample point.
    q = ordered[math.ceil(n / 20) - 1]
    worst = q - np.maximum(q - x, 0).sum() / n / alpha
    top_rows = math.ceil(n / 100)
    total = x.sum()
    share = ordered[n - top_rows:].sum() / total if total > 0 else None

    mean_error = None
    if n > 1 and finite["mean"]:
        if finite["variance"]:
            mean_error = sd / np.sqrt(WIDE(n))
        else:
            blocks = [centred[k:k + 1024] for k in range(0, n, 1024)]
            if len(blocks) > 1:
                between = sum(len(b) * (b.sum() / len(b)) ** 2 for b in blocks)
                mean_error = np.sqrt(between / (len(blocks) - 1) / n)
    sd_error = None
    if n >= 4 and finite["fourth"] and m2 > 0:
        sd_error = np.sqrt(max(m4 - m2 * m2, 0) / n / (4 * m2))

    worst_error = None
    if math.ceil(n / 20) >= 2:
        influence = -np.maximum(q - x, 0) / alpha
        influence -= influence.sum() / n
        worst_error = np.sqrt((influence**2).sum() / (n - 1) / n)
    share_error = None
    if total > 0 and finite["variance"] and top_rows >= 2:
        cut = ordered[n - top_rows]
        influence = np.maximum(x - cut, 0) - share * x
        influence -= influence.sum() / n
        share_error = np.sqrt((influence**2).sum() / (n - 1) / n) / mean

    intervals = {}
    for percent in PERCENTS:
        low = int(stats.binom.ppf(0.025, n, percent / 100))  # ranks from 1
        high = int(stats.binom.ppf(0.975, n, percent / 100)) + 1
        ok = low >= 1 and high <= n
        intervals[f"p{percent}"] = {"low": ordered[low - 1], "high": ordered[high - 1]} if ok else None

    counts = {"lt1": x < 1, "ge2": x >= 2, "ge3": x >= 3, "ge5": x >= 5, "ge10": x >= 10}
    wilson = {}
    for name, hits in counts.items():
        interval = stats.binomtest(int(hits.sum()), n).proportion_ci(0.95, method="wilson")
        wilson[name] = {"low": interval.low, "high": interval.high}

    return {
        "mean": mean,
        "stdDev": sd,
        "min": ordered[0],
        "max": ordered[-1],
        "quantiles": quantiles(x),
        "probabilities": {name: hits.sum() / n for name, hits in counts.items()},
        "worst5Mean": worst,
        "top1Share": share,
        "histogram": {str(i): int(c) for i, c in enumerate(histogram(x)) if c},
        "errors": {
            "mean": mean_error,
            "meanMethod": "standardDeviation" if finite["variance"] else "batchMeans",
            "stdDev": sd_error,
            "min": None,
            "max": None,
            "quantiles": intervals,
            "probabilities": wilson,
            "worst5Mean": worst_error,
            "top1Share": share_error,
        },
    }


def histogram(x):
    return np.histogram(x.astype(np.float64), np.append(EDGES, np.inf))[0]


def quantiles(x):
    values = np.quantile(np.asarray(x, dtype=np.float64), np.array(PERCENTS) / 100, method="linear")
    return {f"p{percent}": value for percent, value in zip(PERCENTS, values)}


def finite_moments(bucket, power=1):
    if bucket.get("maxMoic") is not None:
        exponent = math.inf
    elif "outcomeTable" in bucket:
        exponent = bucket["outcomeTable"]["tailExponent"]
    else:
        calibration = bucket["moicCalibration"]
        spread = math.log(calibration["p90"] / calibration["median"])
        exponent = math.log(5) / spread if spread > 0 else math.inf
    exponent /= power
    return {"mean": exponent > 1, "variance": exponent > 2, "fourth": exponent > 4}


def all_of(facts):
    return {name: all(fact[name] for fact in facts) for name in ("mean", "variance", "fourth")}


def rounds_of(recycling):
    """T, the exact rational number."""
    lifetime, period = (Fraction(str(recycling[member])) for member in ("fundLifetime", "avgHoldingPeriod"))
    return max(Fraction(0), lifetime / period - 1)


def recycle(m, recycling):
    """Deployed multiple and what comes back, one scenario of one bucket."""
    rate, cap = WIDE(recycling["reinvestmentRate"]), recycling.get("maxRecycledShare", 0.25)
    cap = WIDE(math.inf if cap is None else cap)
    rounds = rounds_of(recycling)
    drawn, previous, binds = WIDE(0), WIDE(1), False
    for k in range(1, math.ceil(rounds) + 1):
        wanted = WIDE(float(min(1, rounds - (k - 1)))) * rate * m * previous
        previous = min(wanted, cap - drawn)
        binds = binds or wanted > cap - drawn
        drawn += previous
    deployed = 1 + drawn
    return deployed, deployed * m - drawn, binds


def correlation(columns, ranked):
    columns = [stats.rankdata(c) if ranked else c for c in columns]
    out = []
    for a in columns:
        row = []
        for b in columns:
            a0, b0 = np.asarray(a, WIDE), np.asarray(b, WIDE)
            if a0.min() == a0.max() or b0.min() == b0.max():
                row.append(None)
                continue
            a0, b0 = a0 - a0.mean(), b0 - b0.mean()
            row.append((a0 * b0).sum() / np.sqrt((a0 * a0).sum() * (b0 * b0).sum()))
        out.append(row)
    return out


def summary(config, rows):
    buckets, recycling = config["buckets"], config.get("recycling", {"enabled": False})
    matrix = np.asarray(rows, dtype=np.float32).astype(WIDE)
    weights = np.array([b["capitalAllocation"] for b in buckets], dtype=WIDE)
    weights = weights / weights.sum()
    # Doubles, as the contract says: equal rows must stay equal.
    plain = np.array([b["capitalAllocation"] for b in buckets], dtype=np.float64)
    gross = np.zeros(len(matrix))
    for column, allocation in enumerate(plain):
        gross = gross + allocation * matrix[:, column].astype(np.float64)
    gross = (gross / plain.sum()).astype(WIDE)
    invested = [b for b in buckets if b["capitalAllocation"] > 0]
    out = {"numScenarios": len(matrix), "buckets": []}
    for i, bucket in enumerate(buckets):
        out["buckets"].append(figures(matrix[:, i], finite_moments(bucket)) | {"name": bucket["name"], "deployed": None})
    fund = {"gross": figures(gross, all_of([finite_moments(b) for b in invested]))}
    fund["recycled"] = fund["gross"]
    out["capBoundRows"] = 0
    if recycling["enabled"]:
        results = [[recycle(m, recycling) for m in row] for row in matrix]
        deployed = np.array([[r[0] for r in row] for row in results])
        returned = np.array([[r[1] for r in row] for row in results])
        binds = np.array([[r[2] for r in row] for row in results])
        for i in range(len(buckets)):
            out["buckets"][i]["deployed"] = {"mean": deployed[:, i].mean(), "quantiles": quantiles(deployed[:, i])}
        rounds = math.ceil(rounds_of(recycling))
        uncapped = recycling.get("maxRecycledShare", 0.25) is None and recycling["reinvestmentRate"] > 0
        power = rounds + 1 if uncapped else 1
        fund["recycled"] = figures(returned @ weights, all_of([finite_moments(b, power) for b in invested]))
        out["capBoundRows"] = int(binds[:, plain > 0].any(axis=1).sum())
    mean, n = gross.mean(), len(gross)
    fund["contributionToMean"] = [
        weights[i] * matrix[:, i].mean() / mean if mean > 0 else None for i in range(len(buckets))
    ]
    constant = gross.min() == gross.max()
    centred = gross - mean
    fund["contributionToVariance"] = [
        None if constant else
        weights[i] * ((matrix[:, i] - matrix[:, i].mean()) * centred).sum() / (centred**2).sum()
        for i in range(len(buckets))
    ]
    columns = [matrix[:, i] for i in range(len(buckets))] + [gross]
    fund["correlation"] = {"pearson": correlation(columns, False), "spearman": correlation(columns, True)}
    out["fund"] = fund
    return out


RNG = np.random.default_rng(2026)
THIN = {"median": 1, "p90": 1.4}  # exponent 4.8
FOURTH_INFINITE = {"median": 1.5, "p90": 2.5}  # 3.2
VARIANCE_INFINITE = {"median": 1, "p90": 3}  # 1.5
TABLE = {"bands": [{"to": 1, "share": 0.6}, {"to": 5, "share": 0.3}], "tailExponent": 1.9}
CAPPED = {"enabled": True, "mode": "same-bucket", "reinvestmentRate": 0.1, "avgHoldingPeriod": 4, "fundLifetime": 10}
UNCAPPED = CAPPED | {"maxRecycledShare": None, "reinvestmentRate": 0.3, "avgHoldingPeriod": 3}
NO_ROUNDS = CAPPED | {"avgHoldingPeriod": 12}
ONE_ROUND = CAPPED | {"maxRecycledShare": None, "reinvestmentRate": 0.5, "avgHoldingPeriod": 5}


def pareto(rows, exponent, minimum=0.5):
    return minimum / RNG.random(rows) ** (1 / exponent)


def case(name, columns, marginals, allocations=None, recycling=None, caps=None, digits=4):
    """One matrix (rounded to a few digits, for a small file) and a configuration that fits it."""
    rows = np.column_stack(columns).astype(np.float32)
    rows = np.array([[np.float32(f"{cell:.{digits}g}") for cell in row] for row in rows])
    count = rows.shape[1]
    allocations = allocations or [round(100 / count, 6)] * count
    buckets = []
    for i, marginal in enumerate(marginals):
        kind = "outcomeTable" if "bands" in marginal else "moicCalibration"
        bucket = {"name": f"Bucket {chr(65 + i)}", "capitalAllocation": allocations[i], kind: marginal}
        if caps and caps[i]:
            bucket["maxMoic"] = caps[i]
        buckets.append(bucket)
    config = {"fundId": "fixture", "numScenarios": len(rows), "buckets": buckets}
    if recycling:
        config["recycling"] = recycling
    return {"name": name, "config": config, "rows": rows}


def cases():
    quarters = lambda n: np.floor(pareto(n, 2.5) * 4) / 4
    yield case("one row, one bucket", [[1.25]], [THIN])
    yield case("one row, three buckets, recycling", [[1.25], [0], [7]], [THIN] * 3, [50, 30, 20], CAPPED)
    yield case("two rows", [[1, 2], [3, 1]], [THIN, TABLE], [70, 30])
    for n in (3, 4, 5, 19, 20, 21, 39, 40, 41, 99, 100, 101, 200):
        yield case(f"{n} rows", [pareto(n, 3), pareto(n, 2)], [THIN, VARIANCE_INFINITE], [60, 40], CAPPED)
    yield case("a constant column", [np.full(300, 0.1), pareto(300, 4)], [{"median": 1, "p90": 1}, THIN], [35, 65], CAPPED)
    yield case("constant columns only", [np.full(1100, 0.3), np.full(1100, 1.7)], [THIN, THIN], [33.3, 66.7], ONE_ROUND)
    yield case("zeros only", [np.zeros(150), np.zeros(150)], [THIN, THIN], [50, 50], CAPPED)
    yield case("a column of zeros", [np.zeros(250), quarters(250)], [THIN, TABLE], [50, 50])
    yield case("ties", [quarters(400), quarters(400), quarters(400)], [THIN] * 3, [20, 30, 50], CAPPED)
    yield case("many zeros", [pareto(600, 1.5) * (RNG.random(600) < 0.34), pareto(600, 1.5)], [TABLE] * 2, [45, 55], CAPPED, [200, 200])
    yield case("infinite variance, three blocks", [pareto(2500, 1.5), pareto(2500, 3)], [VARIANCE_INFINITE, FOURTH_INFINITE], [50, 50])
    yield case("infinite variance, one block", [pareto(700, 1.5)], [VARIANCE_INFINITE])
    yield case("infinite fourth moment", [pareto(500, 3.2)], [FOURTH_INFINITE], None, CAPPED)
    yield case("a heavy bucket with no allocation", [pareto(1300, 1.5), pareto(1300, 5)], [VARIANCE_INFINITE, THIN], [0, 100], CAPPED)
    yield case("recycling without a cap", [pareto(1200, 4.8), pareto(1200, 4.8)], [THIN, THIN], [50, 50], UNCAPPED)
    yield case("recycling with an infinite mean", [pareto(1100, 1.5)], [VARIANCE_INFINITE], None, ONE_ROUND)
    yield case("recycling of one round", [pareto(500, 3.2), quarters(500)], [FOURTH_INFINITE, THIN], [80, 20], ONE_ROUND)
    yield case("recycling without a round", [pareto(120, 3.2), quarters(120)], [THIN, THIN], [80, 20], NO_ROUNDS)
    edges = EDGES[1:].astype(np.float32)
    around = np.concatenate([np.nextafter(edges, np.float32(0)), edges, np.nextafter(edges, np.float32(np.inf)), [0]])
    yield case("histogram edges and their neighbours", [around], [THIN], digits=9)
    yield case("one block to the row", [pareto(1024, 3), RNG.random(1024)], [THIN, TABLE], [10, 90])
    yield case("one row more than a block", [pareto(1025, 3), RNG.random(1025)], [THIN, TABLE], [10, 90])
    falling = RNG.random(333)
    yield case("opposites", [falling, 2 - falling, RNG.random(333)], [THIN] * 3, [40, 40, 20])
    yield case("very small and very large", [pareto(450, 1.1) * 1e-6, pareto(450, 1.1) * 1e6], [THIN, THIN], [99, 1], CAPPED, [1000000, 1000000])
    yield case("five blocks with a finite fourth moment", [pareto(4100, 5)], [THIN], None, CAPPED, digits=3)


def plain(value):
    """JSON with seventeen digits, and rows as the shortest decimal of their f32."""
    if isinstance(value, np.ndarray):
        return [[float(str(cell)) for cell in row] for row in value]
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [plain(member) for member in value]
    if isinstance(value, (np.floating, np.integer)):
        return float(value)
    return value


def main():
    out = []
    for fixture in cases():
        fixture["expected"] = summary(fixture["config"], fixture["rows"])
        out.append(json.dumps(plain(fixture), separators=(",", ":"), allow_nan=False))
    sys.stdout.write("[\n" + ",\n".join(out) + "\n]\n")


if __name__ == "__main__":
    main()
