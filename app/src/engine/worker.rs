//! One Web Worker with the engine in it.

use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::message::{FromWorker, ToWorker};
use crate::Assets;

/// A running worker; it ends when this is dropped.
#[derive(Debug)]
pub struct EngineWorker {
    worker: Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

impl EngineWorker {
    /// Starts a worker that loads the engine and tells `receive` everything it has to say. Only in a browser.
    ///
    /// # Errors
    /// Why this browser cannot start workers. Failures that show later arrive as [`FromWorker::Unavailable`].
    pub fn start(assets: &Assets, receive: impl Fn(FromWorker) + Clone + 'static) -> Result<Self, String> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker =
            Worker::new_with_options(&assets.url("engine-worker.js"), &options).map_err(|error| words(&error))?;
        let on_error = {
            let receive = receive.clone();
            Closure::new(move |event: ErrorEvent| {
                event.prevent_default();
                let message =
                    js_sys::Reflect::get(&event, &"message".into()).ok().and_then(|message| message.as_string());
                let message = message.unwrap_or_else(|| "the engine's script could not be loaded".into());
                receive(FromWorker::Unavailable { message });
            })
        };
        let on_message = Closure::new(move |event: MessageEvent| {
            let text = event.data().as_string().unwrap_or_default();
            receive(serde_json::from_str(&text).unwrap_or_else(|error| FromWorker::Failed {
                id: None,
                message: format!("the engine answered what this page does not understand ({error}); reload the page"),
            }));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let worker = Self { worker, _on_message: on_message, _on_error: on_error };
        worker.post(&ToWorker::Start { engine: assets.url("engine.js"), module: assets.url("engine_bg.wasm") });
        Ok(worker)
    }

    /// Sends a message.
    pub fn post(&self, message: &ToWorker) {
        if let Ok(text) = serde_json::to_string(message) {
            // A string can always be cloned into the worker.
            let _ = self.worker.post_message(&text.into());
        }
    }
}

impl Drop for EngineWorker {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

/// How many workers an audit spreads over: as many as this machine has processors, at most four.
pub(crate) fn pool_size() -> usize {
    (window().navigator().hardware_concurrency() as usize).clamp(1, 4)
}

fn words(error: &JsValue) -> String {
    error
        .dyn_ref::<js_sys::Error>()
        .map_or_else(|| "this browser has no module workers".into(), |error| error.message().into())
}
