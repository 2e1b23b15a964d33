#!/usr/bin/env python3
"""An independent computation of docs/MODEL.md section 9 on pairs of small matrices, with NumPy and SciPy.

Writes core/tests/fixtures/comparison.json, which core/tests/it/comparison.rs compares with the engine's figures:

    python3 core/scripts/check_comparison.py > core/tests/fixtures/comparison.json

Needs numpy and scipy. Influences are written out row by row, in extended precision; a pair's error is that of the mean
of their differences. What single runs report comes from check_summary.py, which is as independent of the engine.
"""

import json
import math
import sys

import numpy as np

from check_summary import (
    CAPPED, FOURTH_INFINITE, NO_ROUNDS, PERCENTS, RNG, TABLE, THIN, UNCAPPED, VARIANCE_INFINITE, WIDE,
    all_of, case, figures, finite_moments, pareto, plain, recycle, rounds_of,
)

Z = WIDE("1.959963984540054")


def fund(config, rows):
    """The fund's multiples before and with recycling (None where it is off), with which moments are finite."""
    buckets, recycling = config["buckets"], config.get("recycling", {"enabled": False})
    matrix = np.asarray(rows, dtype=np.float32).astype(np.float64)
    plain_weights = [b["capitalAllocation"] for b in buckets]
    gross = sum(w * matrix[:, i] for i, w in enumerate(plain_weights)) / math.fsum(plain_weights)
    invested = [b for b in buckets if b["capitalAllocation"] > 0]
    out = {"gross": (gross.astype(WIDE), all_of([finite_moments(b) for b in invested])), "recycled": None}
    if recycling["enabled"]:
        weights = np.array(plain_weights, dtype=WIDE) / WIDE(math.fsum(plain_weights))
        returned = np.array([[recycle(WIDE(m), recycling)[1] for m in row] for row in matrix]) @ weights
        uncapped = recycling.get("maxRecycledShare", 0.25) is None and recycling["reinvestmentRate"] > 0
        power = math.ceil(rounds_of(recycling)) + 1 if uncapped else 1
        out["recycled"] = (returned, all_of([finite_moments(b, power) for b in invested]))
    return out


def spread(steps, degrees):
    steps = steps - steps.mean()
    return np.sqrt((steps**2).sum() / degrees / len(steps))


def batch(steps):
    blocks = [steps[k:k + 1024] for k in range(0, len(steps), 1024)]
    if len(blocks) < 2:
        return None
    between = sum(len(b) * (b.mean() - steps.mean()) ** 2 for b in blocks)
    return np.sqrt(between / (len(blocks) - 1) / len(steps))


def separate(a, b):
    return None if a is None or b is None else np.sqrt(a * a + b * b)


def difference(a, b, error_a, error_b, paired):
    """Figures of the base and the other run, their own errors, and a function for the paired one."""
    step = None if a is None or b is None else b - a
    apart = separate(error_a, error_b) if step is not None else None
    return {"difference": step, "error": paired() if apart is not None else None, "separateError": apart}


def compare(base, other):
    (x, finite_x), (y, finite_y) = base, other
    n = len(x)
    fx, fy = figures(x, finite_x), figures(y, finite_y)
    ex, ey = fx["errors"], fy["errors"]
    finite = finite_x["variance"] and finite_y["variance"]
    out = {
        "mean": difference(fx["mean"], fy["mean"], ex["mean"], ey["mean"],
                           lambda: spread(y - x, n - 1) if finite else batch(y - x)),
    }

    def deviation(values):
        centred = values - values.mean()
        second = (centred**2).mean()
        return (centred**2 - second) / (2 * np.sqrt(second))

    out["stdDev"] = difference(fx["stdDev"], fy["stdDev"], ex["stdDev"], ey["stdDev"],
                               lambda: spread(deviation(y) - deviation(x), n))

    out["quantiles"] = {}
    for percent in PERCENTS:
        name = f"p{percent}"
        qx, qy = fx["quantiles"][name], fy["quantiles"][name]
        half = [None if e is None else (e["high"] - e["low"]) / (2 * Z) for e in (ex["quantiles"][name], ey["quantiles"][name])]

        def paired():
            ix, iy = (x.astype(np.float64) <= qx), (y.astype(np.float64) <= qy)
            # The coefficient of two events, from their two by two table.
            table = [(ix & iy).sum(), (ix & ~iy).sum(), (~ix & iy).sum(), (~ix & ~iy).sum()]
            a, b, c, d = (WIDE(int(cell)) for cell in table)
            scale = np.sqrt((a + b) * (c + d) * (a + c) * (b + d))
            phi = (a * d - b * c) / scale if scale > 0 else WIDE(0)
            # The variance of a difference, written so that equal runs leave nothing.
            return np.sqrt((half[0] - half[1]) ** 2 + 2 * half[0] * half[1] * (1 - phi))

        out["quantiles"][name] = difference(qx, qy, half[0], half[1], paired)

    out["probabilities"] = {}
    for name, event in {"lt1": lambda v: v < 1, "ge2": lambda v: v >= 2, "ge3": lambda v: v >= 3,
                        "ge5": lambda v: v >= 5, "ge10": lambda v: v >= 10}.items():
        hx, hy = event(x), event(y)
        n12, n21 = WIDE(int((hx & ~hy).sum())) + WIDE(0.5), WIDE(int((~hx & hy).sum())) + WIDE(0.5)
        total = WIDE(n) + 2
        p12, p21 = n12 / total, n21 / total
        shares = [(WIDE(int(h.sum())) + 1) / total for h in (hx, hy)]
        out["probabilities"][name] = {
            "difference": (WIDE(int(hy.sum())) - WIDE(int(hx.sum()))) / n,
            "error": np.sqrt((p12 + p21 - (p21 - p12) ** 2) / total),
            "separateError": np.sqrt(sum(p * (1 - p) / total for p in shares)),
        }

    def shortfall(values):
        q = np.sort(values)[math.ceil(n / 20) - 1]
        return -np.maximum(q - values, 0) * 20

    out["worst5Mean"] = difference(fx["worst5Mean"], fy["worst5Mean"], ex["worst5Mean"], ey["worst5Mean"],
                                   lambda: spread(shortfall(y) - shortfall(x), n - 1))

    def top(values, share):
        cut = np.sort(values)[n - math.ceil(n / 100)]
        return (np.maximum(values - cut, 0) - share * values) / values.mean()

    out["top1Share"] = difference(fx["top1Share"], fy["top1Share"], ex["top1Share"], ey["top1Share"],
                                  lambda: spread(top(y, fy["top1Share"]) - top(x, fx["top1Share"]), n - 1))
    return out


def comparison(base, other):
    base, other = fund(*base), fund(*other)
    recycled = None
    if base["recycled"] or other["recycled"]:
        recycled = compare(base["recycled"] or base["gross"], other["recycled"] or other["gross"])
    return {"numScenarios": len(base["gross"][0]), "gross": compare(base["gross"], other["gross"]), "recycled": recycled}


def pairs():
    """Names, and two cases of check_summary.py with as many rows."""
    def pair(name, columns, other_columns, marginals, first=(), second=()):
        return name, case(name, columns, marginals, *first), case(name, other_columns, marginals, *second)

    two = [THIN, FOURTH_INFINITE]
    for n in (1, 2, 3, 4, 19, 20, 21, 40, 100, 101, 200, 400):
        columns = [pareto(n, 5), pareto(n, 3.2)]
        yield pair(f"{n} rows, another allocation", columns, columns, two, ([60, 40], CAPPED), ([40, 60], CAPPED))
    columns = [pareto(600, 5), pareto(600, 3.2)]
    yield pair("nothing changes", columns, columns, two, ([60, 40],), ([60, 40],))
    yield pair("recycling against none", columns, columns, two, ([60, 40], CAPPED), ([60, 40],))
    yield pair("none against recycling without rounds", columns, columns, two, ([60, 40],), ([60, 40], NO_ROUNDS))
    yield pair("a scaled bucket", columns, [columns[0] * 1.2, columns[1]], two, ([60, 40],), ([60, 40],))
    yield pair("other draws", columns, [pareto(600, 5), pareto(600, 3.2)], two, ([60, 40],), ([60, 40],))
    heavy = [pareto(2500, 1.5), pareto(2500, 3.2)]
    yield pair("infinite variance, three blocks", heavy, heavy, [VARIANCE_INFINITE, FOURTH_INFINITE], ([50, 50],), ([20, 80],))
    yield pair("infinite variance, one block", [pareto(700, 1.5)], [pareto(700, 1.5)], [VARIANCE_INFINITE])
    yield pair("infinite variance in the base alone", heavy, heavy, [VARIANCE_INFINITE, THIN], ([50, 50],), ([0, 100],))
    thin = [pareto(1200, 4.8)]
    yield pair("recycling without a cap against one with", thin, thin, [THIN], (None, UNCAPPED), (None, CAPPED))
    zeros = [pareto(500, 1.5) * (RNG.random(500) < 0.34), pareto(500, 2.5)]
    yield pair("many zeros", zeros, [zeros[0] * 0.5, zeros[1]], [TABLE] * 2, ([45, 55], CAPPED, [200, 200]), ([45, 55], CAPPED, [200, 200]))
    yield pair("zeros only", [np.zeros(150)], [np.zeros(150)], [THIN])
    yield pair("a constant against another", [np.full(1100, 0.5)], [np.full(1100, 1.5)], [THIN])
    quarters = np.floor(pareto(800, 2.5) * 4) / 4
    yield pair("ties", [quarters], [np.floor(quarters * 2) / 2], [THIN])


def main():
    out = []
    for name, base, other in pairs():
        expected = comparison((base["config"], base["rows"]), (other["config"], other["rows"]))
        members = [{"config": run["config"], "rows": run["rows"]} for run in (base, other)]
        fixture = {"name": name, "base": members[0], "other": members[1], "expected": expected}
        out.append(json.dumps(plain(fixture), separators=(",", ":"), allow_nan=False))
    sys.stdout.write("[\n" + ",\n".join(out) + "\n]\n")


if __name__ == "__main__":
    main()
