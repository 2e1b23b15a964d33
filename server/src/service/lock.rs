//! The lock on the data directory: one process at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use super::OpenError;

/// Held by the process that uses a data directory; the system releases it when the process ends, however it ends.
#[derive(Debug)]
pub struct DataDirLock {
    file: File,
}

impl DataDirLock {
    /// Makes the directory if need be and takes its lock.
    ///
    /// # Errors
    /// A sentence that says who holds it, or why it cannot be used.
    pub fn take(dir: &Path) -> Result<Self, OpenError> {
        let unusable = |error: std::io::Error| {
            OpenError::DataDir(format!(
                "the data directory {} cannot be used: {error}; make it writable, or choose another with \
                 FOLIOCAST_DATA_DIR",
                dir.display()
            ))
        };
        std::fs::create_dir_all(dir).map_err(unusable)?;
        let path = dir.join("foliocast.lock");
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Only for the sentence; the holder may not have written its number yet.
                let _ = file.read_to_string(&mut holder);
                let holder = if holder.trim().is_empty() { "another process" } else { holder.trim() };
                return Err(OpenError::Locked(format!(
                    "the data directory {} is in use by {holder}; stop it, or choose another directory with \
                     FOLIOCAST_DATA_DIR",
                    dir.display()
                )));
            }
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
        let note = format!("process {}", std::process::id());
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(note.as_bytes()))
            .map_err(unusable)?;
        Ok(Self { file })
    }

    /// Lets another process have the directory.
    pub fn release(&self) {
        if let Err(error) = self.file.unlock() {
            tracing::warn!(%error, "could not release the data directory");
        }
    }
}
