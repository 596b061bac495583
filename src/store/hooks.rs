use super::{Store, StoreError, Writing};

impl Store {
    /// The message as the `commit-msg` hook leaves it.
    pub fn commit_message_hook(&self, message: &str, _writing: &Writing) -> Result<String, StoreError> {
        Ok(message.to_owned())
    }

    /// Runs the `post-commit` hook.
    pub fn post_commit_hook(&self, _writing: &Writing) -> Result<(), StoreError> {
        Ok(())
    }
}
