mod draft;
mod drivers;
mod faults;
mod fragment;
mod typed;
mod weights;
