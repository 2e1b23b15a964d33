//! The tornado as laid out.

use foliocast_app::charts::{TornadoBar, TornadoPlot, TornadoRow};
use proptest::prelude::*;

fn row(changes: [Option<(f64, f64)>; 2], is_muted: bool) -> TornadoRow {
    let bars = changes
        .map(|bar| bar.map(|(change, reach)| TornadoBar { change, reach: Some(reach), label: format!("{change}") }));
    TornadoRow { label: "Deals".into(), of: Some("Seed".into()), way: "1 → 2".into(), bars, is_muted }
}

/// Where the bars of a path begin and end, in thousandths of the width.
fn ends(path: &str) -> Vec<(f64, f64)> {
    let bar = |bar: &str| {
        let (from, rest) = bar.split_once(' ').unwrap();
        let to = rest.split_once('H').unwrap().1.split_once('V').unwrap().0;
        (from.parse().unwrap(), to.parse().unwrap())
    };
    path.split('M').filter(|bar| !bar.is_empty()).map(bar).collect()
}

#[test]
fn bars_are_as_long_as_their_changes_and_begin_where_nothing_changes() {
    let plot =
        TornadoPlot::new(&[row([Some((-2.0, 0.1)), Some((4.0, 0.1))], false), row([Some((1.0, 0.5)), None], true)]);
    let (down, up, muted) = (ends(&plot.clear[0]), ends(&plot.clear[1]), ends(&plot.muted[0]));
    assert_eq!((down.len(), up.len(), muted.len(), plot.muted[1].len()), (1, 1, 1, 0));
    let length = |(from, to): (f64, f64)| to - from;
    for bar in [down[0], up[0], muted[0]] {
        assert!((bar.0 - plot.zero * 1_000.0).abs() < 0.06, "{bar:?} from {}", plot.zero);
    }
    assert!((length(up[0]) / length(down[0]) + 2.0).abs() < 0.01, "{plot:?}");
    assert!((length(up[0]) / length(muted[0]) - 4.0).abs() < 0.02, "{plot:?}");
}

proptest! {
    #[test]
    fn whatever_changes_nothing_leaves_the_drawing(
        rows in prop::collection::vec([prop::option::of((-1e9..1e9, 0.0..1e9)), prop::option::of((-1e-9..1e-9, 0.0..1e-9))], 0..20),
    ) {
        let rows: Vec<TornadoRow> = rows.into_iter().map(|bars| row(bars, false)).collect();
        let plot = TornadoPlot::new(&rows);
        prop_assert_eq!(plot.label_places.len(), rows.len());
        let places = plot.label_places.iter().flatten().flatten().copied().chain([plot.zero]);
        for place in places {
            // The labels beside the bars have room too.
            prop_assert!((0.0..=0.84).contains(&place), "{place}");
        }
        for (from, to) in plot.clear.iter().flat_map(|path| ends(path)) {
            prop_assert!((0.0..=1_000.0).contains(&from) && (0.0..=1_000.0).contains(&to), "{from} {to}");
        }
    }
}
