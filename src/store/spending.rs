use git2::Error;

use crate::store::budget::Budget;
use crate::store::error::StoreError;
use crate::store::open::Store;

impl Store {
    /// Limits what reading may cost from here on.
    pub fn limit(&mut self, budget: Budget) {
        self.budget = Some(budget);
    }

    /// Succeeds as long as the budget is not exceeded, or there is none.
    ///
    /// A verdict asks once more when it is reached, and when it is not: an error on the way only says what could not be read
    /// any more, or somebody may have taken it for the absence of something.
    ///
    /// # Errors
    ///
    /// [`StoreError::OverBudget`].
    pub fn require_budget(&self) -> Result<(), StoreError> {
        match self.budget.as_ref().and_then(Budget::spend) {
            Some(exceeded) => Err(StoreError::OverBudget(exceeded)),
            None => Ok(()),
        }
    }

    /// As [`Store::require_budget`], for those who speak git's errors. They end the reading; what counts is asked again.
    pub(in crate::store) fn spend(&self) -> Result<(), Error> {
        self.require_budget()
            .map_err(|error| Error::from_str(&error.to_string()))
    }

    /// Succeeds unless `folders` are more than the budget has.
    pub(in crate::store) fn require_few_folders(&self, folders: usize) -> Result<(), StoreError> {
        let budget = self.budget.as_ref();
        match budget.and_then(|budget| budget.spend_folders(folders)) {
            Some(exceeded) => Err(StoreError::OverBudget(exceeded)),
            None => Ok(()),
        }
    }
}
