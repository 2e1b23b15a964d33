//! Where a request comes from.

use std::net::IpAddr;

use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::config::ProxyRule;

/// The other end of the connection a request came on, as an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// What a proxy says of a request, as far as it is trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Client {
    /// Its address; `None` where not even the connection's is known.
    pub address: Option<IpAddr>,
    /// Whether it came encrypted, to the proxy at least; `None` where nobody says.
    pub is_encrypted: Option<bool>,
}

impl Client {
    /// From the connection, and where that is a trusted proxy's, from its headers: the nearest address in
    /// `X-Forwarded-For` that is no trusted proxy's, since everything before it is the client's own word.
    pub fn of(parts: &Parts, proxies: &[ProxyRule]) -> Self {
        let peer = parts.extensions.get::<Peer>().map(|peer| peer.0.to_canonical());
        let is_trusted = |address: &IpAddr| proxies.iter().any(|proxy| proxy.covers(*address));
        let Some(proxy) = peer.filter(is_trusted) else { return Self { address: peer, is_encrypted: None } };
        let mut address = proxy;
        for named in forwarded_for(&parts.headers).rev() {
            // What is no address hides everything beyond it.
            let Some(named) = named else { break };
            address = named;
            if !is_trusted(&named) {
                break;
            }
        }
        let mut schemes = parts.headers.get_all("x-forwarded-proto").iter();
        let scheme = schemes.next_back().and_then(|value| value.to_str().ok());
        let scheme = scheme.and_then(|text| text.rsplit(',').next()).map(str::trim);
        Self { address: Some(address), is_encrypted: scheme.map(|scheme| scheme.eq_ignore_ascii_case("https")) }
    }
}

/// The addresses that proxies wrote down, the client's side first.
fn forwarded_for(headers: &HeaderMap) -> impl DoubleEndedIterator<Item = Option<IpAddr>> {
    let values = headers.get_all("x-forwarded-for").iter();
    let values: Vec<&str> = values.flat_map(|value| value.to_str().unwrap_or("?").split(',')).collect();
    values.into_iter().map(|text| address(text.trim()))
}

/// An address, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let plain = text.parse().ok().or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse().ok());
    let with_port = || text.parse().ok().map(|address: std::net::SocketAddr| address.ip());
    plain.or_else(with_port).map(|address: IpAddr| address.to_canonical())
}
