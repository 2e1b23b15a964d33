#!/usr/bin/env python3
"""Makes core/tests/it/fixtures/deals.json: what one deal does, by numerical quadrature and bisection.

The quantile functions are written down here from docs/MODEL.md section 4 and integrated with mpmath at 30 digits, with
no closed form in between. Needs mpmath; run as: core/scripts/make_deals.py > core/tests/it/fixtures/deals.json
"""

import json

from mpmath import exp, log, mp, mpf, quad

mp.dps = 30

CASES = [
    {"moicCalibration": {"median": 1, "p90": 3}, "maxMoic": 50},
    {"moicCalibration": {"median": 1, "p90": 3}, "lossProbability": 0.25, "maxMoic": 3.000001},
    {"moicCalibration": {"median": 1, "p90": 5}, "maxMoic": 100},
    {"moicCalibration": {"median": 1, "p90": 4.99}, "maxMoic": 1000},
    {"moicCalibration": {"median": 0.5, "p90": 40}, "lossProbability": 0.4, "maxMoic": 200},
    {"moicCalibration": {"median": 2, "p90": 2.2}, "maxMoic": 2.5},
    {"moicCalibration": {"median": 0.001, "p90": 900}, "maxMoic": 1000000},
    {"outcomeTable": {"bands": [{"to": 1, "share": 0.66}, {"to": 5, "share": 0.22}, {"to": 10, "share": 0.065},
                                {"to": 20, "share": 0.03}, {"to": 50, "share": 0.017}], "tailExponent": 1.44},
     "lossProbability": 0.4, "maxMoic": 200},
    {"outcomeTable": {"bands": [{"to": 1, "share": 0.5}, {"to": 10, "share": 0.45}], "tailExponent": 1},
     "maxMoic": 1000},
    {"outcomeTable": {"bands": [{"to": 0.9, "share": 0.6}], "tailExponent": 0.1}, "lossProbability": 0.6,
     "maxMoic": 10},
    {"outcomeTable": {"bands": [{"to": 0.000001, "share": 0.3}, {"to": 1000, "share": 0.699}], "tailExponent": 3},
     "maxMoic": 1001},
    {"moicCalibration": {"median": 1.5, "p90": 4}, "lossProbability": 0.25},
    {"moicCalibration": {"median": 2, "p90": 2.2}},
    {"outcomeTable": {"bands": [{"to": 1, "share": 0.648}, {"to": 5, "share": 0.253}, {"to": 10, "share": 0.059},
                                {"to": 20, "share": 0.025}, {"to": 50, "share": 0.011}], "tailExponent": 1.44},
     "lossProbability": 0.2592},
]

# Where the share of deals is asked, and which quantiles.
MULTIPLES = [0.5, 1, 3, 7, 10, 49]
PROBABILITIES = [0.05, 0.3, 0.5, 0.62, 0.9, 0.99, 0.9999]


def tail_pieces(case):
    """(lowest p, highest p, MOIC as a function of p) for every piece, p being the upper-tail probability."""
    q = mpf(str(case.get("lossProbability", 0)))
    if "moicCalibration" in case:
        median, p90 = (mpf(str(case["moicCalibration"][name])) for name in ("median", "p90"))
        alpha = log(5) / log(p90 / median)
        x_min = median * (mpf("0.5") / (1 - q)) ** (1 / alpha)
        return [(mpf(0), 1 - q, lambda p: x_min * ((1 - q) / p) ** (1 / alpha))]
    bands = [(mpf(str(band["to"])), mpf(str(band["share"]))) for band in case["outcomeTable"]["bands"]]
    tail = mpf(str(case["outcomeTable"]["tailExponent"]))
    edges = [edge for edge, _ in bands]
    beyond = [1 - sum(share for _, share in bands[: count + 1]) for count in range(len(bands))]
    pieces = []
    if 1 - q > beyond[0]:
        pieces.append((beyond[0], 1 - q, lambda p: edges[0] * ((1 - p) - q) / (1 - q - beyond[0])))
    for i in range(len(bands) - 1):
        a = log(beyond[i] / beyond[i + 1]) / log(edges[i + 1] / edges[i])
        pieces.append((beyond[i + 1], beyond[i], lambda p, i=i, a=a: edges[i] * (beyond[i] / p) ** (1 / a)))
    pieces.append((mpf(0), beyond[-1], lambda p: edges[-1] * (beyond[-1] / p) ** (1 / tail)))
    return pieces


def meets(pieces, multiple):
    """The upper-tail probability at which a deal returns `multiple`, by bisection on ln p over all pieces."""
    low, high = mpf(-400), log(pieces[0][1])

    def quantile(p):
        # Pieces rise while p falls.
        return next(piece for lowest, _, piece in pieces if p > lowest)(p)

    if quantile(exp(high)) >= multiple:
        return exp(high)
    for _ in range(160):
        middle = (low + high) / 2
        low, high = (middle, high) if quantile(exp(middle)) > multiple else (low, middle)
    return exp((low + high) / 2)


def mean_of(pieces, highest):
    """The mean of deals whose upper-tail probability is above `highest`, by quadrature in ln p."""
    mean = mpf(0)
    for low, high, multiple in pieces:
        low = max(low, highest)
        steps = [log(low) + (log(high) - log(low)) * mpf(k) / 8 for k in range(9)]
        mean += quad(lambda v: multiple(exp(v)) * exp(v), steps)
    return mean


def outlook(case):
    pieces = tail_pieces(case)
    cap = mpf(str(case["maxMoic"])) if "maxMoic" in case else None
    figures = {}
    if cap is None:
        # Down to p = e^-60, and what is left of the tail by quadrature out to nothing.
        tail = pieces[-1][2]
        mean = mean_of(pieces, exp(mpf(-60)))
        mean += quad(lambda v: tail(exp(-v)) * exp(-v), [60, 90, 140, 300, 800, mp.inf])
    else:
        at_cap = meets(pieces, cap)
        mean = mean_of(pieces, at_cap) + cap * at_cap
        figures |= {"shareOfDeals": float(at_cap), "shareOfMean": float(cap * at_cap / mean)}
    figures["mean"] = float(mean)
    figures["survival"] = [0.0 if cap is not None and x > cap else float(meets(pieces, mpf(x))) for x in MULTIPLES]
    quantiles = []
    for p in PROBABILITIES:
        beyond = 1 - mpf(str(p))
        inside = [multiple for low, high, multiple in pieces if low < beyond <= high]
        multiple = inside[0](beyond) if inside else mpf(0)
        quantiles.append(float(multiple if cap is None else min(multiple, cap)))
    return figures | {"quantiles": quantiles}


print(json.dumps({"multiples": MULTIPLES, "probabilities": PROBABILITIES,
                  "deals": [{"bucket": case, **outlook(case)} for case in CASES]}, indent=1))
