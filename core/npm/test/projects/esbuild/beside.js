// The worker and the module are copied beside this file, where the engine looks.
import { createEngine } from "foliocast";

import { showRun } from "../show.js";

await showRun(createEngine());
