//! A line to a Redis that is as bad as a test wants it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What becomes of what Redis answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// It arrives.
    Good,
    /// It never arrives, and nobody says so.
    Silent,
    /// The connection ends, and neither question nor answer passes.
    Cut,
    /// It arrives this many milliseconds later.
    Delayed(u64),
    /// Every byte whose number is a multiple of this arrives as another one.
    Garbled(usize),
}

/// A proxy before a Redis.
pub struct Proxy {
    pub url: String,
    line: Arc<Mutex<Line>>,
}

impl Proxy {
    /// Before the Redis at `url`.
    pub async fn before(url: &str) -> Self {
        let rest = url.strip_prefix("redis://").unwrap();
        let (address, database) = rest.split_once('/').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = format!("redis://{}/{database}", listener.local_addr().unwrap());
        let line = Arc::new(Mutex::new(Line::Good));
        let (address, its_line) = (address.to_owned(), Arc::clone(&line));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(&address).await else { continue };
                tokio::spawn(relay(client, server, Arc::clone(&its_line)));
            }
        });
        Self { url: own, line }
    }

    /// What becomes of answers from now on.
    pub fn set(&self, line: Line) {
        *self.line.lock().unwrap() = line;
    }
}

async fn relay(client: TcpStream, server: TcpStream, line: Arc<Mutex<Line>>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let its_line = Arc::clone(&line);
    let asking = tokio::spawn(async move {
        let mut bytes = vec![0; 64 << 10];
        while let Ok(read @ 1..) = from_client.read(&mut bytes).await {
            let is_cut = *its_line.lock().unwrap() == Line::Cut;
            if is_cut || to_server.write_all(&bytes[..read]).await.is_err() {
                break;
            }
        }
    });
    let mut bytes = vec![0; 64 << 10];
    let mut passed = 0;
    while let Ok(read @ 1..) = from_server.read(&mut bytes).await {
        let now = *line.lock().unwrap();
        match now {
            Line::Good => {}
            Line::Silent => continue,
            Line::Cut => break,
            Line::Delayed(millis) => tokio::time::sleep(Duration::from_millis(millis)).await,
            Line::Garbled(every) => {
                for (place, byte) in bytes[..read].iter_mut().enumerate() {
                    let number = passed + place + 1;
                    if number % every == 0 {
                        // By turns so that a digit becomes another digit, and so that it becomes none.
                        *byte ^= if number / every % 2 == 0 { 0x01 } else { 0x15 };
                    }
                }
            }
        }
        passed += read;
        if to_client.write_all(&bytes[..read]).await.is_err() {
            break;
        }
    }
    asking.abort();
}
