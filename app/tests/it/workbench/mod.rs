mod draft;
mod faults;
mod fragment;
mod typed;
mod weights;
