// Everything is in this one file, the worker and the module too.
import { createEngine } from "foliocast/inline";

import { showRun } from "../show.js";

await showRun(createEngine());
