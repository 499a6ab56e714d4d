//! A list of named, timed steps, all of which are run, and the summary at its end.

use std::fmt;
use std::time::{Duration, Instant};

use crate::Result;

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    Failed(String),
    /// Its tool is absent: fine on a person's machine, a failure in CI, where it would read as a pass.
    Skipped(String),
}

/// One line of the list.
pub(crate) struct Step<'a> {
    name: &'static str,
    action: Box<dyn Fn() -> Result<Outcome> + 'a>,
}

/// One line of the summary.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    name: &'static str,
    took: Duration,
    outcome: Outcome,
}

impl<'a> Step<'a> {
    /// A step with its name; an error of the action is a failure of the step.
    pub(crate) fn new(name: &'static str, action: impl Fn() -> Result<Outcome> + 'a) -> Self {
        Self {
            name,
            action: Box::new(action),
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "times the step for its reader; no logic depends on it"
    )]
    fn run(&self) -> Line {
        eprintln!("\n==> {}", self.name);
        let start = Instant::now();
        let outcome = (self.action)().unwrap_or_else(|error| Outcome::Failed(error.to_string()));
        Line {
            name: self.name,
            took: start.elapsed(),
            outcome,
        }
    }
}

impl Outcome {
    /// The outcome of a program's exit code.
    pub(crate) fn of_code(code: u8) -> Self {
        match code {
            0 => Self::Passed,
            code => Self::Failed(format!("exit code {code}")),
        }
    }

    fn is_failure(&self, in_ci: bool) -> bool {
        match self {
            Self::Passed => false,
            Self::Failed(_) => true,
            Self::Skipped(_) => in_ci,
        }
    }
}

/// Runs every step, also after a failure, prints the summary, and answers whether all is well.
pub(crate) fn run_all(steps: &[Step<'_>], in_ci: bool) -> bool {
    let lines: Vec<Line> = steps.iter().map(Step::run).collect();
    eprintln!("\nsummary");
    for line in &lines {
        eprintln!("{line}");
    }
    let verdict = verdict(&lines, in_ci);
    let (Ok(sentence) | Err(sentence)) = &verdict;
    eprintln!("{sentence}");
    verdict.is_ok()
}

/// A sentence about all steps, as an error when one failed.
fn verdict(lines: &[Line], in_ci: bool) -> std::result::Result<String, String> {
    let total = lines.len();
    let failed = lines
        .iter()
        .filter(|line| line.outcome.is_failure(in_ci))
        .count();
    let skipped = lines
        .iter()
        .filter(|line| matches!(line.outcome, Outcome::Skipped(_)))
        .count();
    let note = match (skipped, in_ci) {
        (0, _) => String::new(),
        (skipped, true) => format!(", {skipped} of them skipped, which is a failure in CI"),
        (skipped, false) => format!(", {skipped} skipped"),
    };
    match failed {
        0 if skipped == 0 => Ok("all steps passed".to_owned()),
        0 => Ok(format!("{} of {total} steps passed{note}", total - skipped)),
        failed => Err(format!("{failed} of {total} steps failed{note}")),
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, why) = match &self.outcome {
            Outcome::Passed => ("ok", ""),
            Outcome::Failed(why) => ("FAILED", why.as_str()),
            Outcome::Skipped(why) => ("skipped", why.as_str()),
        };
        let first = why.lines().next().unwrap_or_default();
        let line = format!(
            "  {word:<8}{:<26}{:>8.1} s  {first}",
            self.name,
            self.took.as_secs_f64()
        );
        f.write_str(line.trim_end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(outcome: Outcome) -> Line {
        Line {
            name: "deny",
            took: Duration::from_millis(1_250),
            outcome,
        }
    }

    #[test]
    fn a_skipped_step_fails_in_ci_only() {
        let lines = [
            line(Outcome::Passed),
            line(Outcome::Skipped("absent".to_owned())),
        ];
        assert_eq!(
            verdict(&lines, false).unwrap(),
            "1 of 2 steps passed, 1 skipped"
        );
        assert!(
            verdict(&lines, true)
                .unwrap_err()
                .starts_with("1 of 2 steps failed")
        );
    }

    #[test]
    fn a_failed_step_fails_everywhere() {
        let lines = [line(Outcome::of_code(0)), line(Outcome::of_code(101))];
        assert_eq!(verdict(&lines, false).unwrap_err(), "1 of 2 steps failed");
        assert!(verdict(&lines, true).is_err());
        assert!(verdict(lines.get(..1).unwrap(), true).is_ok());
    }

    #[test]
    fn an_error_of_a_step_does_not_stop_the_list() {
        let broken = Step::new("broken", || Err("no such file".into()));
        let fine = Step::new("fine", || Ok(Outcome::Passed));
        assert!(!run_all(&[broken, fine], false));
    }

    #[test]
    fn a_line_names_outcome_step_time_and_reason() {
        let text = line(Outcome::Failed("exit code 3\nand more".to_owned())).to_string();
        assert_eq!(
            text.split_whitespace().collect::<Vec<_>>(),
            ["FAILED", "deny", "1.2", "s", "exit", "code", "3"]
        );
    }
}
