use git2::Error;

use crate::store::budget::Budget;
use crate::store::error::StoreError;
use crate::store::open::Store;

impl Store {
    /// Limits what reading may cost from here on.
    pub fn limit(&mut self, budget: Budget) {
        self.budget = Some(budget);
    }

    /// Succeeds unless the budget is exceeded.
    ///
    /// A caller asks once more when it has its verdict or an error. An error on the way may only be
    /// the consequence of the limit, and some code may have taken it for the absence of something.
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

    /// Does what [`Store::require_budget`] does, for functions that return git's errors. Such an
    /// error ends the reading; the caller asks again for the real one.
    pub(in crate::store) fn spend(&self) -> Result<(), Error> {
        self.require_budget()
            .map_err(|error| Error::from_str(&error.to_string()))
    }

    /// Succeeds unless `folders` exceed the budget.
    pub(in crate::store) fn require_few_folders(&self, folders: usize) -> Result<(), StoreError> {
        let budget = self.budget.as_ref();
        match budget.and_then(|budget| budget.spend_folders(folders)) {
            Some(exceeded) => Err(StoreError::OverBudget(exceeded)),
            None => Ok(()),
        }
    }
}
