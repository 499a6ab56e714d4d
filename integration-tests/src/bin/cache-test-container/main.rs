//! Holds a container of Redis as long as its standard input is open: `cache-test-container there|fetch NAME:TAG...`, the
//! first image that is there. Says `HOST PORT IMAGE`, with tabs between; nothing where no image is there and none is fetched.
//!
//! Started by the tests themselves. However a test ends, its end of the input is closed, and the container is removed.

mod image;
mod server;

use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;

use tokio::runtime;

use self::server::Server;

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let held = match words.split_first() {
        Some((way, names)) if way == "there" => hold(names, false),
        Some((way, names)) if way == "fetch" => hold(names, true),
        _ => Err("cache-test-container there|fetch NAME:TAG...".into()),
    };
    match held {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn hold(names: &[String], fetch: bool) -> Result<(), Failure> {
    let mut runtime = runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(1).enable_all().build()?;
    let Some(server) = runtime.block_on(Server::start(names, fetch))? else {
        return Ok(());
    };
    // Who asked may be gone already; then the input has ended too, and there is nobody to tell.
    let _ = writeln!(io::stdout(), "{server}");
    let _ = io::copy(&mut io::stdin(), &mut io::sink());
    runtime.block_on(server.remove())
}
