//! A server that speaks TLS alone, asks for a certificate, and knows a user who reaches the keys of the cases and no others.

use backend_redis::{RedisBuilder, Secret, TlsConfig};
use integration_tests::{RedisTls, Unavailable};
use redis::Connection;

use crate::setup::{On, Place};

/// What the names of the cases' namespaces begin with.
const KEYS: &str = "t*";

impl Place for RedisTls {
    fn start() -> Result<Self, Unavailable> {
        Self::start(KEYS)
    }

    fn reached(&self, builder: RedisBuilder) -> RedisBuilder {
        builder
            .server(self.host(), self.port())
            .user(Self::USER, Secret::new(self.password()))
            .tls(certificates(self))
    }

    fn connections(&self) -> Vec<Result<Connection, Unavailable>> {
        vec![self.connect_admin()]
    }
}

pub(crate) fn certificates(server: &RedisTls) -> TlsConfig {
    let mut tls = TlsConfig::default();
    tls.ca = Some(server.ca());
    tls.certificate = Some(server.client_certificate());
    tls.key = Some(server.client_key());
    tls
}

cache_testkit::conformance!(On::<RedisTls>::default());
