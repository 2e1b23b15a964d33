mod convergence;
mod draft;
mod drivers;
mod faults;
mod fragment;
mod tables;
mod typed;
mod weights;
