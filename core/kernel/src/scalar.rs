//! The reference: plain f64 arithmetic, one lane.

use super::passes;
use super::target::entry_points;
use crate::math::Scalar;

entry_points!(Scalar, 4, 8, passes::step_then_normals::<Scalar, 1>);
