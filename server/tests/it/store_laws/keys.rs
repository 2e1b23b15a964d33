//! Laws of keys, sessions and their use.

use std::time::Duration;

use foliocast::clock::ManualClock;
use foliocast::store::{Action, Actor, COMMAND_LINE, Change, Created, NewKey, Revoked, SecretHash, Store, Usage, Used};
use foliocast_app::service::Role;

use super::NOW_MS;

fn secret(number: u8) -> SecretHash {
    SecretHash { lookup: [number; 8], hash: [number; 32] }
}

fn new_key(name: &str, role: Role, number: u8) -> NewKey {
    NewKey {
        name: name.to_owned(),
        tenant: "me".to_owned(),
        role,
        secret: secret(number),
        expires_at_ms: None,
        must_be_first: false,
    }
}

fn by(key_name: &str, action: Action) -> Change {
    let actor = Actor { tenant: "me".to_owned(), key_name: key_name.to_owned(), request_id: String::new() };
    Change { actor, action, subject: "subject".to_owned(), reason: None }
}

/// What the log says of a key made on the command line.
pub fn by_command_line() -> Change {
    create()
}

/// An operator's key to be made.
pub fn new_operator(name: &str, number: u8) -> NewKey {
    new_key(name, Role::Operator, number)
}

fn create() -> Change {
    by(COMMAND_LINE, Action::CreateKey)
}

fn revoke() -> Change {
    by(COMMAND_LINE, Action::RevokeKey)
}

/// A key has its name for ever, and one that must be the first is made once.
pub async fn keys_are_made_once(store: &dyn Store, _: &ManualClock) {
    assert!(!store.has_keys().await.unwrap());
    let first = |name, number| NewKey { must_be_first: true, ..new_key(name, Role::Operator, number) };
    assert_eq!(store.create_key(first("boot", 1), create()).await.unwrap(), Created::Done);
    assert!(store.has_keys().await.unwrap());
    assert_eq!(store.create_key(first("boot-2", 2), create()).await.unwrap(), Created::Taken);
    assert_eq!(store.create_key(new_key("boot", Role::Reader, 3), create()).await.unwrap(), Created::Taken);
    assert_eq!(store.create_key(new_key("ann", Role::Reader, 4), create()).await.unwrap(), Created::Done);
    let names = async |after| {
        let keys = store.keys(10, after).await.unwrap();
        keys.into_iter().map(|key| key.name).collect::<Vec<_>>()
    };
    assert_eq!(names(None).await, ["ann", "boot"]);
    assert_eq!(names(Some("ann")).await, ["boot"]);
    let found = store.key_by_secret([4; 8]).await.unwrap().expect("the key");
    assert_eq!((found.key.name.as_str(), found.hash, found.session_expires_at_ms), ("ann", [4; 32], None));
    assert_eq!((found.key.created_at_ms, found.key.created_by.as_str()), (NOW_MS, COMMAND_LINE));
    assert!(store.key_by_secret([9; 8]).await.unwrap().is_none());
    assert_eq!(store.revoke_key("boot", false, revoke()).await.unwrap(), Revoked::Now);
    assert_eq!(store.create_key(new_key("boot", Role::Operator, 5), create()).await.unwrap(), Created::Taken);
    assert!(store.has_keys().await.unwrap(), "there have been keys");
}

/// Only who is an operator when it is written makes and revokes keys, and the last operator's stays where it is to.
pub async fn keys_are_changed_by_operators(store: &dyn Store, clock: &ManualClock) {
    for (name, role, number) in [("ann", Role::Operator, 1), ("bob", Role::Operator, 2), ("cy", Role::Analyst, 3)] {
        store.create_key(new_key(name, role, number), create()).await.unwrap();
    }
    let day = 24 * 3_600 * 1_000;
    let ending = NewKey { expires_at_ms: Some(NOW_MS + day), ..new_key("dee", Role::Operator, 4) };
    assert_eq!(store.create_key(ending, by("ann", Action::CreateKey)).await.unwrap(), Created::Done);
    let make = async |name, who, number| {
        store.create_key(new_key(name, Role::Operator, number), by(who, Action::CreateKey)).await.unwrap()
    };
    assert_eq!(make("eve", "cy", 5).await, Created::NotAllowed);
    assert_eq!(make("eve", "nobody", 5).await, Created::NotAllowed);
    let take = async |name, who| store.revoke_key(name, true, by(who, Action::RevokeKey)).await.unwrap();
    assert_eq!(take("ann", "cy").await, Revoked::NotAllowed);
    assert_eq!(take("nobody", "ann").await, Revoked::Unknown);
    assert_eq!(take("bob", "ann").await, Revoked::Now);
    assert_eq!(take("bob", "ann").await, Revoked::Before);
    assert_eq!(take("ann", "bob").await, Revoked::NotAllowed, "a revoked operator is none");
    assert_eq!(take("cy", "dee").await, Revoked::Now);
    clock.advance(Duration::from_secs(24 * 3_600));
    assert_eq!(take("ann", "dee").await, Revoked::NotAllowed, "nor is one that ran out");
    assert_eq!(take("ann", "ann").await, Revoked::Last);
    assert_eq!(take("dee", "ann").await, Revoked::Now);
    assert_eq!(store.revoke_key("ann", false, revoke()).await.unwrap(), Revoked::Now, "the command line may");
}

/// A session is its key's; the newest stay, and none outlives its key.
pub async fn sessions_end_with_their_key(store: &dyn Store, clock: &ManualClock) {
    store.create_key(new_key("ann", Role::Reader, 1), create()).await.unwrap();
    let open = async |number: u8, most| {
        let opened = by("ann", Action::OpenSession);
        store.open_session(secret(number), "ann", NOW_MS + 1_000 * i64::from(number), most, opened).await.unwrap()
    };
    let is_open = async |number: u8| store.key_by_session([number; 8]).await.unwrap().is_some();
    for number in [10, 11, 12] {
        assert!(open(number, 2).await);
        clock.advance(Duration::from_millis(1));
    }
    assert_eq!((is_open(10).await, is_open(11).await, is_open(12).await), (false, true, true));
    let found = store.key_by_session([12; 8]).await.unwrap().expect("the session");
    assert_eq!((found.key.name.as_str(), found.hash), ("ann", [12; 32]));
    assert_eq!(found.session_expires_at_ms, Some(NOW_MS + 12_000));
    assert!(store.key_by_secret([12; 8]).await.unwrap().is_none(), "a token is no key");
    assert!(store.close_session([12; 8], by("ann", Action::CloseSession)).await.unwrap());
    assert!(!store.close_session([12; 8], by("ann", Action::CloseSession)).await.unwrap());
    assert!(open(13, 2).await);
    store.forget_old(NOW_MS + 11_001, 0).await.unwrap();
    assert_eq!((is_open(11).await, is_open(13).await), (false, true));
    store.revoke_key("ann", false, revoke()).await.unwrap();
    assert!(!is_open(13).await);
    assert!(!open(14, 2).await, "a revoked key opens none");
}

/// Use adds up by key and day, and only rises.
pub async fn use_of_keys_adds_up(store: &dyn Store, _: &ManualClock) {
    store.create_key(new_key("ann", Role::Reader, 1), create()).await.unwrap();
    let used = |day, requests, last_used_at_ms| Used {
        key_name: "ann".to_owned(),
        last_used_at_ms,
        usage: Usage { day, requests, refused: 1, deal_draws: 1 << 40 },
    };
    store.add_usage(vec![used(1, 2, 500), used(2, 3, 900)]).await.unwrap();
    store.add_usage(vec![used(2, 4, 700)]).await.unwrap();
    assert_eq!(store.key("ann").await.unwrap().unwrap().last_used_at_ms, Some(900));
    let day = |day, requests, refused| Usage { day, requests, refused, deal_draws: refused << 40 };
    assert_eq!(store.usage("ann", 0).await.unwrap(), [day(1, 2, 1), day(2, 7, 2)]);
    assert_eq!(store.usage("ann", 2).await.unwrap(), [day(2, 7, 2)]);
    assert!(store.usage("bob", 0).await.unwrap().is_empty());
    store.forget_old(0, 2).await.unwrap();
    assert_eq!(store.usage("ann", 0).await.unwrap(), [day(2, 7, 2)]);
}
