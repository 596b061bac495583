use crate::files::Edit;
use crate::model::{Attestation, CheckName, Link, Project, Reason, Score, VersionId, Veto};
use crate::plan::error::{PlanError, existing_version};
use crate::plan::message::{Action, Message};
use crate::plan::planned::Plan;

/// What an evaluation found, before it is attested about the bytes of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// Whether it passed.
    pub passed: bool,
    /// What was measured, if anything.
    pub score: Option<Score>,
    /// How many cases there were, if they were counted.
    pub cases: Option<u32>,
    /// How many of them failed.
    pub failures: Option<u32>,
    /// Where it can be read up on.
    pub link: Option<Link>,
}

/// Plans to attest what an evaluation found about the bytes of `version`. It replaces what the check said before.
///
/// # Errors
///
/// When the version does not exist.
pub fn attest(
    project: &Project,
    version: &VersionId,
    check: &CheckName,
    evaluation: &Evaluation,
    reason: Option<&Reason>,
) -> Result<Plan, PlanError> {
    let content = existing_version(project, version)?.content;
    let Evaluation {
        passed,
        score,
        cases,
        failures,
        link,
    } = evaluation.clone();
    let attestation = Attestation {
        content,
        passed,
        score,
        cases,
        failures,
        link,
    };
    let before = project.attestations.get(version);
    let before = before.and_then(|checks| checks.get(check));
    let result = if passed { "passed" } else { "failed" };
    let subject = format!("attest {version}: {check} {result}");
    let mut message = Message::new(Action::Attest, subject);
    let said = before.map_or_else(|| "unset".to_owned(), Attestation::summary);
    message = message.detail(format!("{check}: {said} → {}", attestation.summary()));
    if let Some(link) = &attestation.link {
        message = message.detail(link.as_str());
    }
    let message = message
        .reason(reason)
        .trailer("Version", version.to_string())
        .trailer("Check", check.as_str());
    let edit = Edit::Attest(version.clone(), check.clone(), Some(attestation.clone()));
    let changes = before != Some(&attestation);
    Ok(Plan::new(
        changes.then_some(edit).into_iter().collect(),
        Vec::new(),
        message,
    ))
}

/// Plans to veto `version`, or to change why it is vetoed.
///
/// # Errors
///
/// When the version does not exist.
pub fn veto(project: &Project, version: &VersionId, reason: &Reason) -> Result<Plan, PlanError> {
    existing_version(project, version)?;
    let veto = Veto {
        reason: reason.clone(),
    };
    let changes = project.vetoes.get(version) != Some(&veto);
    let message = Message::new(Action::Veto, format!("veto {version}"))
        .reason(Some(reason))
        .trailer("Version", version.to_string());
    let edit = Edit::Veto(version.clone(), Some(veto));
    Ok(Plan::new(
        changes.then_some(edit).into_iter().collect(),
        Vec::new(),
        message,
    ))
}

/// Plans to lift the veto on `version`.
///
/// # Errors
///
/// When the version does not exist, or is not vetoed.
pub fn lift_veto(
    project: &Project,
    version: &VersionId,
    reason: Option<&Reason>,
) -> Result<Plan, PlanError> {
    let content = existing_version(project, version)?.content;
    let Some(veto) = project.vetoes.get(version) else {
        // Other bytes are vetoed under their own number, which is the one to lift.
        let other = project.barred_by(&project.vetoes, version, Some(content));
        return Err(PlanError::NotVetoed {
            version: version.clone(),
            other: other.map(|(id, _)| id.clone()),
        });
    };
    let message = Message::new(Action::Veto, format!("lift the veto on {version}"))
        .detail(format!(
            "it was: {}",
            veto.reason.as_str().replace('\n', " ")
        ))
        .reason(reason)
        .trailer("Version", version.to_string());
    let edit = Edit::Veto(version.clone(), None);
    Ok(Plan::new(vec![edit], Vec::new(), message))
}
