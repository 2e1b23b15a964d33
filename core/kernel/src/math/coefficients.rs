//! Coefficients of the polynomials, constant first. Made by `scripts/make_coefficients.py`; part of the bits.
#![allow(clippy::approx_constant, reason = "fitted: they only resemble constants")]
#![allow(clippy::excessive_precision, reason = "the shortest text that reads back to the same f64")]

/// −2·ln(1 + s)/s for s in [√½ − 1, √2 − 1]: relative error 5.2e-13.
pub(super) const NEG_TWO_LN: [f64; 15] = [
    -2.0000000000004845,
    0.9999999999680415,
    -0.6666666661842123,
    0.500000009184847,
    -0.40000008249724306,
    0.33333261369833234,
    -0.2857088242491761,
    0.2500220839833977,
    -0.22239645909647887,
    0.1997480827649297,
    -0.17899462188997842,
    0.1662378117924481,
    -0.175327852968517,
    0.17010444015554277,
    -0.08583466344048377,
];
/// sin(2πx)/x in x², for |x| ≤ ¼: relative error 9.2e-14.
pub(super) const SIN_TWO_PI: [f64; 7] = [
    6.283185307179586,
    -41.341702240028894,
    81.60524916211702,
    -76.70584808844548,
    42.05814462742895,
    -15.081546545404873,
    3.665864142418136,
];
/// 2^x for |x| ≤ ½: relative error 9.7e-13.
pub(super) const EXP2: [f64; 9] = [
    1.0,
    0.6931471805460835,
    0.24022650698131984,
    0.05550410943188527,
    0.00961812863065092,
    0.0013333447500655318,
    0.0001540380168559976,
    1.531107927497598e-05,
    1.318671940641514e-06,
];
