use crate::model::signing_key::PublicKey;

/// What the signature of a commit proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signature {
    /// Nothing yet: the commit is still to be made, and is judged again when it is.
    Awaited,
    /// Nothing: there is none.
    Missing,
    /// That whoever made the commit has this key.
    By(PublicKey),
    /// Nothing, since it is not good; why not.
    Bad(String),
}
