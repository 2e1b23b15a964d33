import path from "node:path";

export default {
  mode: "production",
  entry: "./main.js",
  output: { path: path.resolve("dist"), filename: "main.js" },
  stats: "errors-warnings",
};
