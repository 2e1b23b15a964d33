//! The document around the app: assets, the theme before the first paint, the script that hydrates.

use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::MetaTags;

use crate::app::{App, WITHOUT_SCRIPT};
use crate::assets::{Assets, ELEMENT_ID};
use crate::number_style::NumberStyle;

/// Runs before the first paint, so that a remembered theme never flashes.
const THEME_SCRIPT: &str = "try{const t=localStorage.getItem('theme');\
    if(t==='light'||t==='dark')document.documentElement.dataset.theme=t}catch{}";

/// What a link carries in its fragment is there again after a form was sent that keeps it: browsers pass the fragment of a
/// form's address on to where its answer leads.
const FRAGMENT_SCRIPT: &str = "addEventListener('submit',event=>{\
    if(event.target.matches('[data-keeps-fragment]'))event.target.action+=location.hash})";

/// The whole document. Inline scripts carry the request's nonce; the content security policy is the server's.
pub fn shell() -> impl IntoView {
    let assets = Assets::current();
    let nonce = use_nonce();
    let script_url = assets.url("app.js");
    let module_url = assets.url("app_bg.wasm");
    // Addresses are JSON strings here, so that no name can leave its quotes.
    let text = |value: &str| serde_json::to_string(value).unwrap_or_default().replace('<', "\\u003c");
    let hydrate_script = format!(
        "import({}).then(async app=>{{await app.default({{module_or_path:{}}});app.hydrate()}}).catch(reason=>{{\
         console.error(reason);\
         const note=document.createElement('p');note.className='notice warn without-script';\
         note.setAttribute('role','alert');note.textContent={};\
         document.getElementById('content')?.prepend(note)}})",
        text(&script_url),
        text(&module_url),
        text(WITHOUT_SCRIPT)
    );
    let numbers = NumberStyle::current().to_attribute();
    view! {
        <!DOCTYPE html>
        <html lang="en" data-numbers=numbers data-tenant=tenant()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <script nonce=nonce.clone()>{format!("{THEME_SCRIPT};{FRAGMENT_SCRIPT}")}</script>
                <link rel="stylesheet" href=assets.url("app.css")/>
                <link rel="icon" type="image/svg+xml" href=assets.url("favicon.svg")/>
                <link rel="modulepreload" href=script_url nonce=nonce.clone()/>
                <link rel="preload" href=module_url r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
                <script type="application/json" id=ELEMENT_ID>{assets.to_script_json()}</script>
                <script type="module" nonce=nonce>{hydrate_script}</script>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// For whom the page is, so that one browser keeps the drafts of each apart.
#[cfg(feature = "ssr")]
fn tenant() -> Option<String> {
    let caller = use_context::<crate::service::ServiceContext>()?.caller;
    caller.filter(crate::service::Caller::has_key).map(|caller| caller.tenant)
}

/// The document is the server's; the browser never writes it.
#[cfg(not(feature = "ssr"))]
fn tenant() -> Option<String> {
    None
}
