//! The interface's logic, through its public parts.

mod configurations;
mod verify;
mod workbench;
