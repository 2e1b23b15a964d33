import { useState } from "react";

import { fund } from "./fund.js";
import { useRun } from "./useRun.js";

const multiple = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const share = new Intl.NumberFormat("en", { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
const count = new Intl.NumberFormat("en");

export function App() {
  const [configuration, setConfiguration] = useState(fund);
  const { figures, result, error } = useRun(configuration);
  const gross = figures?.summary.fund.gross;

  function setDeals(index: number, deals: number) {
    setConfiguration({
      ...configuration,
      buckets: configuration.buckets.map((bucket, each) => (each === index ? { ...bucket, deals } : bucket)),
    });
  }

  return (
    <>
      <h1>What the fund could return</h1>
      <form>
        {configuration.buckets.map(({ name, deals }, index) => (
          <label key={name}>
            {`Deals in ${name}: ${deals ?? 1}`}
            <input
              type="range"
              min={1}
              max={50}
              value={deals ?? 1}
              onChange={(event) => setDeals(index, event.target.valueAsNumber)}
            />
          </label>
        ))}
      </form>
      {error && <p role="alert">{error.message}</p>}
      <dl aria-busy={!result && !error}>
        <dt>Median multiple</dt>
        <dd>{gross && `${multiple.format(gross.quantiles.p50)} ×`}</dd>
        <dt>Probability of a loss</dt>
        <dd>{gross && share.format(gross.probabilities.lt1)}</dd>
        <dt>Scenarios</dt>
        <dd>{figures && count.format(figures.numScenarios)}</dd>
        <dt>Run key</dt>
        <dd>{result?.runKey}</dd>
        <dt>Matrix digest</dt>
        <dd>{result?.digest}</dd>
        <dt>Summary digest</dt>
        <dd>{result?.summaryDigest}</dd>
      </dl>
      <p>Multiples of invested capital, before fees, carry and recycling. Neither a forecast nor advice.</p>
    </>
  );
}
