//! Tells cargo when something that is embedded changed: the migrations, and the built interface, so that a release
//! binary never embeds an old one.

#![allow(clippy::print_stdout, reason = "cargo reads it")]

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../migrations");
    // A debug build reads the interface from the disk when it runs.
    if std::env::var("PROFILE").as_deref() == Ok("release") {
        let site = "../target/site";
        // Cargo takes a path that does not exist for one that always changed.
        if let Err(error) = std::fs::create_dir_all(site) {
            println!("cargo::warning=cannot make {site}: {error}");
        }
        println!("cargo::rerun-if-changed={site}");
    }
}
