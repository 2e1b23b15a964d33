//! The engine in the page's own thread: what it computes is in the frame of the input that asked for it, where a message
//! to a worker and back takes the rest of that frame. The script is `app/engine/page.js`.

use std::time::Duration;

use foliocast_core::scenario::FundFigures;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

use crate::Assets;
use crate::browser::now_ms;

/// Longest that an input is kept from the page while its figures are made, milliseconds: what is felt as at once.
const BUDGET_MS: f64 = 24.0;
/// After so many leads in a row that took longer, those that follow are left to the worker until inputs rest.
const MOST_MISSES: u8 = 3;
/// Longest stretch of preparing, milliseconds.
const SLICE_MS: f64 = 8.0;
/// How long inputs must rest before anything is prepared.
const REST: Duration = Duration::from_millis(150);

#[wasm_bindgen(module = "/engine/page.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    async fn load(engine: &str, module: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch)]
    fn follow(configuration: &str, rows: u32, budget_ms: f64) -> Result<Option<String>, JsValue>;
}

/// The first rows of a preview.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lead {
    /// The configuration's JSON text.
    pub configuration: String,
    /// Rows asked for, whatever the configuration says.
    pub rows: u32,
}

/// What the page's own engine can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Nobody has loaded it.
    #[default]
    Absent,
    /// It is being loaded.
    Loading,
    /// It is to be prepared: rows that a change leaves as they are would have to be made with the others.
    Behind,
    /// It has the rows of an earlier lead, so that the next one is a change to them.
    Ready,
    /// It failed; the worker does what it would have done.
    Lost,
}

/// The engine in the page's own thread.
#[derive(Clone, Copy, Debug)]
pub(super) struct PageEngine {
    inner: StoredValue<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    state: State,
    newest: Option<Lead>,
    /// When a lead was last asked for.
    asked_at_ms: f64,
    /// Leads in a row that could not be made in time.
    misses: u8,
    is_preparing: bool,
}

impl PageEngine {
    /// One that waits for [`Self::load`].
    pub(super) fn new() -> Self {
        Self { inner: StoredValue::default() }
    }

    /// Loads the engine, unless that was asked for before. A browser that cannot goes on without it.
    pub(super) fn load(self, assets: &Assets) {
        if self.inner.with_value(|inner| inner.state != State::Absent) {
            return;
        }
        self.enter(State::Loading);
        let (engine, module) = (assets.url("engine.js"), assets.url("engine_bg.wasm"));
        leptos::task::spawn_local(async move {
            match load(&engine, &module).await {
                Ok(_) => self.fall_behind(),
                Err(_) => self.enter(State::Lost),
            }
        });
    }

    /// The figures of `lead`, and what they took, milliseconds; `None` where the worker must make them.
    pub(super) fn follow(self, lead: Lead) -> Option<(FundFigures, f64)> {
        let begun_ms = now_ms();
        let state = self.inner.try_update_value(|inner| {
            inner.newest = Some(lead.clone());
            inner.asked_at_ms = begun_ms;
            inner.state
        })?;
        if state != State::Ready {
            // There may have been no lead to prepare for until now.
            if state == State::Behind {
                self.prepare();
            }
            return None;
        }
        match figures(&lead, BUDGET_MS) {
            Ok(Some(figures)) => {
                self.inner.update_value(|inner| inner.misses = 0);
                Some((figures, now_ms() - begun_ms))
            }
            Ok(None) => {
                self.miss();
                None
            }
            Err(Failed) => {
                self.enter(State::Lost);
                None
            }
        }
    }

    fn miss(self) {
        let misses = self.inner.try_update_value(|inner| {
            inner.misses += 1;
            inner.misses
        });
        if misses >= Some(MOST_MISSES) {
            self.inner.update_value(|inner| inner.misses = 0);
            self.fall_behind();
        }
    }

    fn fall_behind(self) {
        self.enter(State::Behind);
        self.prepare();
    }

    /// Makes the newest lead's rows, a slice at a time, once inputs rest.
    fn prepare(self) {
        let must_start = self.inner.try_update_value(|inner| !core::mem::replace(&mut inner.is_preparing, true));
        if must_start == Some(true) {
            self.prepare_after(REST);
        }
    }

    fn prepare_after(self, pause: Duration) {
        set_timeout(move || self.prepare_slice(), pause);
    }

    fn prepare_slice(self) {
        let newest = self.inner.try_update_value(|inner| {
            let rested_ms = now_ms() - inner.asked_at_ms;
            (inner.newest.clone(), Duration::try_from_secs_f64(rested_ms / 1000.0).unwrap_or_default())
        });
        let Some((newest, rested)) = newest else { return };
        let Some(newest) = newest else {
            return self.inner.update_value(|inner| inner.is_preparing = false);
        };
        if let Some(pause) = REST.checked_sub(rested).filter(|pause| !pause.is_zero()) {
            return self.prepare_after(pause);
        }
        let state = match figures(&newest, SLICE_MS) {
            Ok(Some(_)) => State::Ready,
            Ok(None) => return self.prepare_after(Duration::ZERO),
            Err(Failed) => State::Lost,
        };
        self.inner.update_value(|inner| inner.is_preparing = false);
        self.enter(state);
    }

    fn enter(self, state: State) {
        // The page may be gone meanwhile.
        let _ = self.inner.try_update_value(|inner| inner.state = state);
    }
}

/// The engine refused or failed; the worker will say why.
struct Failed;

fn figures(lead: &Lead, budget_ms: f64) -> Result<Option<FundFigures>, Failed> {
    let text = follow(&lead.configuration, lead.rows, budget_ms).map_err(|_| Failed)?;
    text.map(|text| serde_json::from_str(&text).map_err(|_| Failed)).transpose()
}
