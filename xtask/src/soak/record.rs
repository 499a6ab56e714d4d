//! Picks the results out of what the test runner and the tests print.

use std::fmt;

/// What goes into the results file, in the order in which it was printed.
#[derive(Debug, Default)]
pub(crate) struct Record {
    tests: Vec<Test>,
    numbers: Vec<String>,
    ended: bool,
}

#[derive(Debug, PartialEq, Eq)]
struct Test {
    name: String,
    seconds: String,
    verdict: String,
}

impl Record {
    /// Reads one line of output.
    pub(crate) fn read(&mut self, line: &str) {
        if let Some(number) = number(line) {
            self.numbers.push(number.to_owned());
        }
        // After its summary the runner repeats the lines of the tests that failed.
        self.ended |= line.trim_start().starts_with("Summary [");
        if !self.ended {
            self.tests.extend(test(line));
        }
    }
}

/// A result that a test prints. The harness may have written `test name ... ` in front of it.
fn number(line: &str) -> Option<&str> {
    let said = line.trim_start();
    let said = if said.starts_with("test ") {
        said.split_once(" ... ").map_or(said, |(_, said)| said)
    } else {
        said
    };
    said.strip_prefix("SOAK ").map(str::trim_end)
}

/// A line such as `PASS [   0.005s] (1/2) cache-core tests::soak_keys`; older runners leave out the count.
fn test(line: &str) -> Option<Test> {
    let (status, rest) = line.trim().split_once('[')?;
    let status = status.trim();
    if status.is_empty()
        || !status
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte == b'-')
    {
        return None;
    }
    let (seconds, rest) = rest.split_once("s]")?;
    let seconds = seconds.trim();
    seconds.parse::<f64>().ok()?;
    let rest = rest.trim();
    let name = rest
        .strip_prefix('(')
        .and_then(|rest| rest.split_once(')'))
        .map_or(rest, |(_, name)| name.trim());
    let verdict = if matches!(status, "PASS" | "LEAK") {
        "ok".to_owned()
    } else {
        format!("failed ({status})")
    };
    Some(Test {
        name: name.to_owned(),
        seconds: seconds.to_owned(),
        verdict,
    })
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "## Tests (name, seconds, verdict)\n")?;
        if self.tests.is_empty() {
            writeln!(f, "No soak test ran.")?;
        }
        for Test {
            name,
            seconds,
            verdict,
        } in &self.tests
        {
            writeln!(f, "- {name}, {seconds}, {verdict}")?;
        }
        writeln!(f, "\n## Numbers\n")?;
        if self.numbers.is_empty() {
            writeln!(f, "No test printed a number.")?;
        }
        self.numbers
            .iter()
            .try_for_each(|number| writeln!(f, "- {number}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(text: &str) -> Record {
        let mut record = Record::default();
        text.lines().for_each(|line| record.read(line));
        record
    }

    #[test]
    fn each_test_is_a_line_with_time_and_verdict() {
        let text = "       START             cache-core soak::keys\n        PASS [   1.005s] (1/3) cache-core soak::keys\n     SIGABRT [  12.000s] (2/3) cache-core::it soak::codec\n        FAIL [   0.004s] eve soak::esi\n";
        let names: Vec<String> = record(text)
            .tests
            .iter()
            .map(|test| format!("{} {} {}", test.name, test.seconds, test.verdict))
            .collect();
        assert_eq!(
            names,
            [
                "cache-core soak::keys 1.005 ok",
                "cache-core::it soak::codec 12.000 failed (SIGABRT)",
                "eve soak::esi 0.004 failed (FAIL)"
            ]
        );
    }

    #[test]
    fn a_failure_repeated_under_the_summary_counts_once() {
        let fail = "        FAIL [   0.004s] (1/1) eve soak::esi\n";
        let text = format!("{fail}     Summary [   0.010s] 1 test run: 0 passed, 1 failed\n{fail}");
        assert_eq!(record(&text).tests.len(), 1);
    }

    #[test]
    fn what_is_not_a_status_is_not_a_test() {
        let text = "        SLOW [> 60.000s] (1/1) eve soak::esi\n    Finished `release` profile [optimized] target(s) in 0.1s\nerror[E0001] 1s] x\n";
        assert_eq!(record(text).tests, []);
    }

    #[test]
    fn numbers_are_taken_from_the_beginning_of_a_line_only() {
        let text = "SOAK get 12 ns\n    SOAK put 40 ns \ntest soak::keys ... SOAK bytes 7\nnot a SOAK line\nSOAKED\n";
        assert_eq!(record(text).numbers, ["get 12 ns", "put 40 ns", "bytes 7"]);
    }

    #[test]
    fn an_empty_run_says_so() {
        let text = record("").to_string();
        assert!(text.contains("No soak test ran.") && text.contains("No test printed a number."));
    }
}
