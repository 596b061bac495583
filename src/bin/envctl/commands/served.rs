//! Who answers, where another environment does than was asked for.

use envctl::model::EnvironmentSlug;
use envctl::ops::ResolvedVersion;

use crate::app::App;
use crate::ui::Shown;

/// Says on stderr where another environment answers than was asked for.
pub fn say_who_answers(app: &mut App, served: &ResolvedVersion, fallback: &EnvironmentSlug) {
    match served {
        ResolvedVersion::AsAsked => {}
        ResolvedVersion::ByFallback => app
            .output
            .say(format!("served by the gateway fallback, {fallback}")),
        ResolvedVersion::InsteadOf(asked) => {
            let asked = Shown(asked);
            app.output.warn(format!(
                "no environment `{asked}`: served by the gateway fallback, {fallback}"
            ));
        }
    }
}
