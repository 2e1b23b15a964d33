//! The fund being edited and its stored self: saved, opened, compared.

use foliocast_core::scenario::{Config, Limits};
use foliocast_core::{Error, Errors};
use leptos::prelude::*;
use serde_json::{Value, json};

use super::draft::Draft;
use super::fund_size::{fund_size, fund_size_text};
use super::state::Workbench;
use crate::api::{Fund, FundSize};
use crate::api_client::{CallError, get, percent_encoded, put};
use crate::server_functions::fetch_fund;

/// The id of the default fund, which is nobody's to store.
const DEFAULT_ID: &str = "default";
/// A stored fund was within the limits of the installation that keeps it; comparing with it needs none.
const NO_LIMITS: Limits = Limits { max_deal_draws: u64::MAX, max_row_bytes: u64::MAX };

/// A fund as the server had it when this page last opened or saved it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredFund {
    /// Its configuration.
    pub config: Config,
    /// Its size, where one is stored.
    pub size: Option<FundSize>,
    /// When it was stored, RFC 3339 UTC: the version that a save replaces.
    pub updated_at: String,
}

impl StoredFund {
    /// From the server's answer; `None` where the configuration is of another version of the model.
    pub(super) fn new(fund: &Fund) -> Option<Self> {
        let config = Config::from_json(&fund.configuration.to_string(), &NO_LIMITS).ok()?;
        Some(Self { config, size: fund.fund_size.clone(), updated_at: fund.updated_at.clone() })
    }

    /// As JSON that a browser keeps.
    pub(super) fn to_kept(&self) -> Value {
        let size = self.size.as_ref().and_then(|size| serde_json::to_value(size).ok());
        json!([self.config.to_canonical_json(), self.updated_at, size])
    }

    /// Reads what [`to_kept`](Self::to_kept) wrote.
    pub(super) fn from_kept(kept: &Value) -> Option<Self> {
        let text = |place: usize| kept.get(place)?.as_str();
        Some(Self {
            config: Config::from_json(text(0)?, &NO_LIMITS).ok()?,
            updated_at: text(1)?.to_owned(),
            size: serde_json::from_value(kept.get(2)?.clone()).ok()?,
        })
    }
}

/// How what is typed stands to what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The default fund, as every new page has it: nothing to store.
    Default,
    /// This page knows of no stored fund of this name.
    Unsaved,
    /// As it is stored.
    Saved,
    /// The fund is stored, and other than what is typed.
    Changed,
}

/// What the server was last asked, and how that went.
#[derive(Clone, Debug, PartialEq)]
pub enum FundState {
    /// Nothing.
    Idle,
    /// A fund is being opened.
    Opening(String),
    /// It is being saved.
    Saving,
    /// It was saved; said once.
    Saved(String),
    /// What went wrong, and everything that is wrong with what is typed.
    Failed(String, Vec<String>),
    /// The stored fund is not the one that was opened here: whether to replace it is the person's to say.
    Differs {
        /// Which fund.
        fund_id: String,
        /// When it was stored; `None` if it was deleted.
        updated_at: Option<String>,
        /// Whether this page had opened or saved it before.
        was_known: bool,
    },
}

/// The stored funds and the one being edited.
#[derive(Clone, Copy, Debug)]
pub struct Funds {
    /// What the server was last asked.
    pub state: RwSignal<FundState>,
    /// The fund as this page last saw it stored.
    pub stored: RwSignal<Option<StoredFund>>,
}

impl Funds {
    pub(super) fn new() -> Self {
        Self { state: RwSignal::new(FundState::Idle), stored: RwSignal::new(None) }
    }

    /// Takes back what was said about earlier inputs.
    pub(super) fn forget_end(self) {
        if self.state.with_untracked(|state| matches!(state, FundState::Saved(_) | FundState::Failed(..))) {
            self.state.set(FundState::Idle);
        }
    }

    /// How what is typed stands to what is stored.
    pub fn standing(self, workbench: Workbench) -> Memo<Standing> {
        let id = Memo::new(move |_| workbench.draft.with(|draft| draft.fund_id.trim().to_owned()));
        Memo::new(move |_| {
            self.stored.with(|stored| match stored {
                Some(stored) if id.with(|id| id == stored.config.fund_id()) => {
                    let is_stored = workbench.check.with(|check| check.config.as_ref() == Some(&stored.config))
                        && workbench.draft.with(|draft| fund_size(&draft.fund_size).as_ref() == Ok(&stored.size));
                    if is_stored { Standing::Saved } else { Standing::Changed }
                }
                _ if id.with(|id| id == DEFAULT_ID) => Standing::Default,
                _ => Standing::Unsaved,
            })
        })
    }

    /// Stores what is typed under its name, unless that would overwrite what this page has not seen.
    pub fn save(self, workbench: Workbench) {
        let id =
            workbench.check.with_untracked(|check| check.config.as_ref().map(|config| config.fund_id().to_owned()));
        let known = self.stored.with_untracked(|stored| {
            let same = stored.as_ref().filter(|stored| Some(stored.config.fund_id()) == id.as_deref());
            same.map(|stored| stored.updated_at.clone())
        });
        self.save_over(workbench, known);
    }

    /// Stores what is typed, replacing the fund that was stored at `version`; `None` for one that must be new.
    pub fn save_over(self, workbench: Workbench, version: Option<String>) {
        if self.state.with_untracked(|state| *state == FundState::Saving) {
            return;
        }
        let size = workbench.draft.with_untracked(|draft| fund_size(&draft.fund_size));
        let ready = workbench.check.with_untracked(|check| match (&check.config, size) {
            (_, Err(message)) => Err(("Not saved: the fund’s size cannot be read.".to_owned(), vec![message])),
            (None, _) => Err((
                "Not saved: what is typed is not valid.".to_owned(),
                check.errors.iter().map(ToString::to_string).collect(),
            )),
            (Some(config), Ok(size)) => can_be_named(config.fund_id())
                .map(|()| (config.fund_id().to_owned(), body(config, size.as_ref())))
                .map_err(|words| (words, Vec::new())),
        });
        let (id, body) = match ready {
            Ok(ready) => ready,
            Err((words, faults)) => return self.state.set(FundState::Failed(words, faults)),
        };
        self.state.set(FundState::Saving);
        leptos::task::spawn_local(async move {
            let url = address(&id);
            let tag = version.as_ref().map(|version| format!("\"{version}\""));
            let condition = tag.as_deref().map_or(("if-none-match", "*"), |tag| ("if-match", tag));
            let answer = put(&url, &body, condition).await.and_then(|answer| answer.json::<Fund>());
            let state = match answer {
                Ok(fund) => {
                    self.stored.try_set(StoredFund::new(&fund));
                    workbench.keep_soon();
                    FundState::Saved(fund.fund_id)
                }
                Err(CallError::Refused { status: 412, .. }) => found_other(id, version.is_some()).await,
                Err(error) => {
                    if let CallError::Refused { problem, .. } = &error {
                        workbench.note_refusal(problem.details.iter().map(of_configuration).collect());
                    }
                    FundState::Failed(format!("Not saved. {error}"), Vec::new())
                }
            };
            self.state.try_set(state);
        });
    }

    /// Opens a stored fund: a step that can be undone, unless it is what the page opens with.
    pub fn open(self, workbench: Workbench, id: String) {
        self.state.set(FundState::Opening(id.clone()));
        leptos::task::spawn_local(async move {
            let answer = fetch_fund(id.clone()).await;
            // Another was asked for meanwhile, or the page was left.
            if self.state.try_with_untracked(|state| *state != FundState::Opening(id.clone())).unwrap_or(true) {
                return;
            }
            let state = match answer {
                Ok(fund) => match self.take(workbench, &fund) {
                    Ok(()) => FundState::Idle,
                    Err(errors) => FundState::Failed(
                        format!("The fund “{id}” is stored and cannot be opened here."),
                        errors.iter().map(ToString::to_string).collect(),
                    ),
                },
                Err(problem) => {
                    FundState::Failed(format!("The fund “{id}” was not opened. {}", problem.message), Vec::new())
                }
            };
            self.state.set(state);
        });
    }

    fn take(self, workbench: Workbench, fund: &Fund) -> Result<(), Errors> {
        let mut draft = Draft::from_json(&fund.configuration.to_string())?;
        draft.fund_size = fund.fund_size.as_ref().map_or_else(String::new, fund_size_text);
        workbench.kept.withdraw_offer_of(&draft);
        workbench.begin(draft);
        self.stored.set(StoredFund::new(fund));
        workbench.keep_soon();
        Ok(())
    }
}

/// The address of a stored fund.
pub(super) fn address(id: &str) -> String {
    format!("/api/funds/{}", percent_encoded(id))
}

/// Whether a fund may be stored under this name.
fn can_be_named(id: &str) -> Result<(), String> {
    match id {
        DEFAULT_ID => Err(
            "Not saved: “default” is the fund that every new page begins with. Give yours a name of its own in “Fund”."
                .into(),
        ),
        "." | ".." => {
            Err(format!("Not saved: “{id}” cannot be part of an address. Give the fund another name in “Fund”."))
        }
        _ => Ok(()),
    }
}

/// What the API takes to store a fund.
fn body(config: &Config, size: Option<&FundSize>) -> String {
    let size = size.and_then(|size| serde_json::to_string(size).ok()).unwrap_or_else(|| "null".to_owned());
    format!("{{\"configuration\":{},\"fundSize\":{size}}}", config.to_canonical_json())
}

/// What stands in the way of a save that the server refused because the stored fund is not the known one.
async fn found_other(fund_id: String, was_known: bool) -> FundState {
    let answer = get(&address(&fund_id), None).await.and_then(|answer| answer.json::<Fund>());
    let updated_at = match answer {
        Ok(fund) => Some(fund.updated_at),
        Err(CallError::Refused { status: 404, .. }) => None,
        Err(error) => return FundState::Failed(format!("Not saved. {error}"), Vec::new()),
    };
    FundState::Differs { fund_id, updated_at, was_known }
}

/// An error of a fund's body, at its place in the configuration.
fn of_configuration(error: &Error) -> Error {
    let path = error.path.strip_prefix("configuration.").unwrap_or(&error.path);
    Error { path: path.to_owned(), ..error.clone() }
}
