# What must hold before a change lands.

# The engine with every check a debug build has; the rest as it ships, so that what is borrowed is compiled only once
# and the program under test is the one that people run.
test_all() {
  with_services
  step "test" cargo test -p foliocast-core -p foliocast-kernel
  step "test" cargo test --release -p foliocast -p foliocast-app
  step "test" node scripts/npm/api-types.mjs --check
  package_npm
  step "test" node --test core/npm/test/*.test.mjs
  step "test" node --test end2end/queue/*.test.mjs
  step "test" node --test end2end/metrics/*.test.mjs
  test_contract
  step "test" npm test --workspace end2end
  say "test" "every test passed"
}

# The API against its own document, as everybody it may be asked by.
test_contract() {
  local venv=$root/target/contract-venv requirements=scripts/contract/requirements.txt
  if [[ ! -x $venv/bin/schemathesis ]] || changed contract-venv $requirements; then
    step "test" python3 -m venv "$venv"
    step "test" "$venv/bin/pip" install --quiet --requirement $requirements
    remember contract-venv $requirements
  fi
  step "test" "$venv/bin/python" scripts/contract/contract.py target/release/foliocast "$venv/bin/schemathesis"
}

# Needs the engine module: scripts are checked against its types. The profiles are those of the builds, for procedural
# macros and build scripts belong to a profile and would be made once more for another.
lint_all() {
  # The interface is embedded in the server: an empty place for it is enough to check the code.
  mkdir -p target/site
  step "lint" cargo fmt --all --check
  step "lint" cargo clippy --release --workspace --all-targets -- -D warnings
  step "lint" cargo "${engine_flags[@]}" clippy --profile engine-wasm -p foliocast-core --features wasm \
    --target $wasm_target -- -D warnings
  step "lint" cargo clippy --profile app-wasm -p foliocast-app --features hydrate --target $wasm_target -- -D warnings
  step "lint" env RUSTDOCFLAGS="-D warnings" cargo doc --release --workspace --no-deps --document-private-items
  step "lint" prettier --check --log-level warn .
  step "lint" tsc --noEmit --project tsconfig.json
  step "lint" shellcheck --external-sources dev .ci/run
}

audit_all() {
  for tool in cargo-deny cargo-machete; do
    [[ -x $tools/bin/$tool ]] || step "audit" cargo install --quiet --locked "$tool" --root "$tools"
  done
  step "audit" "$tools/bin/cargo-deny" check bans licenses sources
  step "audit" "$tools/bin/cargo-machete"
}
