//! `mcp check`: walks a protected resource of the Model Context Protocol from its 401 to a token as a client would, and
//! says what is missing on the way.
//!
//! The resource and its authorization server may be anybody's. Nothing of this installation is read or changed.
//!
//! Model Context Protocol, Authorization; RFC 9728, RFC 8414, RFC 7591, RFC 8707, RFC 7636, RFC 9207.

mod metadata;
mod sign_in;
mod web;

use serde_json::{Value, json};

use super::arguments::McpCheck;
use super::failure::{Complaint, Failure};
use super::output::{self, row};
use metadata::{Resource, Server};
use web::{Answer, Web};

/// What one step of the walk found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    step: &'static str,
    verdict: Verdict,
    detail: String,
}

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// As it should be.
    Right,
    /// It works, but a client would be safer or better off otherwise.
    Advice,
    /// A client that keeps the rules cannot go on, or should not.
    Wrong,
}

impl Verdict {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Advice => "advice",
            Self::Wrong => "wrong",
        }
    }
}

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<Finding>);

/// A step that ends the walk, because the next ones stand on it.
pub(super) struct DeadEnd;

impl Findings {
    fn add(&mut self, step: &'static str, verdict: Verdict, detail: impl Into<String>) {
        self.0.push(Finding { step, verdict, detail: detail.into() });
    }

    fn right(&mut self, step: &'static str, detail: impl Into<String>) {
        self.add(step, Verdict::Right, detail);
    }

    fn advice(&mut self, step: &'static str, detail: impl Into<String>) {
        self.add(step, Verdict::Advice, detail);
    }

    fn wrong(&mut self, step: &'static str, detail: impl Into<String>) {
        self.add(step, Verdict::Wrong, detail);
    }

    fn dead_end<T>(&mut self, step: &'static str, detail: impl Into<String>) -> Result<T, DeadEnd> {
        self.wrong(step, detail);
        Err(DeadEnd)
    }

    fn is_right(&self) -> bool {
        self.0.iter().all(|finding| finding.verdict != Verdict::Wrong)
    }
}

/// Walks, and tells.
pub async fn run(check: &McpCheck) -> Result<(), Failure> {
    let web = Web::new().map_err(|error| Complaint::new(format!("No HTTP client can be made: {error}.")))?;
    let mut findings = Findings::default();
    // A dead end is told by the finding it left.
    let _ended_early = walk(&web, check, &mut findings).await.is_err();
    tell(&findings, check.json)?;
    if findings.is_right() {
        return Ok(());
    }
    let complaint =
        Complaint::new("A client that keeps the rules does not get to this resource.").at(check.url.clone());
    Err(complaint.hint("mend the lines marked `wrong`, and check again").into())
}

async fn walk(web: &Web, check: &McpCheck, findings: &mut Findings) -> Result<(), DeadEnd> {
    let refused = first_answer(web, &check.url, findings).await?;
    let resource = metadata::resource(web, &check.url, &refused, findings).await?;
    let server = metadata::server(web, &resource, findings).await?;
    if check.no_sign_in {
        findings.advice("sign-in", "left out, as asked");
        return Ok(());
    }
    let token = sign_in::token(web, check, (&resource, &server), findings).await?;
    last_answer(web, &check.url, &token, findings).await
}

/// The 401 that a client begins with.
async fn first_answer(web: &Web, url: &str, findings: &mut Findings) -> Result<Answer, DeadEnd> {
    let answer = match web.initialize(url, None).await {
        Ok(answer) => answer,
        Err(problem) => return findings.dead_end("resource", format!("it cannot be reached: {problem}")),
    };
    match (answer.status, answer.challenge()) {
        (401, Some(_)) => findings.right("resource", "refuses with 401 and a challenge"),
        (401, None) => {
            findings.wrong("resource", "refuses with 401, but without WWW-Authenticate: Bearer (RFC 6750 §3)");
        }
        (status, _) => {
            return findings.dead_end("resource", format!("answers {status} without a token, where 401 is expected"));
        }
    }
    Ok(answer)
}

/// What the resource says to the token, and to one that nobody issued.
async fn last_answer(web: &Web, url: &str, token: &str, findings: &mut Findings) -> Result<(), DeadEnd> {
    match web.initialize(url, Some("not-a-token")).await {
        Ok(answer) if answer.status == 401 => findings.right("a wrong token", "is refused with 401"),
        Ok(answer) => {
            findings.wrong("a wrong token", format!("is answered by {}, where 401 is expected", answer.status));
        }
        Err(problem) => findings.wrong("a wrong token", format!("gets no answer: {problem}")),
    }
    match web.initialize(url, Some(token)).await {
        Ok(answer) if matches!(answer.status, 401 | 403) => findings.dead_end(
            "the token",
            format!("is refused with {}: {}", answer.status, answer.challenge().unwrap_or_default()),
        ),
        Ok(answer) => {
            findings.right("the token", format!("opens the resource ({})", answer.status));
            Ok(())
        }
        Err(problem) => findings.dead_end("the token", format!("gets no answer: {problem}")),
    }
}

fn tell(findings: &Findings, as_json: bool) -> Result<(), Failure> {
    if as_json {
        let member = |finding: &Finding| json!({ "step": finding.step, "verdict": finding.verdict.as_str(), "detail": finding.detail });
        let steps: Vec<Value> = findings.0.iter().map(member).collect();
        return output::json(&json!({ "right": findings.is_right(), "steps": steps }));
    }
    let rows = findings.0.iter().map(|finding| row([finding.step, finding.verdict.as_str(), &finding.detail]));
    output::lines(output::columns(&rows.collect::<Vec<_>>()))
}

/// The `resource` that a client names, and the server it asks.
pub(super) type Known<'a> = (&'a Resource, &'a Server);
