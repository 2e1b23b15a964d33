//! Where work is done: here, or on a pool of threads. What is computed does not depend on it.

/// One thread, or a pool.
#[derive(Debug)]
pub(crate) enum Workers {
    /// The calling thread.
    Here,
    /// A pool of its own.
    #[cfg(feature = "rayon")]
    Pool(rayon::ThreadPool),
}

impl Workers {
    /// Exactly `threads` threads (at least one); the calling thread alone where the system gives no more.
    #[cfg(feature = "rayon")]
    pub(crate) fn new(threads: usize) -> Self {
        if threads <= 1 {
            return Self::Here;
        }
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_or(Self::Here, Self::Pool)
    }

    /// `task` of 0 … `tasks` − 1, results in that order.
    pub(crate) fn map<T: Send>(&self, tasks: usize, task: impl Fn(usize) -> T + Send + Sync) -> Vec<T> {
        match self {
            Self::Here => (0..tasks).map(task).collect(),
            #[cfg(feature = "rayon")]
            Self::Pool(pool) => {
                use rayon::prelude::*;
                pool.install(|| (0..tasks).into_par_iter().with_max_len(1).map(task).collect())
            }
        }
    }

    /// `task` of each item with its index, results in that order.
    pub(crate) fn map_items<I: Send, T: Send>(
        &self,
        items: Vec<I>,
        task: impl Fn(usize, I) -> T + Send + Sync,
    ) -> Vec<T> {
        match self {
            Self::Here => items.into_iter().enumerate().map(|(index, item)| task(index, item)).collect(),
            #[cfg(feature = "rayon")]
            Self::Pool(pool) => {
                use rayon::prelude::*;
                pool.install(|| {
                    items.into_par_iter().enumerate().with_max_len(1).map(|(index, item)| task(index, item)).collect()
                })
            }
        }
    }

    /// Threads that work at once.
    #[cfg(feature = "rayon")]
    pub(crate) fn threads(&self) -> usize {
        match self {
            Self::Here => 1,
            Self::Pool(pool) => pool.current_num_threads(),
        }
    }
}
