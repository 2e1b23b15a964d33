//! The compiled engine has no fused multiply-add: it would give other bits on machines that have it.

use std::process::Command;

/// Disassembles this test program, which contains every pass.
#[test]
#[cfg(target_arch = "x86_64")]
fn no_instruction_is_a_fused_multiply_add() {
    let program = std::env::current_exe().unwrap();
    let output = Command::new("objdump")
        .args(["--disassemble", "--no-show-raw-insn"])
        .arg(&program)
        .output()
        .expect("objdump is needed to look at the compiled code: install it with `apt-get install binutils`");
    assert!(output.status.success(), "objdump: {}", String::from_utf8_lossy(&output.stderr));

    let mut function = String::new();
    let (mut wide_products, mut fused) = (0, Vec::new());
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        if let Some(name) = line.strip_suffix(">:") {
            function = name.to_owned();
        }
        if !function.contains("foliocast_") {
            continue;
        }
        let Some(instruction) = line.split('\t').nth(1) else { continue };
        wide_products += usize::from(instruction.starts_with("vmulpd") && instruction.contains("zmm"));
        if ["vfmadd", "vfmsub", "vfnmadd", "vfnmsub"].iter().any(|prefix| instruction.starts_with(prefix)) {
            fused.push(format!("{function}: {instruction}"));
        }
    }
    assert!(wide_products > 100, "the passes were not found in {}", program.display());
    assert!(fused.is_empty(), "{fused:#?}");
}
