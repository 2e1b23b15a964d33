//! Who asked for what, and tenants' funds.

use super::{Change, Key, StoreFuture};

/// Whose configuration a request used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// Given in the request.
    Request,
    /// The fund's stored one.
    Stored,
    /// The default fund's.
    Default,
}

impl Source {
    /// Its name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Stored => "stored",
            Self::Default => "default",
        }
    }

    /// The source of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Request, Self::Stored, Self::Default].into_iter().find(|source| source.name() == name)
    }
}

/// What there is to know of a run beside its artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFacts {
    /// Key of the run.
    pub run_key: Key,
    /// Key of its matrix.
    pub matrix_key: Key,
    /// Whose run.
    pub fund_id: String,
    /// What it is made from.
    pub input: String,
    /// What a list shows of it; JSON.
    pub listing: String,
}

/// That a tenant has asked for a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Whether it was made for this tenant; else others had made it before.
    pub made: bool,
    /// Whose configuration it last used.
    pub source: Source,
    /// When it last asked, Unix milliseconds.
    pub asked_at_ms: i64,
    /// The fund it is a run of.
    pub fund_id: String,
}

/// A run of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedRun {
    /// Key of the run.
    pub run_key: Key,
    /// What a list shows of it; JSON.
    pub listing: String,
    /// When the tenant last asked for it, Unix milliseconds.
    pub asked_at_ms: i64,
}

/// A place in a list of runs, newest first: what comes after this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunPosition {
    /// When the tenant last asked for it, Unix milliseconds.
    pub asked_at_ms: i64,
    /// Key of the run.
    pub run_key: Key,
}

/// A tenant's fund.
#[derive(Clone, Debug, PartialEq)]
pub struct FundRow {
    /// Its id.
    pub fund_id: String,
    /// Its configuration.
    pub input: String,
    /// Its size: an amount and a currency.
    pub size: Option<(f64, String)>,
    /// When it was first stored, Unix milliseconds.
    pub created_at_ms: i64,
    /// When it was last stored, Unix milliseconds.
    pub updated_at_ms: i64,
}

/// What a fund must be for it to be stored: nobody overwrites what they have not seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FundMustBe {
    /// Anything.
    Any,
    /// Not there yet.
    New,
    /// As it was last stored at this time, Unix milliseconds.
    StoredAt(i64),
}

/// Keeps who asked for what, and funds.
pub trait TenantStore: Send + Sync {
    /// Whether a tenant has asked for a run.
    fn access(&self, tenant: &str, run_key: Key) -> StoreFuture<'_, Option<Access>>;

    /// Notes that a tenant asked for a run that others had made. No effect where there is no such run.
    fn grant(&self, tenant: &str, run_key: Key, source: Source, change: Change) -> StoreFuture<'_, ()>;

    /// Notes when tenants last asked for runs they have access to.
    fn touch(&self, asked: Vec<(String, Key, Source, i64)>) -> StoreFuture<'_, ()>;

    /// When a tenant last asked for a run of a matrix, Unix milliseconds, and the fund of that run.
    fn matrix_access(&self, tenant: &str, matrix_key: Key) -> StoreFuture<'_, Option<(i64, String)>>;

    /// What a run was made from.
    fn run_input(&self, run_key: Key) -> StoreFuture<'_, Option<String>>;

    /// What some run of a matrix that a tenant has asked for was made from: of one that was not dropped, if there is any.
    fn matrix_input(&self, tenant: &str, matrix_key: Key) -> StoreFuture<'_, Option<String>>;

    /// A tenant's runs whose records of this format are there or were evicted, newest first.
    fn runs(
        &self,
        tenant: &str,
        format: u32,
        fund_id: Option<&str>,
        limit: u32,
        after: Option<RunPosition>,
    ) -> StoreFuture<'_, Vec<ListedRun>>;

    /// A tenant's funds in byte order of their ids.
    fn funds(&self, tenant: &str, limit: u32, after: Option<&str>) -> StoreFuture<'_, Vec<FundRow>>;

    /// A tenant's fund.
    fn fund(&self, tenant: &str, fund_id: &str) -> StoreFuture<'_, Option<FundRow>>;

    /// Stores a fund; the times given are for a new one, an old one keeps its first, and its last time always grows.
    /// Answers it as stored, or `None` where it is not what it must be.
    fn put_fund(
        &self,
        tenant: &str,
        fund: FundRow,
        must_be: FundMustBe,
        change: Change,
    ) -> StoreFuture<'_, Option<FundRow>>;

    /// Forgets a fund; whether there was one.
    fn delete_fund(&self, tenant: &str, fund_id: &str, change: Change) -> StoreFuture<'_, bool>;
}
