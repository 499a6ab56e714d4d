//! Batches: one round trip for each server, and an answer for each item.

use bytes::Bytes;
use cache_core::{
    Error, Found, Key, Operation, Put, PutItem, Reason, Removed, Result, address, envelope,
};
use redis::{Cmd, Value};

use crate::at::At;
use crate::backend::{Shared, get_command};
use crate::exchange::Answer;
use crate::failure::Failure;
use crate::reply;

impl Shared {
    /// On one server a single `MGET`, which is several times cheaper there than as many `GET`; several servers are asked for
    /// each key apart, in one round trip each.
    pub(crate) async fn get_all(&self, keys: &[Key<'_>]) -> Vec<Result<Found>> {
        if keys.is_empty() {
            return Vec::new();
        }
        if !self.link.is_cluster() {
            return self.get_at_once(keys).await;
        }
        let commands = keys.iter().map(get_command).collect();
        let answers = self.link.send_many(commands).await;
        let found = keys.iter().zip(answers);
        found.map(|(key, answer)| self.item(key, answer)).collect()
    }

    async fn get_at_once(&self, keys: &[Key<'_>]) -> Vec<Result<Found>> {
        let room = keys.first().map(address::entry_room).unwrap_or_default();
        let mut read = Cmd::with_capacity(1 + keys.len(), (1 + keys.len()) * room);
        read.arg("MGET");
        for key in keys {
            read.arg(At(key));
        }
        let failure = match self.link.send(&read).await {
            Ok(Value::Array(values)) if values.len() == keys.len() => {
                let found = keys.iter().zip(values);
                return found
                    .map(|(key, value)| self.item(key, Ok(value)))
                    .collect();
            }
            Ok(_) => Failure::Strange,
            Err(failure) => failure,
        };
        vec![Err(failure.error(Operation::GetMany)); keys.len()]
    }

    fn item(&self, key: &Key<'_>, answer: Answer) -> Result<Found> {
        self.read(key, answer)
            .map_err(|failure| failure.error(Operation::GetMany))
    }

    /// Reads the answer to a `GET`.
    pub(crate) fn read(&self, key: &Key<'_>, answer: Answer) -> Result<Found, Failure> {
        Ok(match answer {
            Ok(Value::BulkString(bytes)) => {
                envelope::read_owned(&self.judge, Bytes::from(bytes), key.space().schema())
            }
            Ok(Value::Nil) => Found::Absent,
            Ok(_) => return Err(Failure::Strange),
            Err(failure) if failure.is_wrong_type() => Found::Unreadable(Reason::WrongType),
            Err(failure) => return Err(failure),
        })
    }

    pub(crate) async fn put_all(&self, items: &[PutItem<'_>]) -> Vec<Result<Put>> {
        let operation = Operation::PutMany;
        let commands = items.iter().map(|item| {
            self.put_command(item.key, &item.entry, item.when)
                .map_err(|error| error.operation(operation))
        });
        let answers = self.send_present(operation, commands.collect()).await;
        let stamps = items.iter().map(|item| item.entry.meta.stamp);
        answers
            .into_iter()
            .zip(stamps)
            .map(|(answer, stamp)| {
                reply::put(answer?, stamp).map_err(|failure| failure.error(operation))
            })
            .collect()
    }

    pub(crate) async fn remove_all(&self, keys: &[Key<'_>]) -> Vec<Result<Removed>> {
        let operation = Operation::RemoveMany;
        let commands = keys.iter().map(|key| self.remove_command(key, None));
        let answers = self.link.send_many(commands.collect()).await;
        answers
            .into_iter()
            .map(|answer| {
                reply::removed(&answer.map_err(|failure| failure.error(operation))?)
                    .map_err(|failure| failure.error(operation))
            })
            .collect()
    }

    /// Sends the commands that there are; an error stands for what it kept from being sent.
    async fn send_present(
        &self,
        operation: Operation,
        commands: Vec<Result<Cmd>>,
    ) -> Vec<Result<Value>> {
        let mut errors: Vec<Option<Error>> = Vec::with_capacity(commands.len());
        let mut present = Vec::with_capacity(commands.len());
        for command in commands {
            errors.push(command.map(|command| present.push(command)).err());
        }
        let mut answers = self.link.send_many(present).await.into_iter();
        let each = errors.into_iter().map(|error| match error {
            Some(error) => Err(error),
            None => answers
                .next()
                .unwrap_or(Err(Failure::Strange))
                .map_err(|failure| failure.error(operation)),
        });
        each.collect()
    }
}
