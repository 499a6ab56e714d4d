//! Reading killmails line by line.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use zstd::stream::read::Decoder;

use super::{KillmailRecord, LineError, OpenError};

/// The longest line that is read, in bytes: 16 MiB. The largest battles fill about a hundredth of that.
pub const MAX_LINE: usize = 16 << 20;

/// The killmails of a file, read as they are asked for.
///
/// Yields the number of each line (the first is 1) with its killmail. A damaged line yields a [`LineError`] and costs
/// only itself; the caller goes on or stops. Once the file itself cannot be read on, that is told
/// ([`LineError::is_fatal`]) and nothing more comes. Empty lines are passed over, but counted.
///
/// # Example
///
/// ```
/// use eve::killmail::Killmails;
///
/// let text = "{\"killmail_id\":1\n\n";
/// let mut kills = Killmails::from_reader(text.as_bytes());
/// let damaged = kills.next().unwrap().unwrap_err();
/// assert_eq!(damaged.to_string(), "line 1 is not a killmail");
/// assert!(kills.next().is_none());
/// ```
pub struct Killmails<R> {
    input: R,
    path: Option<PathBuf>,
    max_line: usize,
    line: u64,
    buffer: Vec<u8>,
    done: bool,
}

impl Killmails<Box<dyn BufRead + Send>> {
    /// Opens a file: plain lines, or zstd-compressed ones if the name ends in `.zst`.
    ///
    /// # Errors
    ///
    /// [`OpenError`], naming the path, if the file cannot be opened, or if it should be zstd and its beginning is not.
    /// Damage further on shows while reading.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|error| OpenError::new(path, "open", error))?;
        let input: Box<dyn BufRead + Send> = if path.extension().is_some_and(|end| end == "zst") {
            let lines = decoded(file).map_err(|error| OpenError::new(path, "decode", error))?;
            Box::new(lines)
        } else {
            Box::new(BufReader::new(file))
        };
        let mut kills = Self::from_reader(input);
        kills.path = Some(path.to_owned());
        Ok(kills)
    }
}

impl Killmails<Box<dyn BufRead + Send>> {
    /// Opens the day that the project carries: 29 November 2021, 10,831 kills.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if the carried file cannot be decoded.
    pub fn sample_day() -> Result<Self, OpenError> {
        const DAY: &[u8] = include_bytes!("../../../data/killmails-2021-11-29.jsonl.zst");
        let lines =
            decoded(DAY).map_err(|error| OpenError::new(Path::new(SAMPLE_DAY), "decode", error))?;
        let mut kills = Self::from_reader(Box::new(lines) as Box<dyn BufRead + Send>);
        kills.path = Some(PathBuf::from(SAMPLE_DAY));
        Ok(kills)
    }
}

/// The name of the day that the project carries.
pub const SAMPLE_DAY: &str = "data/killmails-2021-11-29.jsonl.zst";

impl<R: BufRead> Killmails<R> {
    /// Reads uncompressed lines from `input`.
    pub fn from_reader(input: R) -> Self {
        Self {
            input,
            path: None,
            max_line: MAX_LINE,
            line: 0,
            buffer: Vec::new(),
            done: false,
        }
    }

    /// Reads the next line into the buffer; `None` at the end of the input.
    fn next_line(&mut self) -> Option<Result<(), LineError>> {
        self.line += 1;
        self.buffer.clear();
        match read_line(&mut self.input, &mut self.buffer, self.max_line) {
            Ok(Line::Whole) => Some(Ok(())),
            Ok(Line::TooLong) => Some(Err(LineError::too_long(self.line))),
            Ok(Line::End) => None,
            Err(error) => {
                self.done = true;
                let path = self.path.as_deref();
                Some(Err(LineError::unreadable(self.line, path, error)))
            }
        }
    }
}

impl<R: BufRead> Iterator for Killmails<R> {
    type Item = Result<(u64, KillmailRecord), LineError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.done {
            match self.next_line() {
                None => self.done = true,
                Some(Err(error)) => return Some(Err(error)),
                Some(Ok(())) if self.buffer.trim_ascii().is_empty() => {}
                Some(Ok(())) => return Some(parse(self.line, &self.buffer)),
            }
        }
        None
    }
}

impl<R> fmt::Debug for Killmails<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Killmails")
            .field("path", &self.path)
            .field("line", &self.line)
            .field("done", &self.done)
            .finish_non_exhaustive()
    }
}

fn parse(line: u64, text: &[u8]) -> Result<(u64, KillmailRecord), LineError> {
    serde_json::from_slice(text)
        .map(|kill| (line, kill))
        .map_err(|error| LineError::no_killmail(line, &error))
}

/// Decodes the first block at once, so that a file that is not zstd is refused when it is opened.
fn decoded<R: Read>(source: R) -> io::Result<BufReader<Decoder<'static, BufReader<R>>>> {
    let mut lines = BufReader::new(Decoder::new(source)?);
    lines.fill_buf()?;
    Ok(lines)
}

/// What a reading of one line came to.
#[derive(Debug, PartialEq, Eq)]
enum Line {
    Whole,
    TooLong,
    End,
}

/// Reads up to the next line feed. A line of more than `max` bytes is passed over without being kept.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>, max: usize) -> io::Result<Line> {
    let limit = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
    input.by_ref().take(limit).read_until(b'\n', line)?;
    if line.is_empty() {
        return Ok(Line::End);
    }
    if line.len() > max && line.last() != Some(&b'\n') {
        line.clear();
        input.skip_until(b'\n')?;
        return Ok(Line::TooLong);
    }
    Ok(Line::Whole)
}

#[cfg(test)]
mod tests {
    use super::{Killmails, Line, read_line};

    const KILL: &str = r#"{"killmail_id":7,"killmail_time":"2021-11-29T00:00:01Z","solar_system_id":30000142,"victim":{"ship_type_id":670,"damage_taken":1},"attackers":[]}"#;

    #[test]
    fn a_line_of_exactly_the_limit_is_read() {
        let mut line = Vec::new();
        let mut input = &b"12345\n123456\nrest"[..];
        assert_eq!(read_line(&mut input, &mut line, 5).unwrap(), Line::Whole);
        assert_eq!(line, b"12345\n");
        line.clear();
        assert_eq!(read_line(&mut input, &mut line, 5).unwrap(), Line::TooLong);
        assert_eq!(read_line(&mut input, &mut line, 5).unwrap(), Line::Whole);
        assert_eq!(line, b"rest");
    }

    #[test]
    fn a_line_too_long_costs_only_itself() {
        let text = format!("{KILL}\n{}{KILL}\n{KILL}", " ".repeat(100));
        let mut kills = Killmails::from_reader(text.as_bytes());
        kills.max_line = KILL.len();
        assert_eq!(kills.next().unwrap().unwrap().0, 1);
        let error = kills.next().unwrap().unwrap_err();
        assert_eq!((error.line(), error.is_fatal()), (2, false));
        assert_eq!(kills.next().unwrap().unwrap().0, 3);
        assert!(kills.next().is_none());
    }

    #[test]
    fn empty_lines_are_passed_over_and_counted() {
        let text = format!("\n  \r\n{KILL}\r\n\n{KILL}\n");
        let kills = Killmails::from_reader(text.as_bytes());
        let lines: Vec<u64> = kills.map(|kill| kill.unwrap().0).collect();
        assert_eq!(lines, [3, 5]);
    }
}
