# Installs what the other commands need. Everything here may run again at any time, and costs nothing when all is there.

readonly wasm_bindgen_version=0.2.130
readonly wasm_target=wasm32-unknown-unknown
readonly tools=$root/target/tools
readonly node_needed=20.11

setup_build() {
  setup_rust
  need_command cc build-essential
  need_node
  setup_wasm_std
  setup_wasm_bindgen
  setup_npm
}

setup_rust() {
  command -v cargo >/dev/null || fail "no Rust toolchain: install one from https://rustup.rs, then run this again"
  # A toolchain made by an earlier set-up (see wasm_std_from_debian) serves everything, so that nothing is built twice.
  if [[ -z ${RUSTUP_TOOLCHAIN:-} ]] && ! has_wasm_std && RUSTUP_TOOLCHAIN=debian has_wasm_std; then
    export RUSTUP_TOOLCHAIN=debian
  fi
  local needed found
  needed=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
  found=$(rustc --version)
  found=${found#rustc }
  version_at_least "${found%%[ -]*}" "$needed" ||
    fail "Rust $needed or newer is needed, found $found: 'rustup update' brings it, then run this again"
}

need_node() {
  local found
  found=$(node --version 2>/dev/null || true)
  [[ -n $found ]] && version_at_least "${found#v}" $node_needed ||
    fail "Node $node_needed or newer is needed, found ${found:-none}: install it from https://nodejs.org, then run this again"
}

as_root() {
  if [[ $EUID -eq 0 ]]; then "$@"; else sudo "$@"; fi
}

apt_updated=
install_packages() {
  command -v apt-get >/dev/null || fail "these packages are missing and apt-get is not here to install them: $*"
  if [[ -z $apt_updated ]]; then
    step "setup" as_root apt-get update -qq
    apt_updated=yes
  fi
  step "setup" as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

# need_command COMMAND PACKAGE
need_command() {
  command -v "$1" >/dev/null || install_packages "$2"
}

setup_lint() {
  need_command shellcheck shellcheck
}

setup_test() {
  need_command objdump binutils
  setup_browser
  setup_python_venv
}

setup_bench() {
  setup_python_venv
  need_command wrk wrk
}

setup_python_venv() {
  python3 -c 'import ensurepip, venv' 2>/dev/null || install_packages python3 python3-venv
}

setup_browser() {
  if [[ -z ${CHROMIUM:-} ]] && ! CHROMIUM=$(browser); then
    say "setup" "no Chromium or Chrome here: taking the package chromium (another browser can be named in CHROMIUM)"
    install_packages chromium
    CHROMIUM=$(browser) || fail "the package chromium was installed, but 'chromium --version' does not run"
  fi
  export CHROMIUM
}

# Where the first browser is that the tests can drive. It must run: Ubuntu's chromium-browser may be a mere note on snap.
browser() {
  local name
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if "$name" --version >/dev/null 2>&1; then
      command -v "$name"
      return
    fi
  done
  return 1
}

has_wasm_std() {
  local lib
  lib=$(rustc --print target-libdir --target $wasm_target 2>/dev/null) && compgen -G "$lib/libstd-*.rlib" >/dev/null
}

# The standard library for WebAssembly: there already, from rustup, or built from Debian's source package.
setup_wasm_std() {
  if has_wasm_std; then
    return
  elif command -v rustup >/dev/null && rustup target add $wasm_target && has_wasm_std; then
    say "setup" "took the $wasm_target standard library from rustup"
  elif command -v apt-get >/dev/null; then
    wasm_std_from_debian
  else
    fail "no $wasm_target standard library: 'rustup target add $wasm_target' must work"
  fi
}

wasm_std_from_debian() {
  install_packages rustc-web cargo-web rust-web-src rust-web-clippy rustfmt-web lld-22
  local work=$root/target/wasm-std sysroot=/usr/lib/rustlib
  mkdir -p "$work/src"
  printf '[package]\nname = "throwaway"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n' >"$work/Cargo.toml"
  printf '#![no_std]\n' >"$work/src/lib.rs"
  (
    cd "$work"
    unset RUSTUP_TOOLCHAIN
    RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc RUSTFLAGS=-Cembed-bitcode=yes CARGO_TARGET_DIR=$work/target \
      step "setup" /usr/bin/cargo build --release --target $wasm_target \
      -Z build-std=std,panic_abort,panic_unwind,proc_macro,test
  )
  rm -f "$work/target/$wasm_target/release/deps/"libthrowaway*
  as_root mkdir -p $sysroot/$wasm_target/lib $sysroot/x86_64-unknown-linux-gnu/bin
  as_root cp "$work/target/$wasm_target/release/deps/"*.rlib $sysroot/$wasm_target/lib/
  as_root ln -sf /usr/bin/lld-22 $sysroot/x86_64-unknown-linux-gnu/bin/rust-lld
  # What was compiled against an older standard library is stale, and cargo does not notice.
  rm -rf "target/$wasm_target"
  if command -v rustup >/dev/null; then
    rustup toolchain link debian /usr
    export RUSTUP_TOOLCHAIN=debian
  fi
  has_wasm_std || fail "the $wasm_target standard library was built, but $(command -v rustc) does not find it"
  say "setup" "built the $wasm_target standard library from Debian's sources"
}

setup_wasm_bindgen() {
  if [[ $("$tools/bin/wasm-bindgen" --version 2>/dev/null) != "wasm-bindgen $wasm_bindgen_version" ]]; then
    step "setup" cargo install wasm-bindgen-cli --version $wasm_bindgen_version --root "$tools" --target-dir "$tools/build" \
      --quiet --no-default-features
    rm -rf "$tools/build"
  fi
  PATH=$tools/bin:$PATH
}

setup_npm() {
  if [[ ! -d node_modules ]] || changed npm package-lock.json; then
    step "setup" npm ci --no-audit --no-fund --loglevel=error
    remember npm package-lock.json
  fi
  PATH=$root/node_modules/.bin:$PATH
}
