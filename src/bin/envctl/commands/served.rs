//! Reports if another environment answers than the one that was requested.

use envctl::model::EnvironmentSlug;
use envctl::ops::Served;

use crate::app::App;
use crate::ui::Shown;

/// Prints a message to stderr if another environment answers than the one that was requested.
pub fn say_who_answers(app: &mut App, served: &Served, fallback: &EnvironmentSlug) {
    match served {
        Served::AsAsked => {}
        Served::ByFallback => app
            .output
            .say(format!("served by the gateway fallback, {fallback}")),
        Served::InsteadOf(asked) => {
            let asked = Shown(asked);
            app.output.warn(format!(
                "no environment `{asked}`: served by the gateway fallback, {fallback}"
            ));
        }
    }
}
