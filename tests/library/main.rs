//! The library seen from outside, with the `git` program as the independent witness of what was written.

#[cfg(test)]
mod cases;
#[cfg(test)]
mod cuts;
#[cfg(test)]
mod dirty;
#[cfg(test)]
#[path = "../support/feed.rs"]
mod feed;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod following;
#[cfg(test)]
mod forge;
#[cfg(test)]
mod forged;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
#[cfg(unix)]
mod healing;
#[cfg(test)]
mod history;
#[cfg(test)]
#[cfg(unix)]
mod hooks;
#[cfg(test)]
mod hostile;
#[cfg(test)]
#[path = "../support/isolation.rs"]
mod isolation;
#[cfg(test)]
mod layouts;
#[cfg(test)]
mod long_history;
#[cfg(test)]
mod merging;
#[cfg(test)]
mod moves;
#[cfg(test)]
mod pointer_changes;
#[cfg(test)]
mod policies;
#[cfg(test)]
mod project;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod pull_requests;
#[cfg(test)]
mod pushes;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod returns;
#[cfg(test)]
mod reviewing;
#[cfg(test)]
mod routes;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod sandbox;
#[cfg(test)]
mod signatures;
#[cfg(test)]
mod signing;
#[cfg(test)]
mod swapping;
#[cfg(test)]
mod undo;
#[cfg(test)]
mod undo_access;
#[cfg(test)]
mod undoing;
#[cfg(test)]
mod work_trees;
