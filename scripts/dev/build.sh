# From sources to target/release/foliocast: the engine module, the interface's bundle, its files, the binary.

readonly build=$root/target/build
readonly engine_flags=(--config .cargo/engine.toml)

build_all() {
  build_engine
  build_package
  build_app
  build_styles
  build_site
  step "build" cargo build --quiet --release -p foliocast
}

# wasm_module CRATE FEATURE PROFILE NAME WASM_OPT_FLAGS [CARGO FLAG…]: target/build/NAME/{NAME.js,NAME.d.ts,NAME_bg.wasm}
wasm_module() {
  local crate=$1 feature=$2 profile=$3 name=$4
  local -a optimisation
  read -ra optimisation <<<"$5"
  local linked=target/$wasm_target/$profile/${crate//-/_}.wasm out=$build/$name
  step "$name" cargo "${@:6}" rustc --quiet -p "$crate" --lib --crate-type cdylib --features "$feature" \
    --profile "$profile" --target $wasm_target
  if [[ ! -f $out/${name}_bg.wasm ]] || changed "$name" "$linked" scripts/dev/build.sh; then
    rm -rf "$out"
    # Whoever loads it says from where: bundlers would take a default for a file that must be there.
    wasm-bindgen --target web --omit-default-module-path --out-name "$name" --out-dir "$out" "$linked"
    # The features are those that rustc uses (a module with others is refused); nothing that loosens floating point.
    # Functions stay apart: a browser compiles one a second time once it has run often, and a merged one all at once.
    local -a features=(--enable-bulk-memory --enable-bulk-memory-opt --enable-sign-ext
      --enable-nontrapping-float-to-int --enable-mutable-globals --enable-reference-types --enable-multivalue)
    step "$name" wasm-opt "${optimisation[@]}" --debuginfo --one-caller-inline-max-function-size=40 "${features[@]}" \
      "$out/${name}_bg.wasm" -o "$out/${name}.named.wasm"
    # Instances of one generic function are alike: side by side they compress better (3 % of the page's module). Names
    # end here.
    wasm-opt --reorder-functions-by-name "${optimisation[@]:1}" "${features[@]}" \
      "$out/${name}.named.wasm" -o "$out/${name}_bg.wasm"
    rm "$out/${name}.named.wasm"
    remember "$name" "$linked" scripts/dev/build.sh
  fi
}

# The engine module serves pages, the npm package and the tests: one build, the same bits.
build_engine() {
  wasm_module foliocast-core wasm engine-wasm engine "-O3 --enable-simd" "${engine_flags[@]}"
  mkdir -p core/npm/pkg
  cp -u "$build/engine/"{engine.js,engine.d.ts,engine_bg.wasm,engine_bg.wasm.d.ts} core/npm/pkg/
}

# No SIMD here: where it is missing, the page must still start and say so.
build_app() {
  wasm_module foliocast-app hydrate app-wasm app "-Oz"
}

build_styles() {
  if [[ ! -f $build/style/report.css ]] || changed style style package-lock.json; then
    local sheet
    for sheet in app report; do
      step "style" sass --no-source-map --style=compressed "style/$sheet.scss" "$build/style/$sheet.css"
    done
    remember style style package-lock.json
  fi
}

# target/site: every file under a name made of its content, compressed beside itself, and a manifest.
build_site() {
  local inputs=("$build/engine" "$build/app" "$build/style" core/npm/dist app/engine app/public scripts/site.mjs package-lock.json)
  if [[ ! -f target/site/manifest.json ]] || changed site "${inputs[@]}"; then
    step "site" node scripts/site.mjs
    remember site "${inputs[@]}"
  fi
}

# The npm package's files: its entries, made of the engine module and core/npm/src, with their types.
build_package() {
  local inputs=("$build/engine" core/npm/src core/npm/package.json core/npm/tsconfig.json scripts/npm package-lock.json)
  if [[ ! -f core/npm/dist/index.js ]] || changed package "${inputs[@]}"; then
    step "package" node scripts/npm/build.mjs
    remember package "${inputs[@]}"
  fi
}

package_npm() {
  mkdir -p target/package
  cp -u LICENSE-APACHE LICENSE-MIT core/npm/
  step "package" npm pack --workspace core/npm --pack-destination target/package
}
