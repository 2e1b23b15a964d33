//! What is said of each figure. `docs/MODEL.md` section 6 is the contract that this explains.

use super::Figure;
use super::example::{Kind, Line};
use super::working;

const fn line(label: &'static str, pointer: &'static str, kind: Kind) -> Line {
    Line { label, pointer, kind }
}

const WILSON: &str =
    "E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927) 209–212";
const HYNDMAN_FAN: &str = "R. J. Hyndman and Y. Fan, Sample quantiles in statistical packages, The American Statistician 50 (1996) 361–365, type 7";
const THOMPSON: &str = "W. R. Thompson, On confidence ranges for the median and other expectation distributions, Annals of Mathematical Statistics 7 (1936) 122–128";
const HAMPEL: &str = "F. R. Hampel, The influence curve and its role in robust estimation, JASA 69 (1974) 383–393";
const PEBAY: &str = "P. Pébay, Formulas for robust, one-pass parallel computation of covariances and arbitrary-order statistical moments, Sandia report SAND2008-6212 (2008)";
const BATCH_MEANS: &str =
    "B. Schmeiser, Batch size effects in the analysis of simulation output, Operations Research 30 (1982) 556–568";

const ORDER_INTERVAL: &str = "The 95 % interval lies between two sorted scenarios x₍ₗ₎ and x₍ᵤ₎. The number of scenarios below the true quantile is \
     binomial with S trials, so l and u follow from exact binomial tails of at most 2.5 % on either side, whatever the \
     distribution looks like. With too few scenarios there is no such pair, and the interval is absent.";

const WILSON_ERROR: &str = "Wilson’s 95 % interval for a share, with z = 1.959964. It never leaves 0 to 1 and holds for rare events, too: what \
     was never seen still gets an upper end above 0.";

/// All figures that have a page, in the order of the list.
pub const FIGURES: [Figure; 15] = [
    Figure {
        name: "median",
        title: "Median",
        definition: "The multiple that half of all scenarios stay below and half reach: as likely to be missed as to be met.",
        formula: &[
            "x_{(1)} ≤ x_{(2)} ≤ … ≤ x_{(S)}, all scenarios sorted",
            "h = (S − 1) · ½, k = ⌊h⌋ + 1",
            "median = x_{(k)} + (h − ⌊h⌋) · (x_{(k+1)} − x_{(k)})",
        ],
        error: ORDER_INTERVAL,
        sources: &[HYNDMAN_FAN, THOMPSON],
        says_not: "It says nothing about how bad the lower half or how good the upper half is: with power-law deals the mean lies well \
                   above it. The interval is about the number of scenarios alone; whether the model fits the fund is another question.",
        example: &[
            line("Median", "/fund/recycled/quantiles/p50", Kind::Multiple),
            line("95 % interval", "/fund/recycled/errors/quantiles/p50", Kind::MultipleInterval),
            line("Lower quartile", "/fund/recycled/quantiles/p25", Kind::Multiple),
            line("Upper quartile", "/fund/recycled/quantiles/p75", Kind::Multiple),
            line("Median before recycling", "/fund/gross/quantiles/p50", Kind::Multiple),
        ],
        working: working::median,
    },
    Figure {
        name: "mean",
        title: "Mean",
        definition: "The average multiple over all scenarios: what many such funds would return together, per unit invested.",
        formula: &["mean = (x_1 + x_2 + … + x_S) ÷ S", "standard error = s ÷ √S"],
        error: "One standard error, from the standard deviation s over the root of the number of scenarios. Where a deal’s variance is \
                infinite s says nothing, and the error comes from batch means: the spread between the means of blocks of 1,024 \
                scenarios. The mean itself is summed in one fixed order, so that it has the same bits everywhere.",
        sources: &[PEBAY, BATCH_MEANS],
        says_not: "It is no outcome to expect: with power-law deals a few scenarios carry much of it, and most funds end below it. \
                   See the median and what the top 1 % give.",
        example: &[
            line("Mean", "/fund/recycled/mean", Kind::Multiple),
            line("Standard error", "/fund/recycled/errors/mean", Kind::StandardError),
            line("Error found by", "/fund/recycled/errors/meanMethod", Kind::Method),
            line("Mean before recycling", "/fund/gross/mean", Kind::Multiple),
        ],
        working: working::mean,
    },
    Figure {
        name: "loses-money",
        title: "Loses money",
        definition: "The share of scenarios in which less comes back than was put in: a multiple below 1.",
        formula: &[
            "p = number of scenarios with x < 1 ÷ S",
            "interval = (p + z²/2S ± z·√(p(1 − p)/S + z²/4S²)) ÷ (1 + z²/S)",
        ],
        error: WILSON_ERROR,
        sources: &[WILSON],
        says_not: "It does not say how much is lost: see the worst 5 %. Multiples are before fees and carry, so an investor loses \
                   money more often than this.",
        example: &[
            line("Loses money", "/fund/recycled/probabilities/lt1", Kind::Share),
            line("95 % interval", "/fund/recycled/errors/probabilities/lt1", Kind::ShareInterval),
            line("Before recycling", "/fund/gross/probabilities/lt1", Kind::Share),
        ],
        working: working::loses_money,
    },
    Figure {
        name: "triples",
        title: "Triples",
        definition: "The share of scenarios that return at least three times what was put in. The shares for 2, 5 and 10 are found alike.",
        formula: &[
            "p = number of scenarios with x ≥ 3 ÷ S",
            "interval = (p + z²/2S ± z·√(p(1 − p)/S + z²/4S²)) ÷ (1 + z²/S)",
        ],
        error: WILSON_ERROR,
        sources: &[WILSON],
        says_not: "A chance in the model is no promise. It knows no time either: three times in five years and in fifteen are the same.",
        example: &[
            line("Doubles", "/fund/recycled/probabilities/ge2", Kind::Share),
            line("Triples", "/fund/recycled/probabilities/ge3", Kind::Share),
            line("95 % interval", "/fund/recycled/errors/probabilities/ge3", Kind::ShareInterval),
            line("Five times or more", "/fund/recycled/probabilities/ge5", Kind::Share),
            line("Ten times or more", "/fund/recycled/probabilities/ge10", Kind::Share),
        ],
        working: working::triples,
    },
    Figure {
        name: "worst-5",
        title: "Worst 5 %",
        definition: "The mean of the lowest twentieth of scenarios (expected shortfall, CVaR): what comes back when things go badly.",
        formula: &[
            "n = S ÷ 20, a whole part and a fraction φ",
            "worst 5 % = (x_{(1)} + … + x_{(⌊n⌋)} + φ · x_{(⌊n⌋+1)}) ÷ n",
            "error: of the mean of q − (q − x)⁺ ÷ 0.05, q being the tail’s largest value",
        ],
        error: "One standard error by the influence function: each scenario’s effect on the figure is averaged like an ordinary \
                observation. It needs two scenarios in the tail.",
        sources: &[
            "R. T. Rockafellar and S. Uryasev, Optimization of conditional value-at-risk, Journal of Risk 2 (2000) 21–41",
            HAMPEL,
        ],
        says_not: "It is no floor: half of that twentieth or so is worse still.",
        example: &[
            line("Worst 5 %", "/fund/recycled/worst5Mean", Kind::Multiple),
            line("Standard error", "/fund/recycled/errors/worst5Mean", Kind::StandardError),
            line("5 % quantile, where the tail begins", "/fund/recycled/quantiles/p5", Kind::Multiple),
            line("Smallest scenario", "/fund/recycled/min", Kind::Multiple),
        ],
        working: working::worst_5,
    },
    Figure {
        name: "top-1",
        title: "Top 1 % gives",
        definition: "How much of everything that comes back, over all scenarios, comes back in the best hundredth of them.",
        formula: &[
            "n = ⌈S ÷ 100⌉",
            "T = (sum of the n largest x) ÷ (sum of all x)",
            "error: of the mean of ((x − q)⁺ − T·x) ÷ mean, q being the tail’s smallest value",
        ],
        error: "One standard error by the influence function, in percentage points. Where the variance is infinite there is none, and the \
                page says so.",
        sources: &[HAMPEL],
        says_not: "It is a share of the mean over scenarios, not of one fund’s deals. A large one says that the mean hangs on luck.",
        example: &[
            line("Top 1 % gives", "/fund/recycled/top1Share", Kind::Share),
            line("Standard error", "/fund/recycled/errors/top1Share", Kind::Points),
            line("99 % quantile", "/fund/recycled/quantiles/p99", Kind::Multiple),
            line("Largest scenario", "/fund/recycled/max", Kind::Multiple),
        ],
        working: working::top_1,
    },
    Figure {
        name: "quantiles",
        title: "Quantiles",
        definition: "The multiple that a given share of scenarios stays below: 5 % of scenarios end below the 5 % quantile, 90 % below P90.",
        formula: &[
            "x_{(1)} ≤ x_{(2)} ≤ … ≤ x_{(S)}, all scenarios sorted",
            "h = (S − 1) · p, k = ⌊h⌋ + 1",
            "quantile = x_{(k)} + (h − ⌊h⌋) · (x_{(k+1)} − x_{(k)})",
            "above 10,000,000 scenarios: from exact counts in cells at most 0.1 % wide",
        ],
        error: ORDER_INTERVAL,
        sources: &[HYNDMAN_FAN, THOMPSON],
        says_not: "Quantiles do not add up: the 5 % quantile of the fund is not made of those of its buckets, since buckets do \
                   not all go badly at once.",
        example: &[
            line("5 %", "/fund/recycled/quantiles/p5", Kind::Multiple),
            line("25 %", "/fund/recycled/quantiles/p25", Kind::Multiple),
            line("50 %", "/fund/recycled/quantiles/p50", Kind::Multiple),
            line("75 %", "/fund/recycled/quantiles/p75", Kind::Multiple),
            line("90 % (P90)", "/fund/recycled/quantiles/p90", Kind::Multiple),
            line("95 %", "/fund/recycled/quantiles/p95", Kind::Multiple),
            line("95 % interval of the 95 % quantile", "/fund/recycled/errors/quantiles/p95", Kind::MultipleInterval),
        ],
        working: working::quantiles,
    },
    Figure {
        name: "standard-deviation",
        title: "Standard deviation",
        definition: "How far scenarios lie from the mean: the root of their mean squared distance.",
        formula: &[
            "s = √( Σ (x_i − mean)² ÷ (S − 1) )",
            "standard error = √( (μ_4 − σ⁴) ÷ (4σ²·S) ), μ_4 being the fourth central moment and σ² the second",
        ],
        error: "One standard error by the delta method. It needs a finite fourth moment; without a cap and with a heavy tail there is \
                none, and the figure says so.",
        sources: &["H. Cramér, Mathematical Methods of Statistics, Princeton (1946), chapter 27", PEBAY],
        says_not: "Multiples are lopsided, so mean ± s is no range that scenarios keep to; quantiles are. A single scenario has no spread.",
        example: &[
            line("Standard deviation", "/fund/recycled/stdDev", Kind::Multiple),
            line("Standard error", "/fund/recycled/errors/stdDev", Kind::StandardError),
            line("Before recycling", "/fund/gross/stdDev", Kind::Multiple),
        ],
        working: working::standard_deviation,
    },
    Figure {
        name: "histogram",
        title: "Distribution of the fund multiple",
        definition: "How many scenarios end between which multiples, in bins of equal width on a logarithmic axis: eight to each doubling.",
        formula: &[
            "edges: 0, then 2^{k/8} for k = −48 … 80, and no upper end",
            "bin i counts scenarios with edge_i ≤ x < edge_{i+1}",
        ],
        error: "Counts are exact for this run; the chance of a multiple, read off at an edge or at 1, 2, 3, 5 or 10, has Wilson’s 95 % interval.",
        sources: &[WILSON],
        says_not: "Bars show shares of scenarios, not density per multiple: a bin at 8 is eight times as wide as one at 1. What \
                   the axis leaves out is counted under the chart.",
        example: &[
            line("Scenarios", "/numScenarios", Kind::Count),
            line("Scenarios with a multiple below 2⁻⁶ (0.016)", "/fund/recycled/histogram/counts/0", Kind::Count),
            line("Scenarios from 1 to 2^(1/8) (1.091)", "/fund/recycled/histogram/counts/49", Kind::Count),
            line("Chance to double", "/fund/recycled/probabilities/ge2", Kind::Share),
        ],
        working: working::histogram,
    },
    Figure {
        name: "contribution",
        title: "Contribution",
        definition: "What a bucket adds to the fund’s mean and to its variance before recycling, as shares of the whole, beside its share of the capital.",
        formula: &[
            "w_b = the bucket’s capital ÷ all capital; fund = Σ w_b · x_b",
            "share of the mean = w_b · mean(x_b) ÷ mean(fund)",
            "share of the variance = w_b · cov(x_b, fund) ÷ var(fund)",
        ],
        error: "None is computed for the shares. The bucket’s own mean and standard deviation, in the table behind the chart, have theirs.",
        sources: &[
            "D. Tasche, Risk contributions and performance measurement, Technische Universität München (1999)",
            PEBAY,
        ],
        says_not: "A share of the variance is no advice to cut: taking the bucket out changes what the others contribute.",
        example: &[
            line("First bucket", "/buckets/0/name", Kind::Name),
            line("Its share of the mean", "/fund/contributionToMean/0", Kind::Share),
            line("Its share of the variance", "/fund/contributionToVariance/0", Kind::Share),
            line("Its mean", "/buckets/0/mean", Kind::Multiple),
        ],
        working: working::contribution,
    },
    Figure {
        name: "correlation",
        title: "Correlation",
        definition: "How far two multiples rise and fall together over the scenarios, as realised in this run. Ranks (Spearman) are \
                     in front, since a few huge multiples would decide the linear one (Pearson).",
        formula: &[
            "rank correlation = Pearson’s r of the ranks; equal values share the average of their ranks",
            "r = cov(a, b) ÷ √(var(a) · var(b))",
        ],
        error: "None is computed for correlations. Above 10,000,000 scenarios ranks are not kept, and the rank correlation is absent.",
        sources: &[
            "C. Spearman, The proof and measurement of association between two things, American Journal of Psychology 15 (1904) 72–101",
            PEBAY,
        ],
        says_not: "It is lower than the weights that move deals together: each deal also has luck of its own, and a bucket of many deals averages that out.",
        example: &[
            line("First and second bucket, ranks", "/fund/correlation/spearman/0/1", Kind::Coefficient),
            line("The same, linear", "/fund/correlation/pearson/0/1", Kind::Coefficient),
            line("First bucket and fund, ranks", "/fund/correlation/spearman/0/3", Kind::Coefficient),
        ],
        working: working::correlation,
    },
    Figure {
        name: "recycling",
        title: "Capital put to work (recycling)",
        definition: "How much capital a bucket deploys per unit it began with, when a part of its proceeds is reinvested while the fund lives.",
        formula: &[
            "T = max(0, fund life ÷ holding period − 1) rounds; d_0 = 1",
            "d_k = min(f_k · ρ · m · d_{k−1}, κ − Σ_{1≤j<k} d_j), f_k = min(1, T − (k − 1)), for k = 1 … ⌈T⌉",
            "deployed D = Σ d_k; what comes back N = D·m − (D − 1)",
            "ρ: share of proceeds reinvested; κ: most that may be recycled; m: the bucket’s multiple in the scenario",
        ],
        error: "None is computed for deployed capital. The fund’s figures with recycling have their errors.",
        sources: &["The recursion is this model’s own: docs/MODEL.md, section 6"],
        says_not: "Reinvested capital earns the bucket’s own multiple of the same scenario, which is a simplification: good scenarios \
                   get better and bad ones stay. Cash is conserved: what is reinvested is taken out of proceeds.",
        example: &[
            line("First bucket", "/buckets/0/name", Kind::Name),
            line("Mean deployed", "/buckets/0/deployed/mean", Kind::Deployed),
            line("Median deployed", "/buckets/0/deployed/quantiles/p50", Kind::Deployed),
            line("Fund mean before", "/fund/gross/mean", Kind::Multiple),
            line("Fund mean with recycling", "/fund/recycled/mean", Kind::Multiple),
        ],
        working: working::recycling,
    },
    Figure {
        name: "infinite-variance",
        title: "Tails and infinite variance",
        definition: "Power-law deals can have so heavy a tail that the variance of their multiple is infinite: the largest deal seen decides \
                     the figures, however many scenarios there are.",
        formula: &[
            "P(deal > x) falls like x^{−α} in the tail",
            "power law: α = ln 5 ÷ ln(p90 ÷ median); a table names its tail exponent",
            "mean finite where α > 1, variance where α > 2, fourth moment where α > 4; with a cap always",
        ],
        error: "With infinite variance the mean’s error comes from batch means over blocks of 1,024 scenarios and shrinks slower than 1/√S; \
                the error of the standard deviation and of the top 1 % are absent, with the reason.",
        sources: &["S. I. Resnick, Heavy-Tail Phenomena, Springer (2007)", BATCH_MEANS],
        says_not: "A cap makes all moments finite, and the figures then hang on the cap: see the warning that the cap holds down the mean.",
        example: &[
            line("Standard deviation", "/fund/recycled/stdDev", Kind::Multiple),
            line("Error of the mean found by", "/fund/recycled/errors/meanMethod", Kind::Method),
            line("Top 1 % gives", "/fund/recycled/top1Share", Kind::Share),
            line("Largest scenario", "/fund/recycled/max", Kind::Multiple),
        ],
        working: working::infinite_variance,
    },
    Figure {
        name: "change",
        title: "Change between variants",
        definition: "How a figure differs between two variants of a fund with the same draws, scenario by scenario: what an input does, \
                     without most of what chance does.",
        formula: &[
            "change = figure of the one − figure of the other",
            "d_i = what scenario i adds to the one − what it adds to the other",
            "error = s(d) ÷ √S; of two separate runs √(error_1^2 + error_2^2)",
        ],
        error: "One standard error, from the scenarios’ own differences and not from two errors added up. The mean adds the multiple itself; the \
                worst 5 %, the top 1 % and the standard deviation add their influences; quantiles are scaled by their intervals and \
                by how often both variants lie on the same side; shares count the scenarios that change sides. A change of less than \
                two errors is not told apart from chance.",
        sources: &[
            HAMPEL,
            "R. S. Woodruff, Confidence intervals for medians and other position measures, JASA 47 (1952) 635–646",
            "A. Agresti and Y. Min, Simple improved confidence intervals for comparing matched proportions, Statistics in Medicine 24 (2005) 729–740",
        ],
        says_not: "It is the effect of an input within the model, all else as it is: two inputs moved together may do more or less than the \
                   sum of their changes.",
        example: &[
            line("Loses money, as it is", "/fund/recycled/probabilities/lt1", Kind::Share),
            line("95 % interval by itself", "/fund/recycled/errors/probabilities/lt1", Kind::ShareInterval),
        ],
        working: working::change,
    },
    Figure {
        name: "rows",
        title: "Number of scenarios",
        definition: "What more scenarios would say: the first n scenarios of a run are the run with n scenarios, so its figures can be followed \
                     as they come.",
        formula: &["length of an interval ∝ 1 ÷ √n", "enough for ± r: n · (present half-length ÷ r)^2"],
        error: "Each point has the 95 % interval of its own scenarios. The advice takes the interval at the most scenarios for exact, and is \
                rounded upwards to two digits.",
        sources: &[THOMPSON, WILSON, BATCH_MEANS],
        says_not: "It promises nothing where the variance is infinite: the mean’s error then shrinks slower than 1/√n. And it is about chance \
                   alone: no number of scenarios makes the inputs right.",
        example: &[
            line("Scenarios", "/numScenarios", Kind::Count),
            line("Median", "/fund/recycled/quantiles/p50", Kind::Multiple),
            line("95 % interval", "/fund/recycled/errors/quantiles/p50", Kind::MultipleInterval),
        ],
        working: working::rows_enough,
    },
];
