// The main API as a program in TypeScript uses it; it is compiled, and not run.
import {
  type Configuration,
  type Engine,
  type Fault,
  FoliocastClient,
  FoliocastError,
  type PartialResult,
  type RunResult,
  type Verification,
  canonicalize,
  createEngine,
  defaultFund,
  engineVersion,
  init,
  matrixKey,
  recomputeBlock,
  runKey,
  validate,
  verify,
} from "foliocast";

const configuration: Configuration = {
  fundId: "fund-1",
  numScenarios: 100_000,
  buckets: [
    { name: "Seed", capitalAllocation: 100, moicCalibration: { median: 1, p90: 3 }, deals: 20, lossProbability: 0.25 },
  ],
};

export async function figures(engine: Engine, signal: AbortSignal): Promise<[number, number]> {
  const heard: PartialResult[] = [];
  const result: RunResult = await engine.run(configuration, {
    signal,
    onPartial: (partial) => heard.push(partial),
    onProgress: ({ blocksDone, blocks }) => console.log(blocksDone / blocks),
    rows: true,
  });
  const { quantiles, probabilities } = result.summary.fund.gross;
  const first: number | undefined = result.rows?.[0];
  console.log(
    first,
    result.bucketNames.join(),
    result.warnings.map(({ code }) => code),
  );
  return [quantiles.p50, probabilities.lt1];
}

export async function check(baseUrl: string): Promise<boolean> {
  await init();
  const faults: Fault[] = validate(configuration);
  const keys: string[] = [matrixKey(configuration), runKey(JSON.stringify(configuration))];
  const complete: string = canonicalize(defaultFund("fund-1"));
  const { rows, digest } = recomputeBlock(configuration, 0);
  const values: Float32Array = rows;
  console.log(faults, keys, complete, values.length, digest, engineVersion().kernel);

  const engine = createEngine({ workers: 2 });
  const client = new FoliocastClient({ baseUrl });
  try {
    const run = await client.simulate(configuration);
    const own: Verification = await verify(await engine.run(configuration), undefined, { engine });
    const served: Verification = await client.verify(run, { blocks: 3, engine });
    return own.ok && served.ok;
  } catch (error) {
    if (error instanceof FoliocastError) for (const { path, message } of error.errors) console.error(path, message);
    throw error;
  } finally {
    engine.dispose();
  }
}

// @ts-expect-error A member that configurations do not have.
export const misspelt: Configuration = { ...configuration, scenarios: 1 };
