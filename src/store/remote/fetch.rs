use crate::model::CommitId;
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::remote::branch::RemoteBranch;
use crate::store::remote::remotes::GitRunner;

impl Store {
    /// Fetches the history of `place`, and returns where it is now, or `None` if the remote has no
    /// such branch.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreachable`] if the remote does not answer in time or git cannot fetch; [`StoreError::Rewound`]
    /// if it has lost commits that it had at the last fetch, which only a person can judge.
    pub fn fetch(
        &self,
        place: &RemoteBranch,
        runner: &GitRunner,
    ) -> Result<Option<CommitId>, StoreError> {
        let known = self.last_seen(place)?;
        // Without a plus, so that the remote-tracking branch never goes back: a remote that lost commits must be noticed, not followed. The options keep git from fetching or pruning anything else.
        let refspec = format!("{}:{}", place.branch.reference(), self.tracking(place)?);
        let addresses = self.addresses(&place.remote)?;
        let options = [
            "--quiet",
            "--no-tags",
            "--no-prune",
            "--no-recurse-submodules",
            "--no-write-fetch-head",
            "--refmap=",
        ];
        let fetch = [
            &["fetch"],
            options.as_slice(),
            &["--", addresses.asked(&place.remote), &refspec],
        ]
        .concat();
        let ran = self.send(place, runner, &fetch)?;
        if ran.succeeded() {
            return self.last_seen(place);
        }
        let unreachable = || StoreError::Unreachable {
            remote: place.remote.clone(),
            said: ran.said(),
        };
        // No answer in time. Asking once more would only double the wait.
        if ran.status.is_none() {
            return Err(unreachable());
        }
        // git's exit status does not say why the fetch failed. `ls-remote` distinguishes a branch
        // that does not exist, one that was rewound, and a remote that does not answer.
        let now = self.listed(place, runner)?.ok_or_else(unreachable)?;
        match (known, now) {
            (None, None) => Ok(None),
            (Some(known), None) => Err(rewound(place, known, None)),
            (_, Some(now)) if !self.has(now)? => Err(unreachable()),
            (Some(known), Some(now)) if !self.is_ancestor(known, now)? => {
                Err(rewound(place, known, Some(now)))
            }
            // The history is here, so only the remote-tracking branch could not be written, because another git held its lock.
            (_, now) => Ok(now),
        }
    }

    /// Asks the remote where the branch is, without fetching history. The outer `None` means that
    /// it does not answer.
    fn listed(
        &self,
        place: &RemoteBranch,
        runner: &GitRunner,
    ) -> Result<Option<Option<CommitId>>, StoreError> {
        let reference = place.branch.reference();
        let addresses = self.addresses(&place.remote)?;
        let ran = self.send(
            place,
            runner,
            &[
                "ls-remote",
                "--quiet",
                "--",
                addresses.asked(&place.remote),
                &reference,
            ],
        )?;
        if !ran.succeeded() {
            return Ok(None);
        }
        let line = |line: &str| {
            line.strip_suffix(&reference)?
                .trim_end()
                .parse::<CommitId>()
                .ok()
        };
        Ok(Some(ran.stdout.lines().find_map(line)))
    }
}

fn rewound(place: &RemoteBranch, known: CommitId, now: Option<CommitId>) -> StoreError {
    StoreError::Rewound {
        place: place.clone(),
        known,
        now,
    }
}
