//! Encoded rows: a header plus chunks of whole blocks.
