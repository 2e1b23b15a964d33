//! Keys that do what buttons do.

use leptos::prelude::*;

use super::actions::can_run;
use super::state::Workbench;

/// Listens to the keys that save the fund and run it.
pub(super) fn listen(workbench: Workbench) {
    let keys = window_event_listener(leptos::ev::keydown, move |event| {
        if !(event.ctrl_key() || event.meta_key()) || event.alt_key() || event.shift_key() {
            return;
        }
        match event.key().as_str() {
            "s" | "S" => workbench.funds.save(workbench),
            "Enter" => {
                if untrack(|| can_run(workbench)) {
                    workbench.server_run.start(workbench);
                }
            }
            _ => return,
        }
        event.prevent_default();
    });
    on_cleanup(move || keys.remove());
}
