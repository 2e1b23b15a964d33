#!/usr/bin/env python3
"""Makes core/tests/it/fixtures/cap_shares.json: what caps do to one deal's mean, by numerical quadrature.

The quantile functions are written down here from docs/MODEL.md section 4 and integrated with mpmath at 30 digits, with
no closed form in between. Needs mpmath; run as: core/scripts/make_cap_shares.py > core/tests/it/fixtures/cap_shares.json
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
]


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


def at_cap(case):
    cap = mpf(str(case["maxMoic"]))
    mean, share_of_deals = mpf(0), mpf(0)
    for low, high, multiple in tail_pieces(case):
        if low == 0:
            # The probability at which the cap is met, by bisection on ln p.
            below, above = mpf(-400), log(high)
            for _ in range(120):
                middle = (below + above) / 2
                below, above = (middle, above) if multiple(exp(middle)) > cap else (below, middle)
            low = exp((below + above) / 2)
            share_of_deals = low
        # In ln p, where power laws are smooth.
        steps = [log(low) + (log(high) - log(low)) * mpf(k) / 8 for k in range(9)]
        mean += quad(lambda v: multiple(exp(v)) * exp(v), steps)
    mean += cap * share_of_deals
    return {"shareOfDeals": float(share_of_deals), "shareOfMean": float(cap * share_of_deals / mean)}


print(json.dumps([{"bucket": case, **at_cap(case)} for case in CASES], indent=1))
