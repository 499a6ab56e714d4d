//! The upstream of a replay: a real ESI, or the stand-in within this process.

use eve::esi::{EsiClient, EsiConfig};
use eve::killmail::affiliations;
use eve::standin::StandIn;

use super::input::Source;
use crate::args::Replay;
use crate::fault::Fault;

/// Where misses go.
#[derive(Debug)]
pub(crate) struct Upstream {
    client: EsiClient,
    stand_in: Option<StandIn>,
    base_url: String,
}

impl Upstream {
    /// Starts the stand-in, unless an address is given; it knows who belonged to whom in the files.
    pub(crate) async fn start(arguments: &Replay, sources: &[Source]) -> Result<Self, Fault> {
        let stand_in = match arguments.esi {
            Some(_) => None,
            None => Some(stand_in(arguments, sources).await?),
        };
        let base_url = match (&arguments.esi, &stand_in) {
            (Some(url), _) => url.clone(),
            (None, Some(stand_in)) => stand_in.base_url(),
            (None, None) => String::new(),
        };
        let config = EsiConfig {
            base_url: base_url.clone(),
            ..EsiConfig::default()
        };
        let client = EsiClient::new(config).map_err(|error| Fault::new("--esi").because(error))?;
        Ok(Self {
            client,
            stand_in,
            base_url,
        })
    }

    pub(crate) fn client(&self) -> &EsiClient {
        &self.client
    }

    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Returns how many requests the upstream has answered, by its own count where it is the stand-in.
    pub(crate) fn requests(&self) -> u64 {
        match &self.stand_in {
            Some(stand_in) => stand_in.counts().total(),
            None => self.client.requests().total(),
        }
    }

    /// Returns how many of them were not answered with a body, a 304 or a 404, by the stand-in's count; `None` elsewhere.
    pub(crate) fn failed_requests(&self) -> Option<u64> {
        let counts = self.stand_in.as_ref()?.counts();
        Some(
            counts
                .iter()
                .filter(|(_, status, _)| !matches!(status, 200 | 304 | 404))
                .map(|(_, _, number)| number)
                .sum(),
        )
    }

    pub(crate) async fn close(self) {
        if let Some(stand_in) = self.stand_in {
            stand_in.close().await;
        }
    }
}

async fn stand_in(arguments: &Replay, sources: &[Source]) -> Result<StandIn, Fault> {
    let mut builder = StandIn::builder()
        .esi_latency(arguments.esi_latency)
        .esi_error_rate(arguments.esi_error_rate);
    for source in sources {
        let kills = source.open()?.filter_map(|kill| Some(kill.ok()?.1));
        builder =
            builder.affiliations(kills.flat_map(|kill| affiliations(&kill).collect::<Vec<_>>()));
    }
    builder
        .start()
        .await
        .map_err(|error| Fault::new("cannot start the ESI stand-in").because(error))
}
