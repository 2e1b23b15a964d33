// What only pages import.
import { createEngine } from "foliocast/inline";
import "foliocast/preview";
import "foliocast/worker";

const element = document.createElement("foliocast-preview");
element.setAttribute("config", "{}");
document.body.append(element);

export const engine = createEngine();
