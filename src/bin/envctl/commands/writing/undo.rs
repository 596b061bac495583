//! The commands that take a change back.

use envctl::model::{Move, Resource};
use envctl::ops::{Moment, Rehearsal, Session, rolled_back};
use envctl::store::RemoteBranch;

use super::outcome::WriteOutcome;
use crate::app::App;
use crate::render::going_back;

impl WriteOutcome {
    /// Returns the command that reverts the commit, for changes that move no pointer back.
    pub fn revert(&self) -> Option<String> {
        let push = self.delivery.as_ref().map(|delivery| {
            let RemoteBranch { remote, branch } = &delivery.place;
            format!(" && git push {remote} {branch}")
        });
        self.commit
            .map(|commit| format!("git revert {}{}", commit.short(), push.unwrap_or_default()))
    }

    /// Returns the commands that move the pointers back to what they named before, one for each environment.
    ///
    /// `git revert` would not do: it is not judged before it is committed, and it commits to whatever branch is checked out.
    pub fn move_back(&self, app: &App) -> Option<String> {
        self.commit?;
        let Rehearsal { tip, plan, .. } = &self.rehearsal;
        let branch = app
            .branch()
            .map(|branch| format!(" --branch {branch}"))
            .unwrap_or_default();
        let push = self
            .delivery
            .as_ref()
            .map(|delivery| format!(" --push={}", delivery.place.remote))
            .unwrap_or_default();
        // A rollback removes a pointer only if it is named, so all are named where one of them was new.
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
            Some(command + &branch + &push)
        };
        let commands: Vec<String> = plan
            .moves
            .chunk_by(|one, other| one.environment == other.environment)
            .filter_map(back)
            .collect();
        (!commands.is_empty()).then(|| commands.join(" && "))
    }

    /// Reports whether the way back would bring back what was rolled back, and be refused to whoever made the change.
    ///
    /// Whoever rolled back by mistake may take that back, but a bot may not.
    pub fn is_kept_out(&self, session: &Session) -> bool {
        let record = self.commit.map(|commit| session.store.commit(commit));
        let Some(Ok(record)) = record else {
            return false;
        };
        let access = self.rehearsal.after.project.access.as_ref();
        let member = access.and_then(|access| access.member(&record.author.email));
        if !member.is_some_and(|(_, member)| member.bot) {
            return false;
        }
        let back = |moved: &Move| Move {
            before: moved.after,
            after: moved.before,
            ..moved.clone()
        };
        let back: Vec<Move> = self.rehearsal.plan.moves.iter().map(back).collect();
        let told = session
            .view(Some(&Moment::Revision(record.id.to_string())))
            .and_then(|view| rolled_back(session, &view, &back, None));
        told.is_ok_and(|told| told.iter().any(|(_, verdict)| !verdict.passes()))
    }
}
