//! The workbench: a fund and what it could return.

use std::sync::Arc;

use leptos::prelude::*;
use leptos_meta::Title;

use super::ProblemMessage;
use crate::components::{Badge, BadgeKind, Basis, Results};
use crate::default_run::default_run;
use crate::format;

/// The first page, opening on the default fund.
#[component]
pub fn WorkbenchPage() -> impl IntoView {
    let run = default_run();
    view! {
        <Title text="Scenarios"/>
        <section class="page">
            <h1>"Default fund"</h1>
            <Transition>
                {move || Suspend::new(async move {
                    match run.await {
                        Ok(run) => {
                            let words = format!(
                                "preview, {} rows, this server",
                                format::count(run.summary.num_scenarios.into())
                            );
                            let summary = Signal::stored(Some(Arc::new(run.summary)));
                            view! {
                                <Results summary warnings=Signal::stored(run.warnings) basis=RwSignal::new(Basis::default())>
                                    <Badge kind=BadgeKind::Preview text=words/>
                                </Results>
                            }
                            .into_any()
                        }
                        Err(problem) => view! { <ProblemMessage problem subject="default fund"/> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
    .into_any()
}
