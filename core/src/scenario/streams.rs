//! Random streams, addressed by seed, label and block.
