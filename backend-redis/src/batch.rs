//! Batches: one round trip for all, and an answer for each.

use bytes::Bytes;
use cache_core::{Error, Found, Key, Operation, Put, PutItem, Removed, Result, address, envelope};
use redis::{Cmd, RedisError, Value, cmd};

use crate::backend::Shared;
use crate::{error, reply};

/// One command of a batch, or why there is none; the server's answer takes its place.
type Slot<T> = Result<T>;

impl Shared {
    pub(crate) async fn get_all(&self, keys: &[Key<'_>]) -> Vec<Result<Found>> {
        let operation = Operation::GetMany;
        if keys.is_empty() {
            return Vec::new();
        }
        let mut read = cmd("MGET");
        for key in keys {
            read.arg(address::entry(key));
        }
        let answers = match self.link.send(operation, &read).await {
            Ok(Value::Array(answers)) if answers.len() == keys.len() => answers,
            Ok(_) => return each(keys.len(), &error::strange(operation)),
            Err(error) => return each(keys.len(), &error),
        };
        let mut found = Vec::with_capacity(keys.len());
        for (key, answer) in keys.iter().zip(answers) {
            found.push(match answer {
                Value::BulkString(bytes) => Ok(envelope::read(
                    &self.judge,
                    &Bytes::from(bytes),
                    key.space().schema(),
                )),
                Value::Nil => Ok(Found::Absent),
                _ => Err(error::strange(operation)),
            });
        }
        found
    }

    pub(crate) async fn put_all(&self, items: &[PutItem<'_>]) -> Vec<Result<Put>> {
        let operation = Operation::PutMany;
        let commands = items
            .iter()
            .map(|item| {
                self.put_command(item.key, &item.entry, item.when)
                    .map_err(|error| error.operation(operation))
            })
            .collect();
        let answers = self.send_slots(operation, commands).await;
        let stamps = items.iter().map(|item| item.entry.meta.stamp);
        answers
            .into_iter()
            .zip(stamps)
            .map(|(answer, stamp)| reply::put(answer?, stamp, operation))
            .collect()
    }

    pub(crate) async fn remove_all(&self, keys: &[Key<'_>]) -> Vec<Result<Removed>> {
        let operation = Operation::RemoveMany;
        let commands = keys
            .iter()
            .map(|key| Ok(self.remove_command(key, None)))
            .collect();
        let answers = self.send_slots(operation, commands).await;
        answers
            .into_iter()
            .map(|answer| reply::removed(&answer?, operation))
            .collect()
    }

    /// Sends the commands that there are, and once more those whose script the server did not have.
    async fn send_slots(&self, operation: Operation, commands: Vec<Slot<Cmd>>) -> Vec<Slot<Value>> {
        if commands.is_empty() {
            return Vec::new();
        }
        if let Err(error) = self.link.open(operation) {
            return each(commands.len(), &error);
        }
        let mut answers = self.send_present(operation, &commands).await;
        let is_lost = |answer: &Result<Slot<Value>, RedisError>| {
            answer.as_ref().is_err_and(error::is_missing_script)
        };
        if answers.iter().any(is_lost)
            && let Ok(()) = self.link.load_scripts(operation).await
        {
            let lost: Vec<Slot<Cmd>> = commands
                .iter()
                .zip(&answers)
                .filter(|(_, answer)| is_lost(answer))
                .map(|(command, _)| command.clone())
                .collect();
            let mut again = self.send_present(operation, &lost).await.into_iter();
            for answer in answers.iter_mut().filter(|answer| is_lost(answer)) {
                if let Some(second) = again.next() {
                    *answer = second;
                }
            }
        }
        answers
            .into_iter()
            .map(|answer| answer.unwrap_or_else(|error| Err(error::translated(&error, operation))))
            .collect()
    }

    /// Answers each slot: with its own error, with the server's, or with one that is about all.
    async fn send_present(
        &self,
        operation: Operation,
        commands: &[Slot<Cmd>],
    ) -> Vec<Result<Slot<Value>, RedisError>> {
        let present = commands.iter().filter_map(|command| command.as_ref().ok());
        let sent = self.link.send_many(operation, present.cloned()).await;
        let (mut sent, all) = match sent {
            Ok(sent) => (sent.into_iter(), None),
            Err(error) => (Vec::new().into_iter(), Some(error)),
        };
        commands
            .iter()
            .map(|command| match (command, &all) {
                (Err(error), _) | (Ok(_), Some(error)) => Ok(Err(error.clone())),
                (Ok(_), None) => sent.next().unwrap_or_else(|| Ok(Value::Nil)).map(Ok),
            })
            .collect()
    }
}

fn each<T>(count: usize, error: &Error) -> Vec<Result<T>> {
    (0..count).map(|_| Err(error.clone())).collect()
}
