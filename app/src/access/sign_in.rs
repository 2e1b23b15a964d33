//! The page that takes an access key.

use leptos::prelude::*;

use super::html_of;
use crate::server_functions::Article;

/// What the page is about to do; the server provides it as context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignIn {
    /// The page to go on to: a path of this server.
    pub next: String,
    /// Why the last try did not work.
    pub failure: Option<String>,
    /// Whether there are keys at all.
    pub has_keys: bool,
    /// Name of the key that is signed in already.
    pub signed_in_as: Option<String>,
}

/// The page.
pub(crate) fn sign_in_article(sign_in: &SignIn) -> Article {
    Article { title: "Sign in".to_owned(), html: html_of(|| page(sign_in)) }
}

fn page(sign_in: &SignIn) -> AnyView {
    if !sign_in.has_keys {
        return view! {
            <h1>"No signing in here"</h1>
            <p>
                "This installation has no access keys: whoever sits at its machine may do everything, and nobody else is answered. "
                "Make the first key on that machine with " <code>"foliocast keys create --name NAME --role operator"</code> "."
            </p>
            <p><a class="link" href="/" rel="external">"To the workbench"</a></p>
        }
        .into_any();
    }
    let failure = sign_in.failure.clone().map(|failure| {
        view! { <p class="notice warn" role="alert" id="sign-in-failure">{failure}</p> }
    });
    let already = sign_in.signed_in_as.clone().map(|name| {
        view! { <p class="note">"Signed in with the key " <bdi>{name}</bdi> " now. Another key takes its place in this browser."</p> }
    });
    let described = sign_in.failure.is_some().then_some("sign-in-failure");
    view! {
        <h1>"Sign in"</h1>
        {failure}
        {already}
        <form class="access-form" method="post" action="/login" data-keeps-fragment="">
            <input type="hidden" name="next" value=sign_in.next.clone()/>
            <label for="access-key">"Access key"</label>
            <input
                id="access-key" name="key" type="password" required autocomplete="current-password" spellcheck="false"
                autocapitalize="off" maxlength="256" aria-describedby=described
            />
            <button type="submit" class="primary">"Sign in"</button>
        </form>
        <p class="note">
            "An operator of this installation makes keys, with " <code>"foliocast keys create"</code> " or on the page Account. "
            "This browser stays signed in for 7 days, or until you sign out or the key is revoked."
        </p>
    }
    .into_any()
}
