use super::evaluator::Evaluator;
use super::facts::Question;
use super::lifeline::Made;
use super::step::Step;
use crate::model::{CommitId, Move};

/// The mark on a version that was rolled back in an environment and has not come back since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollbackMark {
    /// The commit of the first-parent line that rolled it back last.
    pub commit: CommitId,
    /// Who did that, when and why; `None` if it is unknown.
    pub made: Option<Made>,
    /// The same in words.
    pub sentence: String,
}

/// Returns the mark on what each of `moves` would bring where it would bring it, whether a rule refuses that or not.
///
/// # Errors
///
/// The questions to history that have to be answered first.
pub fn marks(step: &Step<'_>, moves: &[Move]) -> Result<Vec<Option<RollbackMark>>, Vec<Question>> {
    let mut evaluator = Evaluator::new(step);
    let marks = moves
        .iter()
        .map(|moved| mark(&mut evaluator, moved))
        .collect();
    evaluator.finish()?;
    Ok(marks)
}

fn mark(evaluator: &mut Evaluator<'_>, moved: &Move) -> Option<RollbackMark> {
    let mark = evaluator.rolled_back(moved, moved.after?)?;
    Some(RollbackMark {
        commit: mark.commit,
        sentence: evaluator.rolled_back_clause(moved, &mark),
        made: mark.made,
    })
}
