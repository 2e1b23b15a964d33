//! Elementary functions of `core`'s own: only `+ − × ÷ √`, tables and bit operations, in one fixed order.
