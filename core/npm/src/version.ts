// What this engine is.
import { asking } from "./module.js";
import type { EngineVersion } from "./types.js";

/** Written by the build, from package.json. */
declare const PACKAGE_VERSION: string;

/** Versions of the package, the model and the kernel: equal versions of the last two, equal bits. */
export function engineVersion(): EngineVersion {
  const { modelVersion, kernelVersion, target } = asking((engine) => engine.engineInfo());
  return { package: PACKAGE_VERSION, model: modelVersion, kernel: kernelVersion, target };
}
