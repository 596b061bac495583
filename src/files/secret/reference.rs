use super::key_text::keys;
use crate::model::Credential;

/// Whether `text` names a variable, if only in small letters: that is a slip, and no secret. Mixed letters are how keys look.
pub(super) fn is_reference(text: &str) -> bool {
    let Some(name) = text.strip_prefix(Credential::PREFIX) else {
        return false;
    };
    let is_slip = !name.contains(|c: char| c.is_ascii_uppercase());
    let name = if is_slip {
        name.to_ascii_uppercase()
    } else {
        name.to_owned()
    };
    keys(text).is_empty()
        && format!("{}{name}", Credential::PREFIX)
            .parse::<Credential>()
            .is_ok()
}
