//! The other side: the client alone, as an application uses it by hand. The connection that finds its server again, keys
//! by `format!`, values by the codec, and nothing else.

use std::marker::PhantomData;
use std::sync::Arc;

use bincode::config::standard;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::io::tcp::TcpSettings;
use redis::{Client, IntoConnectionInfo, cmd};

use super::DEADLINE;
use super::server::{HOST, Server};
use crate::Result;
use crate::pairs::{Record, Side};

/// One hour, as the domain of the full stack has it.
const TTL_MILLIS: u64 = 3_600_000;

/// Connects as an application does: one connection for all tasks, which finds its server again.
///
/// # Errors
/// If the server cannot be reached.
pub(crate) async fn connect(server: &Server) -> Result<ConnectionManager> {
    let tcp = TcpSettings::default().set_nodelay(true);
    let info = (HOST, server.port()).into_connection_info()?;
    let client = Client::open(info.set_tcp_settings(tcp))?;
    let config = ConnectionManagerConfig::new().set_response_timeout(Some(DEADLINE));
    Ok(client.get_connection_manager_with_config(config).await?)
}

/// The connection, for records of one type.
pub(super) struct OfType<R> {
    connection: ConnectionManager,
    marker: PhantomData<fn() -> R>,
}

impl<R> Clone for OfType<R> {
    fn clone(&self) -> Self {
        Self {
            connection: self.connection.clone(),
            marker: PhantomData,
        }
    }
}

impl<R: Record> OfType<R> {
    pub(super) fn new(connection: &ConnectionManager) -> Self {
        Self {
            connection: connection.clone(),
            marker: PhantomData,
        }
    }

    async fn find(&self, id: u64) -> Result<Option<R>> {
        let mut connection = self.connection.clone();
        let mut get = cmd("GET");
        get.arg(key::<R>(id));
        let bytes: Option<Vec<u8>> = get.query_async(&mut connection).await?;
        bytes.map(|bytes| decode(&bytes)).transpose()
    }

    async fn find_all(&self, ids: &[u64]) -> Result<Vec<Option<R>>> {
        let mut connection = self.connection.clone();
        let keys: Vec<String> = ids.iter().map(|id| key::<R>(*id)).collect();
        let mut get = cmd("MGET");
        get.arg(keys);
        let found: Vec<Option<Vec<u8>>> = get.query_async(&mut connection).await?;
        let records = found
            .into_iter()
            .map(|bytes| bytes.map(|bytes| decode(&bytes)).transpose());
        records.collect()
    }
}

impl<R: Record> Side<R> for OfType<R> {
    async fn get(&self, id: u64) -> Result<Option<u64>> {
        let found = self.find(id).await?;
        Ok(found.map(|record| record.number()))
    }

    async fn put(&self, id: u64, record: &Arc<R>) -> Result {
        let mut connection = self.connection.clone();
        let bytes = bincode::serde::encode_to_vec(&**record, standard())?;
        let mut set = cmd("SET");
        set.arg(key::<R>(id)).arg(bytes).arg("PX").arg(TTL_MILLIS);
        Ok(set.query_async(&mut connection).await?)
    }

    async fn get_many(&self, ids: &[u64]) -> Result<usize> {
        let found = self.find_all(ids).await?;
        let pairs = ids.iter().zip(found);
        Ok(pairs
            .filter(|(id, record)| {
                record
                    .as_ref()
                    .is_some_and(|record| record.number() == **id)
            })
            .count())
    }
}

fn key<R: Record>(id: u64) -> String {
    format!("raw:{}:{id}", R::DOMAIN)
}

fn decode<R: Record>(bytes: &[u8]) -> Result<R> {
    let (record, _) = bincode::serde::decode_from_slice(bytes, standard())?;
    Ok(record)
}
