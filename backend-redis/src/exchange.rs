//! Commands over one line: together in one round trip, and again where the server had lost a script.

use cache_core::Result;
use redis::{Cmd, Pipeline, Value, cmd};
use tokio::time::Instant;

use crate::failure::Failure;
use crate::line::Line;
use crate::script;

/// The answer to one command.
pub(crate) type Answer = Result<Value, Failure>;

/// Makes commands ready to be sent together, so that one that fails does not hide the others.
pub(crate) fn together(commands: impl IntoIterator<Item = Cmd>) -> Pipeline {
    let mut pipeline = Pipeline::new();
    for command in commands {
        pipeline.add_command(command);
    }
    pipeline.ignore_errors();
    pipeline
}

/// Sends commands in one round trip, and once more, after the scripts, those whose script the server lacks. An answer for
/// each, in order.
///
/// `asking` says to the server that the first, or the transaction it begins, is about a key on its way to it.
pub(crate) async fn exchange(
    line: &Line,
    commands: &Pipeline,
    asking: bool,
    until: Instant,
) -> Vec<Answer> {
    let asks = || asking.then(|| cmd("ASKING"));
    let mut answers = if asking {
        after(line, asks(), commands.cmd_iter().cloned(), until).await
    } else {
        sent(line, commands, until).await
    };
    if answers.iter().any(is_lost) {
        let lost = commands.cmd_iter().zip(&answers);
        let lost: Vec<Cmd> = lost
            .filter(|(_, answer)| is_lost(answer))
            .map(|(command, _)| command.clone())
            .collect();
        let mut again = after(line, script::loads().chain(asks()), lost, until)
            .await
            .into_iter();
        for answer in answers.iter_mut().filter(|answer| is_lost(answer)) {
            if let Some(second) = again.next() {
                *answer = second;
            }
        }
    }
    answers
}

/// Sends some commands whose answers do not count before those that do.
async fn after(
    line: &Line,
    before: impl IntoIterator<Item = Cmd>,
    commands: impl IntoIterator<Item = Cmd>,
    until: Instant,
) -> Vec<Answer> {
    let before: Vec<Cmd> = before.into_iter().collect();
    let skipped = before.len();
    let all = together(before.into_iter().chain(commands));
    let mut answers = sent(line, &all, until).await;
    answers.drain(..skipped.min(answers.len()));
    answers
}

async fn sent(line: &Line, commands: &Pipeline, until: Instant) -> Vec<Answer> {
    if commands.is_empty() {
        return Vec::new();
    }
    match line.many(commands, until).await {
        Ok(answers) => answers,
        Err(failure) => vec![Err(failure); commands.len()],
    }
}

fn is_lost(answer: &Answer) -> bool {
    answer.as_ref().is_err_and(Failure::is_missing_script)
}

/// Returns what came of commands that belong together: where the server says that it is not the place for them, that; where a
/// transaction was given up, why; else the last answer.
pub(crate) fn outcome(answers: Vec<Answer>) -> Answer {
    let (mut last, mut why) = (Err(Failure::Strange), None);
    for answer in answers {
        match &answer {
            Err(failure) if failure.is_about_place() => return answer,
            Err(failure) if failure.is_given_up() => return Err(why.unwrap_or(failure.clone())),
            Err(failure) if why.is_none() => why = Some(failure.clone()),
            _ => {}
        }
        last = answer;
    }
    last
}

#[cfg(test)]
mod tests {
    use cache_core::{ErrorKind, Operation};

    use super::*;

    fn answered(reply: &str) -> Answer {
        let value = redis::parse_redis_value(reply.as_bytes()).unwrap();
        value.extract_error().map_err(Failure::Refused)
    }

    fn kind_of(replies: &[&str]) -> Option<ErrorKind> {
        let outcome = outcome(replies.iter().map(|reply| answered(reply)).collect());
        outcome.err().map(|why| why.error(Operation::Add).kind())
    }

    #[test]
    fn a_transaction_that_was_given_up_says_why() {
        let given_up = "-EXECABORT Transaction discarded because of previous errors.\r\n";
        let (ok, queued) = ("+OK\r\n", "+QUEUED\r\n");
        for (refusal, expected) in [
            ("-OOM command not allowed\r\n", ErrorKind::Overloaded),
            ("-NOPERM no rights\r\n", ErrorKind::InvalidConfig),
            ("-MISCONF no disk\r\n", ErrorKind::Unavailable),
        ] {
            let replies = [ok, refusal, queued, given_up];
            assert_eq!(kind_of(&replies), Some(expected), "{refusal}");
        }
        assert_eq!(kind_of(&[ok, given_up]), Some(ErrorKind::Unexpected));
        assert_eq!(kind_of(&[ok, queued, queued, "*1\r\n:7\r\n"]), None);
    }
}
