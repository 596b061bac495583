use crate::model::signing_key::PublicKey;

/// What the signature of a commit proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signature {
    /// The commit does not exist yet. It is judged again when it does.
    Awaited,
    /// There is no signature.
    Missing,
    /// The signer of the commit has this key.
    By(PublicKey),
    /// The signature is invalid, for this reason.
    Bad(String),
}
