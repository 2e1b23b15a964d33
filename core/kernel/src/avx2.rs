//! 4 lanes: AVX2.

use core::arch::x86_64::*;

use super::passes;
use super::target::entry_points;
use crate::math::Vector;

entry_points!(
    Quad,
    8,
    2,
    passes::step_then_normals::<Quad, 2>,
    #[target_feature(enable = "avx2")]
);

/// Exists only within the entry points above, which run only where the machine has AVX2.
#[derive(Clone, Copy)]
struct Quad(__m256d);

/// An intrinsic, called where its instructions are known to be there.
macro_rules! intrinsic {
    ($call:expr) => {
        // SAFETY: `Quad` is used only within this module's entry points, which enable AVX2. Loads and stores are
        // given slices of exactly the lanes' size.
        unsafe { $call }
    };
}

impl Vector for Quad {
    type Bits = __m256i;
    const LANES: usize = 4;
    const COUNTS_KNOTS: bool = true;

    #[inline(always)]
    fn splat(value: f64) -> Self {
        Self(intrinsic!(_mm256_set1_pd(value)))
    }
    #[inline(always)]
    fn load(from: &[f64]) -> Self {
        let from = &from[..Self::LANES];
        Self(intrinsic!(_mm256_loadu_pd(from.as_ptr())))
    }
    #[inline(always)]
    fn store(self, to: &mut [f64]) {
        let to = &mut to[..Self::LANES];
        intrinsic!(_mm256_storeu_pd(to.as_mut_ptr(), self.0))
    }
    #[inline(always)]
    fn store_f32(self, to: &mut [f32]) {
        let to = &mut to[..Self::LANES];
        intrinsic!(_mm_storeu_ps(to.as_mut_ptr(), _mm256_cvtpd_ps(self.0)))
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(intrinsic!(_mm256_add_pd(self.0, other.0)))
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(intrinsic!(_mm256_sub_pd(self.0, other.0)))
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(intrinsic!(_mm256_mul_pd(self.0, other.0)))
    }
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Self(intrinsic!(_mm256_div_pd(self.0, other.0)))
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self(intrinsic!(_mm256_min_pd(self.0, other.0)))
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(intrinsic!(_mm256_max_pd(self.0, other.0)))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(intrinsic!(_mm256_sqrt_pd(self.0)))
    }
    #[inline(always)]
    fn select_ge(self, threshold: Self, yes: Self, no: Self) -> Self {
        Self(intrinsic!(_mm256_blendv_pd(no.0, yes.0, _mm256_cmp_pd::<_CMP_GE_OQ>(self.0, threshold.0))))
    }
    #[inline(always)]
    fn count_ge(self, threshold: Self, count: __m256i) -> __m256i {
        intrinsic!(_mm256_sub_epi64(count, _mm256_castpd_si256(_mm256_cmp_pd::<_CMP_GE_OQ>(self.0, threshold.0))))
    }
    #[inline(always)]
    fn to_bits(self) -> __m256i {
        intrinsic!(_mm256_castpd_si256(self.0))
    }
    #[inline(always)]
    fn from_bits(bits: __m256i) -> Self {
        Self(intrinsic!(_mm256_castsi256_pd(bits)))
    }
    #[inline(always)]
    fn splat_bits(value: u64) -> __m256i {
        intrinsic!(_mm256_set1_epi64x(value.cast_signed()))
    }
    #[inline(always)]
    fn load_bits(from: &[u64]) -> __m256i {
        let from = &from[..Self::LANES];
        intrinsic!(_mm256_loadu_si256(from.as_ptr().cast()))
    }
    #[inline(always)]
    fn store_bits(bits: __m256i, to: &mut [u64]) {
        let to = &mut to[..Self::LANES];
        intrinsic!(_mm256_storeu_si256(to.as_mut_ptr().cast(), bits))
    }
    #[inline(always)]
    fn add_bits(a: __m256i, b: __m256i) -> __m256i {
        intrinsic!(_mm256_add_epi64(a, b))
    }
    #[inline(always)]
    fn and(a: __m256i, b: __m256i) -> __m256i {
        intrinsic!(_mm256_and_si256(a, b))
    }
    #[inline(always)]
    fn or(a: __m256i, b: __m256i) -> __m256i {
        intrinsic!(_mm256_or_si256(a, b))
    }
    #[inline(always)]
    fn xor(a: __m256i, b: __m256i) -> __m256i {
        intrinsic!(_mm256_xor_si256(a, b))
    }
    #[inline(always)]
    fn shift_left<const BY: u32>(a: __m256i) -> __m256i {
        intrinsic!(_mm256_sll_epi64(a, _mm_cvtsi32_si128(BY.cast_signed())))
    }
    #[inline(always)]
    fn shift_right<const BY: u32>(a: __m256i) -> __m256i {
        intrinsic!(_mm256_srl_epi64(a, _mm_cvtsi32_si128(BY.cast_signed())))
    }
    #[inline(always)]
    unsafe fn gather_rows(table: &[[f64; 4]], index: __m256i) -> [Self; 4] {
        let at = intrinsic!({
            let (low, high) = (_mm256_castsi256_si128(index), _mm256_extracti128_si256::<1>(index));
            [_mm_cvtsi128_si64(low), _mm_extract_epi64::<1>(low), _mm_cvtsi128_si64(high), _mm_extract_epi64::<1>(high)]
        });
        // SAFETY: the caller's promise: every index is a row of the table, four f64 wide.
        let row = |lane: usize| unsafe { _mm256_loadu_pd(table.get_unchecked(at[lane] as usize).as_ptr()) };
        let (a, b, c, d) = (row(0), row(1), row(2), row(3));
        intrinsic!({
            let (ab_even, ab_odd) = (_mm256_unpacklo_pd(a, b), _mm256_unpackhi_pd(a, b));
            let (cd_even, cd_odd) = (_mm256_unpacklo_pd(c, d), _mm256_unpackhi_pd(c, d));
            [
                Self(_mm256_permute2f128_pd::<0x20>(ab_even, cd_even)),
                Self(_mm256_permute2f128_pd::<0x20>(ab_odd, cd_odd)),
                Self(_mm256_permute2f128_pd::<0x31>(ab_even, cd_even)),
                Self(_mm256_permute2f128_pd::<0x31>(ab_odd, cd_odd)),
            ]
        })
    }
}
