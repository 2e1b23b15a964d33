//! Matrices: what one is, its rows, its block digests.

use std::io;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use foliocast_app::api::{BlockDigest, ErrorBody, Matrix, Page};
use foliocast_core::codec::Header;
use foliocast_core::scenario::MatrixKey;
use futures::{Stream, StreamExt as _};

use super::AppState;
use super::caller::Asker;
use super::error::ApiError;
use super::extract::{NoParameters, PathText, QueryParameters};
use crate::data::{RowFormat, RowWriter};
use crate::service::MatrixRows;

/// Block digests of a page unless told otherwise, and at most.
const DEFAULT_BLOCKS: u32 = 1_000;
const MAX_BLOCKS: u32 = 10_000;

/// A matrix you have asked for a run of: everything but its rows.
#[utoipa::path(
    get, path = "/api/matrices/{matrixKey}", operation_id = "getMatrix", tag = "Matrices",
    params(("matrixKey" = MatrixKey, Path, description = "Key of the matrix.")),
    responses(
        (status = 200, description = "The matrix.", body = Matrix),
        (status = 400, description = "Not a key: 64 lower-case hexadecimal digits.", body = ErrorBody),
        (status = 404, description = "Not made, or not asked for by you.", body = ErrorBody),
    )
)]
pub async fn get(
    State(state): State<AppState>,
    Asker(caller): Asker,
    key: PathText,
    _: NoParameters,
) -> Result<Json<Matrix>, ApiError> {
    Ok(Json(state.services.matrix(&caller, key.parse("matrixKey")?).await?))
}

/// Digests of a matrix's blocks, for an audit.
#[utoipa::path(
    get, path = "/api/matrices/{matrixKey}/blocks", operation_id = "getMatrixBlocks", tag = "Matrices",
    params(
        ("matrixKey" = MatrixKey, Path, description = "Key of the matrix."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 10_000, description = "Lines; 1000 by default."),
        ("cursor" = Option<String>, Query, description = "`nextCursor` of the page before."),
    ),
    responses(
        (status = 200, description = "A page of block digests, in order.", body = Page<BlockDigest>),
        (status = 400, description = "Not a key, or faults of the query.", body = ErrorBody),
        (status = 404, description = "Not made, or not asked for by you.", body = ErrorBody),
    )
)]
pub async fn blocks(
    State(state): State<AppState>,
    Asker(caller): Asker,
    key: PathText,
    mut query: QueryParameters,
) -> Result<Json<Page<BlockDigest>>, ApiError> {
    let key = key.parse("matrixKey")?;
    let limit = query.take_integer("limit", 1, MAX_BLOCKS).unwrap_or(DEFAULT_BLOCKS);
    let cursor = query.take("cursor");
    query.finish()?;
    Ok(Json(state.services.matrix_blocks(&caller, key, limit, cursor.as_deref()).await?))
}

/// Rows of a matrix, streamed.
///
/// Rows count from 0 and ranges include both ends. Every block is checked against its digest before it is sent; if one
/// does not match, the connection breaks off.
#[utoipa::path(
    get, path = "/api/matrices/{matrixKey}/data", operation_id = "getMatrixData", tag = "Matrices",
    params(
        ("matrixKey" = MatrixKey, Path, description = "Key of the matrix."),
        ("rows" = Option<String>, Query, pattern = "^[0-9]+-[0-9]+$", description = "First and last row, `0-1023`; all by default."),
        ("format" = Option<String>, Query, pattern = "^(fcm|csv|parquet)$", description = "Format; else the one `Accept` prefers."),
    ),
    responses(
        (status = 200, description = "The rows.", content(
            (String = "text/csv"), (Vec<u8> = "application/vnd.foliocast.matrix"), (Vec<u8> = "application/vnd.apache.parquet"),
        ), headers(("etag" = String, description = "`\"<digest>-<format>-<format version>\"`"))),
        (status = 304, description = "`If-None-Match` names what you would get."),
        (status = 400, description = "Not a key, or faults of the query.", body = ErrorBody),
        (status = 404, description = "Not made, or not asked for by you.", body = ErrorBody),
        (status = 406, description = "None of the formats is accepted.", body = ErrorBody),
        (status = 409, description = "`ROWS_NOT_KEPT`: above 10,000,000 scenarios there are only block digests.", body = ErrorBody),
        (status = 416, description = "Rows the matrix has not; `Content-Range: rows */<rows>`.", body = ErrorBody),
        (status = 503, description = "Not for the moment; see `Retry-After`.", body = ErrorBody),
    )
)]
pub async fn data(
    State(state): State<AppState>,
    Asker(caller): Asker,
    method: Method,
    key: PathText,
    mut query: QueryParameters,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let key = key.parse("matrixKey")?;
    let range = query.take_with("rows", parse_rows);
    let format = query.take_with("format", str::parse);
    query.finish()?;
    let format = match format {
        Some(format) => format,
        None => preferred_format(&headers)?,
    };
    let matrix = state.services.open_matrix(&caller, key).await?;
    let entity_tag = format!("\"{}-{}-{}\"", matrix.digest(), format, format.version());
    if names_entity(&headers, &entity_tag) {
        matrix.is_known();
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        describe_entity(response.headers_mut(), &entity_tag);
        return Ok(response);
    }
    let body = if method == Method::HEAD {
        // Nothing is read for an answer without rows.
        matrix.extent(range)?;
        Body::empty()
    } else {
        let rows = matrix.rows(range).await?;
        let extent = rows.first_row..rows.first_row.saturating_add(rows.num_rows);
        let header = Header::new(&rows.config, rows.matrix.digest, extent)
            .map_err(|error| ApiError::internal(format!("The service gave rows that are none: {error}")))?;
        Body::from_stream(encode(format, &header, rows))
    };
    let suffix = range.map_or(String::new(), |(first, last)| format!("-rows-{first}-{last}"));
    let file_name = format!("foliocast-{}{suffix}.{format}", &key.to_string()[..8]);
    let mut response = body.into_response();
    let headers = response.headers_mut();
    describe_entity(headers, &entity_tag);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"{file_name}\"")) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

fn parse_rows(text: &str) -> Result<(u32, u32), String> {
    let pair = text.split_once('-').and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)));
    pair.ok_or_else(|| "`rows` is not a range; give the first and the last row, as in `0-1023`".to_owned())
}

fn describe_entity(headers: &mut HeaderMap, entity_tag: &str) {
    if let Ok(value) = HeaderValue::try_from(entity_tag) {
        headers.insert(ETAG, value);
    }
    headers.insert(VARY, HeaderValue::from_static("Accept"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private"));
}

/// Whether `If-None-Match` names the entity (or any).
fn names_entity(headers: &HeaderMap, entity_tag: &str) -> bool {
    let values = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut tags = values.flat_map(|value| value.split(',')).map(str::trim);
    tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == entity_tag)
}

/// The format `Accept` likes best, the first of ours among equals.
fn preferred_format(headers: &HeaderMap) -> Result<RowFormat, ApiError> {
    let mut ranges = Vec::new();
    for value in headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()) {
        ranges.extend(value.split(',').map(media_range));
    }
    if ranges.is_empty() {
        return Ok(RowFormat::Fcm);
    }
    let quality = |format: RowFormat| {
        let name = format.media_type().split(';').next().unwrap_or("");
        let kind = name.split('/').next().unwrap_or("");
        let fit = |range: &str| match range {
            _ if range == name => 3,
            _ if range.strip_suffix("/*") == Some(kind) => 2,
            "*/*" => 1,
            _ => 0,
        };
        // The most specific range that matches decides, whatever its quality.
        let best = ranges.iter().filter(|(range, _)| fit(range) > 0).max_by_key(|(range, _)| fit(range));
        best.map_or(0.0, |&(_, quality)| quality)
    };
    let mut chosen: Option<(RowFormat, f32)> = None;
    for format in RowFormat::ALL {
        let quality = quality(format);
        if quality > 0.0 && chosen.is_none_or(|(_, best)| quality > best) {
            chosen = Some((format, quality));
        }
    }
    chosen.map(|(format, _)| format).ok_or_else(|| {
        let known = RowFormat::ALL.map(RowFormat::media_type).join(", ");
        ApiError::not_acceptable(format!("`Accept` allows none of {known}; widen it, or say `format=fcm|csv|parquet`."))
    })
}

/// A media range in lower case and its quality, 0–1.
fn media_range(text: &str) -> (String, f32) {
    let mut parts = text.split(';').map(str::trim);
    let range = parts.next().unwrap_or("").to_ascii_lowercase();
    let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    (range, quality.map_or(1.0, |text| text.parse().unwrap_or(0.0)))
}

/// The rows as bytes of `format`. Encoding runs on the blocking pool: a block of 50 columns takes milliseconds, and the
/// end of a Parquet file a row group's encoding. An error is the last item, and makes hyper abort the connection.
fn encode(
    format: RowFormat,
    header: &Header,
    rows: MatrixRows,
) -> impl Stream<Item = io::Result<Bytes>> + Send + use<> {
    let writer = RowWriter::new(format, header);
    let state = Some((writer, rows));
    let encoded = futures::stream::unfold(state, |state| async move {
        let (mut writer, mut rows) = state?;
        match rows.blocks.next().await {
            Some(Ok(block)) => {
                let encoding = tokio::task::spawn_blocking(move || {
                    let bytes = writer.rows(&block.rows);
                    (writer, bytes)
                });
                match encoding.await {
                    Ok((writer, bytes)) => Some((Ok(Bytes::from(bytes)), Some((writer, rows)))),
                    Err(error) => Some((Err(io::Error::other(error)), None)),
                }
            }
            Some(Err(error)) => {
                tracing::error!(matrix_key = %rows.matrix.matrix_key, "rows broke off: {error}");
                Some((Err(io::Error::other(error)), None))
            }
            None => {
                let rest = tokio::task::spawn_blocking(|| writer.finish()).await;
                Some((rest.map(Bytes::from).map_err(io::Error::other), None))
            }
        }
    });
    encoded.filter(|item| futures::future::ready(!matches!(item, Ok(bytes) if bytes.is_empty())))
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::sync::Arc;

    use axum::Router;
    use axum::body::Body;
    use axum::routing::get;
    use foliocast_app::api::{Generation, Matrix, MatrixLinks};
    use foliocast_core::codec::Header;
    use foliocast_core::scenario::{BLOCK_ROWS, Digest, default_fund};
    use futures::StreamExt as _;
    use tokio::sync::Notify;

    use super::encode;
    use crate::data::RowFormat;
    use crate::service::{MatrixRows, RowBlock, RowsError};

    /// Two blocks of the default fund, of which the second cannot be vouched for; it comes when `first_seen` says so.
    fn broken_rows(first_seen: Arc<Notify>) -> (Header, MatrixRows) {
        let config = default_fund("default");
        let header = Header::new(&config, Digest::from_bytes([7; 32]), 0..2_048).expect("rows of the matrix");
        let matrix = Matrix {
            matrix_key: config.matrix_key(),
            digest: header.digest(),
            model_version: 1,
            kernel: 1,
            configuration: serde_json::Value::Null,
            num_scenarios: config.num_scenarios(),
            bucket_names: header.bucket_names().map(str::to_owned).collect(),
            block_rows: BLOCK_ROWS as u32,
            num_blocks: 10,
            size_bytes: config.row_bytes(),
            rows_kept: true,
            generation: Generation { duration_ms: 1.0, deal_draws: 1, draws_per_second: 1.0, threads: 1 },
            created_at: String::new(),
            asked_at: String::new(),
            links: MatrixLinks { self_: String::new(), data: None, blocks: String::new() },
        };
        let sound = RowBlock { first_row: 0, columns: 3, rows: vec![1.5; BLOCK_ROWS * 3] };
        let broken = async move {
            first_seen.notified().await;
            Err(RowsError("block 1 is not what it was".to_owned()))
        };
        let blocks = Box::pin(futures::stream::iter([Ok(sound)]).chain(futures::stream::once(broken)));
        (header, MatrixRows { matrix, config, first_row: 0, num_rows: 2_048, blocks })
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn rows_that_fail_while_they_stream_break_the_connection_off() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let first_seen = Arc::new(Notify::new());
        let rows_may_fail = first_seen.clone();
        let answer = get(async move || {
            let (header, rows) = broken_rows(rows_may_fail.clone());
            Body::from_stream(encode(RowFormat::Csv, &header, rows))
        });
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/", answer)).await });
        let received = tokio::task::spawn_blocking(move || {
            let mut stream = std::net::TcpStream::connect(address).expect("a connection");
            write!(stream, "GET / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")
                .expect("the request is taken");
            let mut received = vec![0; 1_024];
            stream.read_exact(&mut received).expect("the first block");
            first_seen.notify_one();
            // A reset is as good an end as a close: neither is the end of a chunked body.
            let _ = stream.read_to_end(&mut received);
            String::from_utf8(received).expect("CSV is UTF-8")
        });
        let received = received.await.expect("the client ends");
        assert!(received.starts_with("HTTP/1.1 200"), "{received}");
        assert!(!received.ends_with("0\r\n\r\n"), "the body ended as if it were whole");
    }
}
