# Speed and endurance. Nothing here passes or fails by the clock; a soak fails on differences and on memory that rises.

# compare REV: the native engine beside that of another commit.
compare_all() {
  local revision=$1 tree=$root/target/compare/tree
  revision=$(git rev-parse --verify --quiet "$revision^{commit}") || fail "'$1' is no commit"
  git worktree remove --force "$tree" 2>/dev/null || true
  git worktree prune
  git worktree add --quiet --detach "$tree" "$revision"
  local -a examples=(--quiet --release -p foliocast-core --features rayon --examples)
  step "bench" cargo build "${examples[@]}"
  (cd "$tree" && CARGO_TARGET_DIR=$root/target/compare/build step "bench" cargo build "${examples[@]}")
  node bench/compare.mjs target/release/examples target/compare/build/release/examples
  git worktree remove --force "$tree"
}

bench_all() {
  local venv=$root/target/bench-venv
  if [[ ! -x $venv/bin/python ]] || changed bench-venv bench/requirements.txt; then
    step "bench" python3 -m venv "$venv"
    step "bench" "$venv/bin/pip" install --quiet --requirement bench/requirements.txt
    remember bench-venv bench/requirements.txt
  fi
  step "bench" cargo build --quiet --release -p foliocast-core --features rayon --examples
  step "bench" cargo build --quiet --release -p foliocast --example bare_route
  package_npm
  with_services
  PYTHON=$venv/bin/python node bench/bench.mjs "$@"
}

# Only a fleet needs services: one server keeps its data in files.
soak_all() {
  if [[ " $* " == *" --fleet "* ]]; then
    setup_services
    with_services
  fi
  step "soak" node bench/soak.mjs "$@"
}

fuzz_all() {
  local seconds=${1:-300}
  command -v cargo-fuzz >/dev/null || [[ -x $tools/bin/cargo-fuzz ]] ||
    step "fuzz" cargo install --quiet --locked cargo-fuzz --root "$tools"
  local target
  for target in config codec; do
    (
      cd core
      export PATH=$tools/bin:$PATH RUSTC_BOOTSTRAP=1
      step "fuzz" cargo fuzz run "$target" -- -max_total_time="$seconds" -rss_limit_mb=2048
    )
  done
}
