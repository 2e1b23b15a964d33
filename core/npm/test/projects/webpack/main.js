import { createEngine } from "foliocast";
// For its effect alone: it must not be dropped as unused.
import "foliocast/preview";

import { showRun } from "../show.js";

await showRun(createEngine());
