//! Every reader of what others wrote, given what nobody would write: bytes that were right once and were changed since, and
//! the words of a grammar in any order.
//!
//! Not to crash is the least. Each target also knows something that has to hold of what is accepted, mostly because git or
//! libgit2 reads the same bytes. The suite runs some hundred cases of each; for longer:
//!
//! ```text
//! PROPTEST_CASES=100000 cargo test --release --test library fuzz
//! ```
//!
//! What that finds is mended, and the bytes become a case of `fixtures/hostile`, which every run of the suite tries.

mod commits;
mod files;
mod gateways;
mod messages;
mod mutation;
mod names;
mod objects;
mod ranges;
mod trees;
mod updates;
