//! The backend: each operation of the trait as one command or one script.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cache_core::envelope::{self, HEADER_BYTES, Header};
use cache_core::{
    Backend, BackendInfo, Capabilities, Capability, CodecKind, Condition, Counters, Entry, Error,
    Flags, Found, Judge, Key, Meta, Operation, Page, Payload, PayloadForm, Put, PutItem, Removed,
    Result, Scope, Stamp, Stats, Timestamp, address,
};
use futures_core::Stream;
use redis::{Cmd, Value, cmd};

use crate::at::At;
use crate::builder::RedisBuilder;
use crate::config::RedisConfig;
use crate::error::{self, NAME};
use crate::failure::Failure;
use crate::link::Link;
use crate::{reply, script};

static INFO: BackendInfo = BackendInfo {
    name: NAME,
    capabilities: Capabilities::of(&[
        Capability::Batch,
        Capability::Scan,
        Capability::Counters,
        Capability::Shared,
    ]),
    payload: PayloadForm::Encoded,
};

/// A Redis server behind the cache. Cheap to clone; the clones share a connection.
///
/// It connects with its first call, from inside a tokio runtime, and follows a connection that broke. Every call ends
/// within [`RedisConfig::deadline`].
///
/// # Example
/// ```no_run
/// use backend_redis::RedisBackend;
/// use cache_core::Backend;
/// # async fn example() -> Result<(), cache_core::Error> {
/// let backend = RedisBackend::builder().server("cache.example", 6379).build()?;
/// println!("the server answers within {:?}", backend.ping().await?);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct RedisBackend {
    pub(crate) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) link: Link,
    pub(crate) judge: Judge,
    slack: Duration,
    max_payload: usize,
    /// The ids of the codecs that this release knows: what has another one is left alone.
    codecs: Vec<u8>,
}

/// Longer lives than this are as good as endless; the server adds them to its clock in 64 bits.
const LONGEST_LIFE: u64 = 1 << 52;

impl RedisBackend {
    /// Makes a backend of a configuration and a judge. Nothing is connected yet.
    ///
    /// # Errors
    /// `InvalidConfig`, naming the field and what is accepted.
    pub fn new(config: &RedisConfig, judge: Judge) -> Result<Self> {
        config.check()?;
        Ok(Self {
            shared: Arc::new(Shared {
                link: Link::new(config)?,
                judge,
                slack: config.expiry_slack,
                max_payload: usize::try_from(config.max_payload).unwrap_or(usize::MAX),
                codecs: CodecKind::ALL.map(CodecKind::id).to_vec(),
            }),
        })
    }

    /// Starts a builder with the default settings.
    #[must_use]
    pub fn builder() -> RedisBuilder {
        RedisBuilder::default()
    }

    async fn put_one(&self, key: Key<'_>, entry: &Entry, when: Condition) -> Result<Put> {
        let command = self.shared.put_command(key, entry, when)?;
        let put = self.shared.send(Operation::Put, &command).await?;
        let put = reply::put(put, entry.meta.stamp).map_err(of(Operation::Put))?;
        if when == Condition::Absent
            && let Put::Refused(Some(standing)) = put
            && !standing.is_lease()
        {
            return Box::pin(self.confirm(key, entry, put)).await;
        }
        Ok(put)
    }

    /// Looks at the payload of what refused a put under `Absent`: the script saw the header alone, and what is damaged
    /// beyond it has to yield.
    async fn confirm(&self, key: Key<'_>, entry: &Entry, refused: Put) -> Result<Put> {
        let seen = self.shared.send(Operation::Put, &get_command(&key)).await?;
        let Value::BulkString(seen) = seen else {
            return Ok(refused);
        };
        let seen = Bytes::from(seen);
        match envelope::decode(&seen, key.space().schema()) {
            Err(reason) if reason.yields_to_absent() => {}
            Ok(_) | Err(_) => return Ok(refused),
        }
        let mut replace = script::REPLACE.call(&key);
        replace
            .arg(&*seen)
            .arg(self.shared.envelope(key, entry)?)
            .arg(self.shared.life(&entry.meta));
        match self.shared.send(Operation::Put, &replace).await? {
            Value::Int(1) => Ok(Put::Stored(entry.meta.stamp)),
            _ => Ok(refused),
        }
    }
}

impl Shared {
    /// Makes the one command of a put.
    pub(crate) fn put_command(&self, key: Key<'_>, entry: &Entry, when: Condition) -> Result<Cmd> {
        let bytes = self.envelope(key, entry)?;
        let life = self.life(&entry.meta);
        let conditional = |script: &script::Script| {
            let mut call = script.call(&key);
            call.arg(&key.space().schema().to_le_bytes())
                .arg(&self.codecs)
                .arg(&bytes)
                .arg(&life);
            call
        };
        Ok(match when {
            Condition::Always => {
                let room = "SETPX".len() + address::entry_room(&key) + bytes.len() + life.len();
                let mut set = Cmd::with_capacity(5, room);
                set.arg("SET").arg(At(&key)).arg(&bytes);
                if !life.is_empty() {
                    set.arg("PX").arg(&life);
                }
                set
            }
            Condition::Absent => {
                let mut call = conditional(&script::PUT_ABSENT);
                call.arg(self.judge.clock().now().as_millis());
                call.arg(u64::try_from(self.judge.tolerance().as_millis()).unwrap_or(u64::MAX));
                call
            }
            Condition::If(stamp) => {
                let mut call = conditional(&script::PUT_IF);
                call.arg(&stamp.to_bytes());
                call
            }
        })
    }

    fn envelope(&self, key: Key<'_>, entry: &Entry) -> Result<Vec<u8>> {
        if matches!(&entry.payload, Payload::Encoded(bytes) if bytes.len() > self.max_payload) {
            return Err(error::too_large());
        }
        envelope::encode(key.space().schema(), entry).ok_or_else(error::not_encoded)
    }

    /// Spells how long the server keeps an entry, in milliseconds; nothing for one without an end.
    fn life(&self, meta: &Meta) -> String {
        if meta.dead_at == Timestamp::NEVER {
            return String::new();
        }
        let now = self.judge.clock().now();
        let kept = meta.dead_at.since(now).saturating_add(self.slack);
        let millis = u64::try_from(kept.as_millis()).unwrap_or(u64::MAX);
        millis.clamp(1, LONGEST_LIFE).to_string()
    }

    /// Sends one command that is part of an operation.
    async fn send(&self, operation: Operation, command: &Cmd) -> Result<Value> {
        self.link.send(command).await.map_err(of(operation))
    }

    fn open(&self, operation: Operation) -> Result<()> {
        self.link.open().map_err(of(operation))
    }

    /// Reads the first bytes of a value; `None` for what no release of this schema can read.
    pub(crate) fn live_meta(&self, schema: u64, head: &[u8]) -> Option<Meta> {
        let header = Header::from_bytes(head.first_chunk::<HEADER_BYTES>()?).ok()?;
        (header.schema == schema && self.judge.is_live(&header.meta)).then_some(header.meta)
    }
}

impl Backend for RedisBackend {
    fn info(&self) -> &BackendInfo {
        &INFO
    }

    async fn get(&self, key: Key<'_>) -> Result<Found> {
        let answer = self.shared.link.read(&get_command(&key)).await;
        self.shared.read(&key, answer).map_err(of(Operation::Get))
    }

    async fn put(&self, key: Key<'_>, entry: Entry, when: Condition) -> Result<Put> {
        self.shared.open(Operation::Put)?;
        self.put_one(key, &entry, when)
            .await
            .map_err(|error| error.operation(Operation::Put))
    }

    async fn remove(&self, key: Key<'_>, only: Option<Stamp>) -> Result<Removed> {
        let command = self.shared.remove_command(&key, only);
        let answer = self.shared.send(Operation::Remove, &command).await?;
        reply::removed(&answer).map_err(of(Operation::Remove))
    }

    async fn head(&self, key: Key<'_>) -> Result<Option<Meta>> {
        let mut command = cmd("GETRANGE");
        command.arg(At(&key)).arg(0).arg(HEADER_BYTES - 1);
        let head = match self.shared.link.read(&command).await {
            Ok(answer) => reply::bytes(answer),
            Err(failure) if failure.is_wrong_type() => return Ok(None),
            Err(failure) => Err(failure),
        };
        let head = head.map_err(of(Operation::Head))?.unwrap_or_default();
        Ok(self.shared.live_meta(key.space().schema(), &head))
    }

    async fn retime(&self, key: Key<'_>, to: Meta, over: Stamp) -> Result<Put> {
        let expired = to.flags.contains(Flags::EXPIRED);
        let mut call = script::RETIME.call(&key);
        call.arg(&key.space().schema().to_le_bytes())
            .arg(&self.shared.codecs)
            .arg(&over.to_bytes())
            .arg(if expired { Flags::EXPIRED.bits() } else { 0 })
            .arg(stamp_and_times(&to))
            .arg(self.shared.life(&to));
        let answer = self.shared.send(Operation::Retime, &call).await?;
        reply::put(answer, to.stamp).map_err(of(Operation::Retime))
    }

    async fn get_many(&self, keys: &[Key<'_>]) -> Vec<Result<Found>> {
        self.shared.get_all(keys).await
    }

    async fn put_many(&self, items: Vec<PutItem<'_>>) -> Vec<Result<Put>> {
        self.shared.put_all(&items).await
    }

    async fn remove_many(&self, keys: &[Key<'_>]) -> Vec<Result<Removed>> {
        self.shared.remove_all(keys).await
    }

    async fn clear(&self, scope: Scope<'_>) -> Result<()> {
        self.shared.clear(scope).await.map_err(of(Operation::Clear))
    }

    fn scan<'a>(&'a self, scope: Scope<'a>) -> impl Stream<Item = Result<Page>> + Send + 'a {
        self.shared.scan(scope, Operation::Scan)
    }

    async fn count(&self, scope: Scope<'_>) -> Result<u64> {
        self.shared.count(scope).await
    }

    /// What is counted for all keys of all servers in charge is in [`Stats::server_wide`]; a user that may not run `INFO`
    /// gets none.
    async fn stats(&self) -> Result<Stats> {
        self.shared.stats().await.map_err(of(Operation::Stats))
    }

    /// The longest of the servers in charge.
    async fn ping(&self) -> Result<Duration> {
        self.shared.ping().await.map_err(of(Operation::Ping))
    }

    async fn flush(&self) -> Result<()> {
        self.shared.open(Operation::Flush)
    }

    async fn close(&self) -> Result<()> {
        self.shared.link.close();
        Ok(())
    }

    fn counters(&self) -> Option<&dyn Counters> {
        Some(self)
    }
}

impl Shared {
    pub(crate) fn remove_command(&self, key: &Key<'_>, only: Option<Stamp>) -> Cmd {
        let Some(stamp) = only else {
            return unlink_command(key);
        };
        let mut call = script::REMOVE_IF.call(key);
        call.arg(&key.space().schema().to_le_bytes())
            .arg(&self.codecs)
            .arg(&stamp.to_bytes());
        call
    }
}

pub(crate) fn get_command(key: &Key<'_>) -> Cmd {
    // With its room from the start, a command is written without being moved.
    let mut get = Cmd::with_capacity(2, "GET".len() + address::entry_room(key));
    get.arg("GET").arg(At(key));
    get
}

pub(crate) fn unlink_command(key: &Key<'_>) -> Cmd {
    let mut unlink = cmd("UNLINK");
    unlink.arg(At(key));
    unlink
}

/// Makes the error of an operation out of why a command has no answer.
fn of(operation: Operation) -> impl Fn(Failure) -> Error {
    move |failure| failure.error(operation)
}

/// The 48 bytes of a header from its stamp to its last time.
fn stamp_and_times(meta: &Meta) -> Vec<u8> {
    let times = [
        meta.created,
        meta.fresh_until,
        meta.dead_at,
        meta.claimed_until,
    ];
    let times = times.map(|time| time.as_millis().to_le_bytes());
    [meta.stamp.to_bytes().as_slice(), times.as_flattened()].concat()
}
