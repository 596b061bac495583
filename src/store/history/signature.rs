use ssh_key::{PublicKey as SshKey, SshSig};

use crate::model::{PublicKey, Signature};

/// What git signs commits for. A signature made for anything else does not count.
const NAMESPACE: &str = "git";

/// Returns what `armor`, the signature in a commit's header, proves about the bytes `signed`.
///
/// A good signature says which key made it, but not whose key that is.
pub(in crate::store) fn verified(signed: &[u8], armor: &str) -> Signature {
    if !armor
        .trim_start()
        .starts_with("-----BEGIN SSH SIGNATURE-----")
    {
        return Signature::Bad(
            "it is not an SSH signature, and no other kind is verified".to_owned(),
        );
    }
    match verify(signed, armor) {
        Ok(key) => Signature::By(key),
        Err(why) => Signature::Bad(why),
    }
}

/// How the base64 of the type of each kind of certificate begins. It is 18 bytes, and so 24 digits,
/// into a signature (PROTOCOL.sshsig and PROTOCOL.certkeys of OpenSSH).
const CERTIFICATES: [&str; 7] = [
    "c3NoLWVkMjU1MTktY2VydC12MDFA",
    "c3NoLXJzYS1jZXJ0LXYw",
    "c2stc3NoLWVkMjU1MTktY2VydC12MDFA",
    "ZWNkc2Etc2hhMi1uaXN0cDI1Ni1jZXJ0LXYw",
    "ZWNkc2Etc2hhMi1uaXN0cDM4NC1jZXJ0LXYw",
    "ZWNkc2Etc2hhMi1uaXN0cDUyMS1jZXJ0LXYw",
    "c2stZWNkc2Etc2hhMi1uaXN0cDI1Ni1jZXJ0LXYw",
];

fn is_of_a_certificate(armor: &str) -> bool {
    let lines = armor.lines().filter(|line| !line.starts_with("-----"));
    let digits: String = lines.map(str::trim).take(3).collect();
    let kind = digits.get(24..).unwrap_or_default();
    CERTIFICATES.iter().any(|known| kind.starts_with(known))
}

fn verify(signed: &[u8], armor: &str) -> Result<PublicKey, String> {
    // The library reads a certificate's signature as one of the plain key in it, without checking
    // validity dates or who certified it. Refusing it is the safe choice.
    if is_of_a_certificate(armor) {
        return Err("it was made with an SSH certificate; only plain keys are verified".to_owned());
    }
    let signature = SshSig::from_pem(armor).map_err(|_| "it cannot be read".to_owned())?;
    if signature.namespace() != NAMESPACE {
        return Err(format!(
            "it was made for {:?}, not for {NAMESPACE:?}",
            signature.namespace()
        ));
    }
    let key = SshKey::new(signature.public_key().clone(), "");
    let written = key
        .to_openssh()
        .map_err(|_| "its key cannot be read".to_owned())?;
    let known = written
        .parse::<PublicKey>()
        .map_err(|error| error.to_string())?;
    // Last: only a signature that is made for git and by a readable key is worth the arithmetic,
    // and each reason is reported by itself.
    key.verify(NAMESPACE, signed, &signature)
        .map_err(|_| "it was made for other bytes".to_owned())?;
    Ok(known)
}
