//! Who writes, when and how, as git's variables and settings say.

use std::hash::{BuildHasher, Hasher, RandomState};

use anyhow::bail;
use envctl::model::Identity;
use envctl::ops::{LEEWAY, Operation};
use envctl::store::{GitSettings, GitTime, Hooks, Store, Writing, identity_as_written};

use super::Process;
use crate::error::Failure;
use crate::exit::Exit;

/// The two identities of a commit.
#[derive(Clone, Copy, Debug)]
enum CommitRole {
    Author,
    Committer,
}

/// Returns sixteen random hexadecimal digits: the standard library seeds each hasher from the system.
pub fn unique() -> String {
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    format!("{:016x}", hasher.finish())
}

impl Process {
    /// Returns who writes, when and how, according to git's variables and settings.
    ///
    /// # Errors
    ///
    /// When git has no identity, or a given date is invalid.
    pub fn operation(&self, store: &Store, hooks: Hooks) -> anyhow::Result<Operation> {
        let durable = store.setting_bool("envctl.durable")?.unwrap_or(true);
        self.operation_with(store.settings(), Writing { durable, hooks })
    }

    /// Returns the same as [`Process::operation`], with these settings of git's.
    ///
    /// # Errors
    ///
    /// As [`Process::operation`].
    pub fn operation_with(
        &self,
        settings: &GitSettings,
        writing: Writing,
    ) -> anyhow::Result<Operation> {
        Ok(Operation {
            author: self.identity(settings, CommitRole::Author)?,
            author_time: self.date("GIT_AUTHOR_DATE")?,
            committer: self.identity(settings, CommitRole::Committer)?,
            committer_time: self.recorded()?,
            id: unique(),
            writing,
        })
    }

    /// Returns an operation by `who`, now.
    pub fn operation_of(&self, who: Identity, writing: Writing) -> Operation {
        let (author, committer, now) = (who.clone(), who, self.now.into());
        Operation {
            author,
            author_time: now,
            committer,
            committer_time: now,
            id: unique(),
            writing,
        }
    }

    /// Returns name and e-mail address, looked up in git's order: the variable of author or
    /// committer, its setting, the user's setting, `EMAIL`.
    fn identity(&self, settings: &GitSettings, part: CommitRole) -> anyhow::Result<Identity> {
        let (variable, section) = match part {
            CommitRole::Author => ("GIT_AUTHOR", "author"),
            CommitRole::Committer => ("GIT_COMMITTER", "committer"),
        };
        let find = |what: &str| -> anyhow::Result<Option<String>> {
            // If one is set but empty, git does not look further.
            if let Some(text) = self.text(&format!("{variable}_{}", what.to_uppercase()))? {
                return Ok(Some(text));
            }
            let of_part = settings.text(&format!("{section}.{what}"))?;
            match of_part.filter(|text| !text.is_empty()) {
                Some(text) => Ok(Some(text)),
                None => Ok(settings.text(&format!("user.{what}"))?),
            }
        };
        let email = match find("email")? {
            None => self.general_address(settings)?,
            found => found,
        };
        match (find("name")?, email) {
            (Some(name), Some(email)) => identity_as_written(&name, &email).map_err(|why| {
                let message = format!("git's identity cannot be used: {why}");
                Failure::new(Exit::Error, "no-identity", message).into()
            }),
            _ => bail!(Failure::no_identity()),
        }
    }

    /// Returns the address in the variable `EMAIL`, if git uses it: not if any setting has an
    /// address, and not if only settings may define the identity.
    fn general_address(&self, settings: &GitSettings) -> anyhow::Result<Option<String>> {
        for key in ["user.email", "author.email", "committer.email"] {
            if settings.text(key)?.is_some() {
                return Ok(None);
            }
        }
        if settings.flag("user.useConfigOnly")? == Some(true) {
            return Ok(None);
        }
        Ok(self.text("EMAIL")?.filter(|email| !email.is_empty()))
    }

    /// Returns the time of the new commit. A date ahead of the clock is rejected, because every later reader
    /// would reject it.
    ///
    /// # Errors
    ///
    /// When `GIT_COMMITTER_DATE` cannot be read, or is ahead of the clock.
    pub fn recorded(&self) -> anyhow::Result<GitTime> {
        let time = self.date("GIT_COMMITTER_DATE")?;
        match self.now.checked_add(LEEWAY) {
            Ok(latest) if time.at > latest => bail!(Failure::ahead_of_the_clock(time.at)),
            _ => Ok(time),
        }
    }

    /// Returns the present in the local zone, as git writes it.
    fn here(&self) -> GitTime {
        let offset = self.present().zone.to_offset(self.now).seconds() / 60;
        GitTime {
            offset: i16::try_from(offset).unwrap_or_default(),
            ..self.now.into()
        }
    }

    fn date(&self, variable: &'static str) -> anyhow::Result<GitTime> {
        match self.text(variable)?.filter(|text| !text.is_empty()) {
            None => Ok(self.here()),
            Some(text) => GitTime::read(&text).map_err(|why| {
                let message = format!("invalid {variable}: {why}");
                Failure::new(Exit::Usage, "invalid-date", message)
                    .hint("git takes @1700000000 +0100, 2026-11-22T14:00:00Z, \"2026-11-22 14:00\" and the like")
                    .into()
            }),
        }
    }
}
