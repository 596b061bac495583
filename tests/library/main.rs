//! The library seen from outside, with the `git` program as the independent witness of what was written.

mod dirty;
mod following;
mod healing;
mod hooks;
mod hostile;
mod reading;
mod sandbox;
mod signing;
mod swapping;
mod work_trees;
