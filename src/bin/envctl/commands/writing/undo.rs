//! The command that takes a change back.

use envctl::model::{Move, Resource};
use envctl::ops::{Rehearsal, Session, WayBack, way_back};

use super::outcome::WriteOutcome;
use crate::app::App;
use crate::render::going_back;

impl WriteOutcome {
    /// Returns the command that takes the change back; `None` if there is none that the judge would let through.
    pub fn undo(&self, app: &App, session: &Session) -> Option<String> {
        let commit = self.commit?;
        let hooks = envctl::store::Hooks::Skip;
        let operation = app.process.operation(&session.store, hooks).ok()?;
        // The change has landed: what cannot be found out about its undo is no failure.
        match way_back(session, &operation, commit, &self.rehearsal).ok()?? {
            WayBack::Undo => Some(format!("envctl undo {}{}", commit.short(), self.place(app))),
            WayBack::Request => self.move_back(app),
        }
    }

    /// Returns the options that make another change in the same place.
    fn place(&self, app: &App) -> String {
        let branch = app.branch().map(|branch| format!(" --branch {branch}"));
        let push = self.delivery.as_ref();
        let push = push.map(|delivery| format!(" --push={}", delivery.place.remote));
        [branch, push].into_iter().flatten().collect()
    }

    /// Returns the commands that move the pointers back to what they named before, one for each environment: where that
    /// needs approval, they request it.
    fn move_back(&self, app: &App) -> Option<String> {
        let Rehearsal { tip, plan, .. } = &self.rehearsal;
        let place = self.place(app);
        // A rollback removes a pointer only if it is named, so all are named where one of them was
        // new.
        let named = |moves: &[Move]| -> Vec<Resource> {
            let goes = moves.iter().any(|moved| moved.before.is_none());
            let all = moves.iter().filter(|_| goes);
            all.map(|moved| moved.resource.clone()).collect()
        };
        let back = |moves: &[Move]| {
            let command = match moves {
                [] => return None,
                [moved] => going_back::to_number(&moved.environment, &moved.resource, moved.before),
                [moved, ..] => going_back::to_state(&moved.environment, &named(moves), (*tip)?),
            };
            Some(command + &place)
        };
        let commands: Vec<String> = plan
            .moves
            .chunk_by(|one, other| one.environment == other.environment)
            .filter_map(back)
            .collect();
        (!commands.is_empty()).then(|| commands.join(" && "))
    }
}
