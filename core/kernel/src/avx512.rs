//! 8 lanes: AVX-512 F, DQ, VL and BW.

use core::arch::x86_64::*;

use super::passes;
use super::target::entry_points;
use crate::math::Vector;

entry_points!(
    Wide,
    8,
    1,
    passes::step_to_normals::<Wide>,
    #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw")]
);

/// Exists only within the entry points above, which run only where the machine has the features they enable.
#[derive(Clone, Copy)]
struct Wide(__m512d);

/// An intrinsic, called where its instructions are known to be there.
macro_rules! intrinsic {
    ($call:expr) => {
        // SAFETY: `Wide` is used only within this module's entry points, which enable the features. Loads and stores are
        // given slices of exactly the lanes' size.
        unsafe { $call }
    };
}

impl Vector for Wide {
    type Bits = __m512i;
    const LANES: usize = 8;
    const COUNTS_KNOTS: bool = false;

    #[inline(always)]
    fn splat(value: f64) -> Self {
        Self(intrinsic!(_mm512_set1_pd(value)))
    }
    #[inline(always)]
    fn load(from: &[f64]) -> Self {
        let from = &from[..Self::LANES];
        Self(intrinsic!(_mm512_loadu_pd(from.as_ptr())))
    }
    #[inline(always)]
    fn store(self, to: &mut [f64]) {
        let to = &mut to[..Self::LANES];
        intrinsic!(_mm512_storeu_pd(to.as_mut_ptr(), self.0))
    }
    #[inline(always)]
    fn store_f32(self, to: &mut [f32]) {
        let to = &mut to[..Self::LANES];
        intrinsic!(_mm256_storeu_ps(to.as_mut_ptr(), _mm512_cvtpd_ps(self.0)))
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(intrinsic!(_mm512_add_pd(self.0, other.0)))
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(intrinsic!(_mm512_sub_pd(self.0, other.0)))
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(intrinsic!(_mm512_mul_pd(self.0, other.0)))
    }
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Self(intrinsic!(_mm512_div_pd(self.0, other.0)))
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self(intrinsic!(_mm512_min_pd(self.0, other.0)))
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(intrinsic!(_mm512_max_pd(self.0, other.0)))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(intrinsic!(_mm512_sqrt_pd(self.0)))
    }
    #[inline(always)]
    fn select_ge(self, threshold: Self, yes: Self, no: Self) -> Self {
        Self(intrinsic!(_mm512_mask_blend_pd(_mm512_cmp_pd_mask::<_CMP_GE_OQ>(self.0, threshold.0), no.0, yes.0)))
    }
    #[inline(always)]
    fn count_ge(self, threshold: Self, count: __m512i) -> __m512i {
        intrinsic!(_mm512_mask_add_epi64(
            count,
            _mm512_cmp_pd_mask::<_CMP_GE_OQ>(self.0, threshold.0),
            count,
            _mm512_set1_epi64(1)
        ))
    }
    #[inline(always)]
    fn to_bits(self) -> __m512i {
        intrinsic!(_mm512_castpd_si512(self.0))
    }
    #[inline(always)]
    fn from_bits(bits: __m512i) -> Self {
        Self(intrinsic!(_mm512_castsi512_pd(bits)))
    }
    #[inline(always)]
    fn splat_bits(value: u64) -> __m512i {
        intrinsic!(_mm512_set1_epi64(value.cast_signed()))
    }
    #[inline(always)]
    fn load_bits(from: &[u64]) -> __m512i {
        let from = &from[..Self::LANES];
        intrinsic!(_mm512_loadu_si512(from.as_ptr().cast()))
    }
    #[inline(always)]
    fn store_bits(bits: __m512i, to: &mut [u64]) {
        let to = &mut to[..Self::LANES];
        intrinsic!(_mm512_storeu_si512(to.as_mut_ptr().cast(), bits))
    }
    #[inline(always)]
    fn add_bits(a: __m512i, b: __m512i) -> __m512i {
        intrinsic!(_mm512_add_epi64(a, b))
    }
    #[inline(always)]
    fn and(a: __m512i, b: __m512i) -> __m512i {
        intrinsic!(_mm512_and_si512(a, b))
    }
    #[inline(always)]
    fn or(a: __m512i, b: __m512i) -> __m512i {
        intrinsic!(_mm512_or_si512(a, b))
    }
    #[inline(always)]
    fn xor(a: __m512i, b: __m512i) -> __m512i {
        intrinsic!(_mm512_xor_si512(a, b))
    }
    #[inline(always)]
    fn shift_left<const BY: u32>(a: __m512i) -> __m512i {
        intrinsic!(_mm512_slli_epi64::<BY>(a))
    }
    #[inline(always)]
    fn shift_right<const BY: u32>(a: __m512i) -> __m512i {
        intrinsic!(_mm512_srli_epi64::<BY>(a))
    }
    #[inline(always)]
    unsafe fn gather_rows(table: &[[f64; 4]], index: __m512i) -> [Self; 4] {
        let mut at = [0; 8];
        Self::store_bits(index, &mut at);
        // SAFETY: the caller's promise: every index is a row of the table, four f64 wide.
        let row = |lane: usize| unsafe { table.get_unchecked(at[lane] as usize).as_ptr() };
        let pair = |lane: usize| {
            intrinsic!(_mm512_insertf64x4::<1>(
                _mm512_castpd256_pd512(_mm256_loadu_pd(row(lane))),
                _mm256_loadu_pd(row(lane + 4))
            ))
        };
        let (a, b, c, d) = (pair(0), pair(1), pair(2), pair(3));
        intrinsic!({
            let (ab_even, ab_odd) = (_mm512_unpacklo_pd(a, b), _mm512_unpackhi_pd(a, b));
            let (cd_even, cd_odd) = (_mm512_unpacklo_pd(c, d), _mm512_unpackhi_pd(c, d));
            let low = _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13);
            let high = _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15);
            [
                Self(_mm512_permutex2var_pd(ab_even, low, cd_even)),
                Self(_mm512_permutex2var_pd(ab_odd, low, cd_odd)),
                Self(_mm512_permutex2var_pd(ab_even, high, cd_even)),
                Self(_mm512_permutex2var_pd(ab_odd, high, cd_odd)),
            ]
        })
    }
}
