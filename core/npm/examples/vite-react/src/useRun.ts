import { type Configuration, type PartialResult, type RunResult, createEngine } from "foliocast";
import { useEffect, useState } from "react";

/** One for the page: its workers start with the first run and serve every other. */
const engine = createEngine();

export interface RunState {
  /** What the first rows of the current run say, then all of them; of the run before until there are some. */
  figures?: PartialResult | RunResult;
  /** The current run, once it is finished. */
  result?: RunResult;
  /** Why there is none. */
  error?: Error;
}

/** Runs `configuration`, and again whenever it is another object; what is not finished by then is given up. */
export function useRun(configuration: Configuration): RunState {
  const [state, setState] = useState<RunState>({});

  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    setState(({ figures }) => ({ figures }));
    engine.run(configuration, { signal, onPartial: (figures) => setState({ figures }) }).then(
      (result) => setState({ figures: result, result }),
      (error: Error) => {
        if (!signal.aborted) setState({ error });
      },
    );
    return () => controller.abort();
  }, [configuration]);

  return state;
}
