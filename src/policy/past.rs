use super::facts::{Facts, Question};

/// How often a judge may ask for more facts. A verdict asks for what it needs; if a rule is broken, whether
/// the move is a return; and if something else is invalid, whether it is a return to the previous version.
/// Each of these takes a few rounds, so a judge that goes on asking has a defect.
const ROUNDS: usize = 16;

/// Answers what verdicts ask about the past, and about the texts of prompts.
///
/// The evaluator never sees this trait, only the plain [`Facts`] that it fills. So verdicts stay pure, and
/// whoever needs one supplies the past that it rests on.
pub trait PastFacts {
    /// The error of a question that cannot be answered.
    type Error;

    /// Answers `questions` into `facts`, so that [`Facts::answer`] holds for each of them.
    ///
    /// # Errors
    ///
    /// When the history, or a text that is asked about, cannot be read.
    fn answer(&mut self, questions: &[Question], facts: &mut Facts) -> Result<(), Self::Error>;

    /// Returns what `judge` says once it knows everything that it asks for, beginning with what `facts` hold already.
    ///
    /// # Errors
    ///
    /// As [`PastFacts::answer`].
    fn judge<T>(
        &mut self,
        facts: &mut Facts,
        judge: impl Fn(&Facts) -> Result<T, Vec<Question>>,
    ) -> Result<T, Self::Error> {
        for _ in 0..ROUNDS {
            match judge(facts) {
                Ok(answer) => return Ok(answer),
                Err(questions) => self.answer(&questions, facts)?,
            }
        }
        unreachable!("what a judge asks for does not depend on what it was told so often")
    }
}
