//! Who one is here, what was asked, how much may be; for operators all keys and the log of changes.

use leptos::prelude::*;

use super::html_of;
use crate::api::{AccessKey, Account, AuditLine, DayOfUse, NewAccessKey, Role};
use crate::format;
use crate::server_functions::Article;

/// What came of a form of this page; the server provides it as context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A key was made. Its text is shown this once.
    Created(Box<NewAccessKey>),
    /// A key was revoked.
    Revoked(String),
    /// It was refused.
    Refused(String),
}

/// The page. `keys` and `lines` are an operator's.
pub(crate) fn account_article(
    account: &Account,
    keys: Option<&[AccessKey]>,
    lines: Option<&[AuditLine]>,
    notice: Option<&Notice>,
) -> Article {
    let html = html_of(|| {
        view! {
            <h1>"Account"</h1>
            {notice.map(notice_view)}
            {who(account)}
            {usage(&account.usage, account.key.is_some())}
            {(account.role == Role::Operator).then(steering)}
            {keys.map(|keys| all_keys(keys, account.key.is_some()))}
            {lines.map(audit)}
        }
        .into_any()
    });
    Article { title: "Account".to_owned(), html }
}

fn notice_view(notice: &Notice) -> AnyView {
    match notice {
        Notice::Created(new) => view! {
            <div class="notice new-key" role="status">
                <p>"The key " <strong><bdi>{new.key.name.clone()}</bdi></strong> " was made. Copy its text now: it is not kept and is shown only this once."</p>
                <p><code class="secret" tabindex="0">{new.secret.clone()}</code></p>
                <p class="note">"Programs send it as " <code>"Authorization: Bearer …"</code> "; people give it on the page Sign in."</p>
            </div>
        }
        .into_any(),
        Notice::Revoked(name) => view! {
            <p class="notice" role="status">"The key " <strong><bdi>{name.clone()}</bdi></strong> " works no longer, and its sessions have ended."</p>
        }
        .into_any(),
        Notice::Refused(message) => view! { <p class="notice warn" role="alert">{message.clone()}</p> }.into_any(),
    }
}

fn who(account: &Account) -> AnyView {
    let may = match account.role {
        Role::Reader => "reads funds, runs and rows",
        Role::Analyst => "reads and runs: funds, runs and rows",
        Role::Operator => "reads, runs, and steers the installation: keys and the log of changes",
    };
    let per_minute =
        |limit: Option<u64>| limit.map_or("no limit".to_owned(), |limit| format!("{} a minute", format::count(limit)));
    let key = account.key.as_ref();
    let rows = [
        ("Key", key.map_or_else(|| "none: this installation has no access keys".to_owned(), |key| key.name.clone())),
        ("Role", format!("{}: {may}", account.role.name())),
        ("Tenant", account.tenant.clone()),
        (
            "Works until",
            key.and_then(|key| key.expires_at.as_deref()).map_or("it is revoked".to_owned(), format::instant_utc),
        ),
        ("Requests", per_minute(account.limits.requests_per_minute)),
        ("Deal draws", per_minute(account.limits.deal_draws_per_minute)),
        ("Deal draws of one run", format!("{} at most", format::count(account.limits.max_deal_draws))),
    ];
    let rows = rows.map(|(name, value)| view! { <dt>{name}</dt><dd><bdi>{value}</bdi></dd> });
    let sign_out = key.map(|_| {
        view! { <form class="access-form" method="post" action="/logout"><button type="submit" class="ghost">"Sign out"</button></form> }
    });
    view! {
        <section class="card" aria-labelledby="account-who">
            <header><h2 id="account-who">"Who you are here"</h2></header>
            <dl class="facts">{rows.into_iter().collect_view()}</dl>
            {sign_out}
        </section>
    }
    .into_any()
}

fn steering() -> AnyView {
    view! {
        <section class="card" aria-labelledby="account-steering">
            <header><h2 id="account-steering">"The installation"</h2><span class="note">"for operators"</span></header>
            <p>
                <a class="link" href="/cache">"Cache"</a> ": what is asked, what is kept, drop results or have them made. "
                <a class="link" href="/jobs">"Jobs"</a> ": what is being made."
            </p>
        </section>
    }
    .into_any()
}

fn usage(days: &[DayOfUse], has_key: bool) -> AnyView {
    if !has_key {
        return ().into_any();
    }
    let body = if days.is_empty() {
        view! { <p class="note">"Nothing was asked with this key in the last 30 days."</p> }.into_any()
    } else {
        let rows = days.iter().rev().map(|day| {
            view! {
                <tr>
                    <th scope="row">{day.day.clone()}</th>
                    <td>{format::count(day.requests)}</td>
                    <td>{format::count(day.deal_draws)}</td>
                    <td>{format::count(day.refused)}</td>
                </tr>
            }
        });
        view! {
            <div class="scroll" tabindex="0" role="region" aria-label="Table: use of this key by day">
                <table class="figures">
                    <thead><tr><th scope="col">"Day, UTC"</th><th scope="col">"Requests"</th><th scope="col">"Deal draws"</th><th scope="col">"Refused by a limit"</th></tr></thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    view! {
        <section class="card" aria-labelledby="account-usage">
            <header><h2 id="account-usage">"Use of this key"</h2><span class="note">"last 30 days; a deal draw is one deal in one scenario"</span></header>
            {body}
        </section>
    }
    .into_any()
}

/// When a key stops working, or why it did.
fn end_of(key: &AccessKey) -> String {
    match (&key.revoked_at, &key.expires_at) {
        (Some(at), _) => format!("revoked {}", format::instant_utc(at)),
        (None, Some(at)) if key.usable => format!("works until {}", format::instant_utc(at)),
        (None, Some(at)) => format!("ran out {}", format::instant_utc(at)),
        (None, None) => "works".to_owned(),
    }
}

fn all_keys(keys: &[AccessKey], has_key: bool) -> AnyView {
    let rows = keys.iter().map(|key| {
        let revoke = key.revoked_at.is_none().then(|| {
            view! {
                <form method="post" action="/account">
                    <input type="hidden" name="name" value=key.name.clone()/>
                    <button type="submit" class="ghost" name="do" value="revoke" aria-label=format!("Revoke the key {}", key.name)>"Revoke"</button>
                </form>
            }
        });
        let last_used = key.last_used_at.as_deref().map_or("never".to_owned(), format::instant_utc);
        view! {
            <tr>
                <th scope="row"><bdi>{key.name.clone()}</bdi></th>
                <td class="words">{key.role.name()}</td>
                <td class="words"><bdi>{key.tenant.clone()}</bdi></td>
                <td class="words">{end_of(key)}</td>
                <td class="words">{last_used}</td>
                <td class="words"><bdi>{key.created_by.clone()}</bdi></td>
                <td>{revoke}</td>
            </tr>
        }
    });
    let table = (!keys.is_empty()).then(|| {
        let heads = ["Name", "Role", "Tenant", "State", "Last used", "Made by", "Change"];
        view! {
            <div class="scroll" tabindex="0" role="region" aria-label="Table: access keys">
                <table class="figures">
                    <thead><tr>{heads.map(|head| view! { <th scope="col" class="words">{head}</th> }).into_iter().collect_view()}</tr></thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        }
    });
    let body = if has_key {
        new_key().into_any()
    } else {
        view! {
            <p>
                "The first key is made on the server’s machine: " <code>"foliocast keys create --name NAME --role operator"</code>
                ". From then on every request needs a key."
            </p>
        }
        .into_any()
    };
    view! {
        <section class="card" aria-labelledby="account-keys">
            <header><h2 id="account-keys">"Access keys"</h2><span class="note">"of all tenants"</span></header>
            {table}
            {body}
        </section>
    }
    .into_any()
}

fn new_key() -> AnyView {
    let roles = [Role::Analyst, Role::Reader, Role::Operator]
        .map(|role| view! { <option value=role.name()>{role.name()}</option> });
    view! {
        <form class="access-form wide" method="post" action="/account" aria-label="Make a key">
            <div>
                <label for="new-key-name">"Name"</label>
                <input id="new-key-name" name="name" required maxlength="64" pattern="[a-z0-9][a-z0-9._\\-]*" autocomplete="off" spellcheck="false" autocapitalize="off" aria-describedby="new-key-names"/>
            </div>
            <div>
                <label for="new-key-role">"Role"</label>
                <select id="new-key-role" name="role">{roles.into_iter().collect_view()}</select>
            </div>
            <div>
                <label for="new-key-tenant">"Tenant"</label>
                <input id="new-key-tenant" name="tenant" required value="default" maxlength="64" pattern="[a-z0-9][a-z0-9._\\-]*" autocomplete="off" spellcheck="false" autocapitalize="off" aria-describedby="new-key-names"/>
            </div>
            <div>
                <label for="new-key-days">"Days it works"</label>
                <input id="new-key-days" name="expiresInDays" type="number" min="1" max="3650" step="1" placeholder="always"/>
            </div>
            <button type="submit" class="primary" name="do" value="create">"Make a key"</button>
        </form>
        <p class="note" id="new-key-names">"Names have a–z, 0–9, dots, hyphens and underscores, and are never used again. Tenants have funds, runs and jobs of their own."</p>
    }
    .into_any()
}

fn audit(lines: &[AuditLine]) -> AnyView {
    let rows = lines.iter().map(|line| {
        view! {
            <tr>
                <th scope="row"><time datetime=line.timestamp.clone()>{format::instant_utc(&line.timestamp)}</time></th>
                <td class="words"><bdi>{line.user.clone()}</bdi></td>
                <td class="words"><bdi>{line.tenant.clone()}</bdi></td>
                <td class="words">{line.action.clone()}</td>
                <td class="words subject"><bdi>{line.subject.clone()}</bdi></td>
            </tr>
        }
    });
    let heads = ["When", "Key", "Tenant", "What", "Of what"];
    view! {
        <section class="card" aria-labelledby="account-audit">
            <header><h2 id="account-audit">"Log of changes"</h2><span class="note">"the newest; all of it at " <code>"/api/audit"</code></span></header>
            <div class="scroll" tabindex="0" role="region" aria-label="Table: log of changes">
                <table class="figures">
                    <thead><tr>{heads.map(|head| view! { <th scope="col" class="words">{head}</th> }).into_iter().collect_view()}</tr></thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}
