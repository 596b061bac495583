//! Commands that change the project. Such a command has its own [`arguments`] and implements [`command::WriteCommand`]: what it plans,
//! and the words for it. [`runner`] does the rest in one order for all of them: open the [`session`], plan and judge, show, ask
//! for a [`reason`] and for [`confirmation`], write, and say what came of it ([`outcome`], [`body`], [`undo`]).
//! With --wait it does so again when the moment has come that a refusal names ([`waiting`]).

pub mod arguments;
pub mod body;
pub mod command;
pub mod confirmation;
pub mod outcome;
pub mod reason;
pub mod runner;
pub mod session;
mod undo;
pub mod waiting;
