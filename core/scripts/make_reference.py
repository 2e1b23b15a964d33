#!/usr/bin/env python3
"""Makes core/tests/it/fixtures/*.txt, what the elementary functions should give (needs mpmath).

One line a point: inputs as 16 hexadecimal digits of their bits (normals: the two words), outputs as the nearest f64.

    python3 core/scripts/make_reference.py
"""
import pathlib
import random
import struct

import mpmath as mp

mp.mp.dps = 50
FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "tests" / "it" / "fixtures"
random.seed(2026)


def bits(x):
    return struct.pack(">d", x).hex()


def neighbours(x, ulps=2):
    (n,) = struct.unpack("<q", struct.pack("<d", x))
    return [struct.unpack("<d", struct.pack("<q", n + k))[0] for k in range(-ulps, ulps + 1)]


def write(name, lines):
    (FIXTURES / name).write_text("".join(f"{line}\n" for line in lines))


def upper_tail(z):
    z = mp.mpf(z)
    return -mp.log(mp.erfc(z / mp.sqrt(2)) / 2) if z > -5 else -mp.log1p(-mp.erfc(-z / mp.sqrt(2)) / 2)


def ln_points():
    points = [1e-6, 1e-3, 0.5, 2.0, 5.0, 10.0, 1e6, 1e12, 2.2250738585072014e-308, 1.7976931348623157e308]
    points += neighbours(1.0, 4) + neighbours(2**-0.5) + neighbours(2**0.5) + [1 + 1e-9, 1 - 1e-9, 1 + 1e-6, 1 - 1e-6]
    points += [10 ** random.uniform(-12, 12) for _ in range(400)] + [random.uniform(0.4, 2.2) for _ in range(400)]
    return [f"{bits(x)} {float(mp.log(mp.mpf(x)))!r}" for x in points]


def exp2_points():
    points = [0.0, 1.0, -1.0, 900.0, -900.0] + neighbours(0.5) + neighbours(-0.5) + neighbours(1.5) + neighbours(17.5)
    points += [1e-300, -1e-300, 1e-16, -1e-16, 1e-9, -1e-9]
    points += [random.uniform(-0.5, 0.5) for _ in range(500)] + [random.uniform(-40, 950) for _ in range(400)]
    return [f"{bits(y)} {float(mp.mpf(2) ** mp.mpf(y))!r}" for y in points]


def tail_points():
    points = [0.0, -7.4, 8.4] + [k / 64 for k in range(-473, 538, 7)] + neighbours(1 / 64) + neighbours(-33 / 64)
    points += [random.uniform(-7.4, 8.4) for _ in range(900)] + [random.gauss(0, 1) for _ in range(400)]
    return [f"{bits(z)} {float(upper_tail(z))!r}" for z in points]


def normal_points():
    edges = [0, 1, 4095, 4096, 2**12, 2**61, 2**62, 2**62 - 4096, 2**63, 2**63 - 1, 2**63 + 4096, 3 * 2**62, 2**64 - 1]
    edges += [2**64 - 4096 * k for k in range(1, 5)] + [4096 * k for k in range(1, 5)]
    # 1 - unit around the root of one half, where the exponent changes.
    edges += [int((1 - mp.sqrt(mp.mpf(1) / 2)) * 2**52 + k) << 12 for k in range(-2, 3)]
    pairs = [(a, b) for a in edges for b in edges]
    pairs += [(random.getrandbits(64), random.getrandbits(64)) for _ in range(900)]
    pairs += [(2**64 - 1 - random.getrandbits(random.randint(12, 60)), random.getrandbits(64)) for _ in range(150)]
    lines = []
    for a, b in pairs:
        radius = mp.sqrt(-2 * mp.log1p(-mp.mpf(a >> 12) / 2**52))
        turn = 2 * mp.mpf(b >> 12) / 2**52
        lines.append(f"{a:016x} {b:016x} {float(radius * mp.cospi(turn))!r} {float(radius * mp.sinpi(turn))!r}")
    return lines


FIXTURES.mkdir(parents=True, exist_ok=True)
write("ln.txt", ln_points())
write("exp2.txt", exp2_points())
write("neg_ln_upper_tail.txt", tail_points())
write("standard_normals.txt", normal_points())
