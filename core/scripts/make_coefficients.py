#!/usr/bin/env python3
"""Makes core/kernel/src/math/coefficients.rs and core/kernel/src/math/tail_table.rs (needs mpmath).

The numbers are part of the model's bits: run this to check that they are what the page says, not to change them.

    python3 core/scripts/make_coefficients.py          # compares with the committed files
    python3 core/scripts/make_coefficients.py --write  # writes them
"""
import pathlib
import sys

import mpmath as mp

mp.mp.dps = 50
MATH = pathlib.Path(__file__).resolve().parent.parent / "kernel" / "src" / "math"
HALF = mp.mpf(1) / 2


def stretched_chebyshev(low, high, degree):
    """Chebyshev's nodes, stretched so that the outermost are the ends: neighbouring pieces meet."""
    nodes = [mp.cos(mp.pi * (2 * k + 1) / (2 * (degree + 1))) for k in range(degree + 1)]
    return [(low + high) / 2 + (high - low) / 2 * x / nodes[0] for x in nodes]


def interpolate(f, nodes):
    powers = mp.matrix(len(nodes), len(nodes))
    values = mp.matrix(len(nodes), 1)
    for i, x in enumerate(nodes):
        values[i] = f(x)
        for j in range(len(nodes)):
            powers[i, j] = x**j
    return [float(c) for c in mp.lu_solve(powers, values)]


def relative_error(coefficients, f, low, high):
    points = [low + (high - low) * mp.mpf(k) / 4000 for k in range(4001)]
    return max(abs(mp.polyval([mp.mpf(c) for c in coefficients[::-1]], x) / f(x) - 1) for x in points)


def neg_two_ln(s):
    return -2 * mp.log1p(s) / s if abs(s) > mp.mpf(10) ** -45 else mp.mpf(-2)


def sin_two_pi(square):
    return mp.sin(2 * mp.pi * mp.sqrt(square)) / mp.sqrt(square) if square > 0 else 2 * mp.pi


def exp2(x):
    return mp.mpf(2) ** x


def upper_tail(z):
    """-ln of the upper tail probability, without cancellation on either side."""
    if z > -5:
        return -mp.log(mp.erfc(z / mp.sqrt(2)) / 2)
    return -mp.log1p(-mp.erfc(-z / mp.sqrt(2)) / 2)


# The ends, 0 (so that 2^0 is 1), and six nodes found by minimising the largest relative error.
EXP2_NODES = [-HALF, mp.mpf(0), HALF] + [mp.mpf(x) for x in (
    "-0.4424", "-0.3343", "-0.1853", "0.14656", "0.313", "0.4343")]


def constant(name, doc, coefficients):
    lines = [f"/// {line}" for line in doc] + [f"pub(super) const {name}: [f64; {len(coefficients)}] = ["]
    return lines + [f"    {c!r}," for c in coefficients] + ["];"]


def coefficients_file():
    root = mp.sqrt(HALF)
    lines = [
        "//! Coefficients of the polynomials, constant first. Made by `scripts/make_coefficients.py`; part of the bits.",
        "#![allow(clippy::approx_constant, reason = \"fitted: they only resemble constants\")]",
        "#![allow(clippy::excessive_precision, reason = \"the shortest text that reads back to the same f64\")]",
        "",
    ]
    for name, f, nodes, low, high, what in (
        ("NEG_TWO_LN", neg_two_ln, stretched_chebyshev(root - 1, 2 * root - 1, 14), root - 1, 2 * root - 1,
         "−2·ln(1 + s)/s for s in [√½ − 1, √2 − 1]"),
        ("SIN_TWO_PI", sin_two_pi, stretched_chebyshev(mp.mpf(0), mp.mpf(1) / 16, 6), mp.mpf(0), mp.mpf(1) / 16,
         "sin(2πx)/x in x², for |x| ≤ ¼"),
        ("EXP2", exp2, EXP2_NODES, -HALF, HALF, "2^x for |x| ≤ ½"),
    ):
        coefficients = interpolate(f, nodes)
        error = relative_error(coefficients, f, low, high)
        assert error < 1e-12, (name, error)
        lines += constant(name, [f"{what}: relative error {mp.nstr(error, 2)}."], coefficients)
    return lines


def table_file():
    half_cell = mp.mpf(1) / 64
    nodes = [half_cell * x for x in (-1, 1 - mp.sqrt(2), mp.sqrt(2) - 1, 1)]
    rows, worst = [], mp.mpf(0)
    for cell in range(-240, 273):
        centre = mp.mpf(cell) / 32
        row = interpolate(lambda d: upper_tail(centre + d), nodes)
        rows.append(row)
        for d in (-0.0146, -0.0108, -0.003, 0, 0.006, 0.0108, 0.0146):
            worst = max(worst, abs(mp.polyval([mp.mpf(c) for c in row[::-1]], mp.mpf(d)) - upper_tail(centre + d)))
    assert worst < 1e-10, worst
    return [
        "//! The cubics of −ln Φ(−z). Made by `scripts/make_coefficients.py`; part of the bits.",
        "#![allow(clippy::approx_constant, reason = \"fitted: they only resemble constants\")]",
        "#![allow(clippy::excessive_precision, reason = \"the shortest text that reads back to the same f64\")]",
        "",
        "pub(super) const ROWS: usize = 513;",
        "/// The row of the cell around 0.",
        "pub(super) const ROW_OF_ZERO: usize = 240;",
        "",
        "/// Rows that never straddle a cache line.",
        "#[repr(align(64))]",
        "pub(crate) struct Rows(pub(super) [[f64; 4]; ROWS]);",
        "",
        "/// Row k is the cell around (k − 240)/32: a cubic in the distance from the cell's centre, constant first.",
        f"/// Absolute error {mp.nstr(worst, 2)}.",
        "/// A module makes the same bits from their series.",
        "#[cfg(any(test, not(target_family = \"wasm\")))]",
        "#[rustfmt::skip]",
        "pub(super) static TAIL: Rows = Rows([",
    ] + [f"    [{', '.join(repr(c) for c in row)}]," for row in rows] + ["]);"]


def main():
    stale = []
    for name, lines in (("coefficients.rs", coefficients_file()), ("tail_table.rs", table_file())):
        text = "\n".join(lines) + "\n"
        path = MATH / name
        if "--write" in sys.argv[1:]:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            stale.append(str(path))
    if stale:
        sys.exit("not what this script makes (mpmath version?): " + ", ".join(stale))


main()
