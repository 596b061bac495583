use std::fmt;

use serde::Serialize;

/// Who acts: a name and an e-mail address, as git records them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Identity {
    name: String,
    email: String,
}

impl Identity {
    /// Returns the identity with that name and e-mail address, without what git leaves out at their ends.
    ///
    /// # Errors
    ///
    /// When nothing is left of one of them, or it holds `<`, `>`, a newline or a NUL: git could not write such a header.
    pub fn new(name: &str, email: &str) -> Result<Self, IdentityError> {
        for (what, text) in [("name", name), ("e-mail address", email)] {
            if plain(text).is_empty() {
                return Err(IdentityError::Blank { what });
            }
            if text.contains(['<', '>', '\n', '\0']) {
                return Err(IdentityError::Character {
                    what,
                    text: text.to_owned(),
                });
            }
        }
        let email_ends = plain(email);
        if email_ends.starts_with('.') || email_ends.ends_with('.') {
            return Err(IdentityError::Dot {
                email: email.to_owned(),
            });
        }
        Ok(Self {
            name: plain(name).to_owned(),
            email: plain(email).to_owned(),
        })
    }

    /// Returns the name of the person or machine.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the e-mail address, as it is written.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// Reports whether both have the same e-mail address, case of ASCII letters aside: names differ
    /// from machine to machine.
    pub fn is_same_person(&self, other: &Self) -> bool {
        self.email.eq_ignore_ascii_case(&other.email)
    }
}

/// Returns `text` as git records it: `strbuf_addstr_without_crud` of its ident.c, since 2.46.
fn plain(text: &str) -> &str {
    text.trim_matches(|c: char| c <= ' ' || ",:;<>\"\\'".contains(c))
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} <{}>", self.name, self.email)
    }
}

/// Why a name and an e-mail address are not a valid identity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// Nothing there.
    #[error("the {what} is empty")]
    Blank {
        /// Which of the two.
        what: &'static str,
    },
    /// An address that not all programs read alike.
    #[error(
        "the e-mail address {email:?} begins or ends with a dot, which some programs leave out"
    )]
    Dot {
        /// The address.
        email: String,
    },
    /// A character that a commit's header cannot contain.
    #[error("the {what} {text:?} holds <, >, a newline or a NUL")]
    Character {
        /// Which of the two.
        what: &'static str,
        /// What it says.
        text: String,
    },
}
