/**
 * Imports go one way. Each list runs from the bottom up: a folder may import itself and the folders listed before it.
 * @type {import("dependency-cruiser").IConfiguration}
 */
const LAYERS = {
  "src-main/engine": [
    "files",
    "threads",
    "vectors",
    "data",
    "scan",
    "demo",
    "analysis",
    "calibrate",
    "review",
    "output",
    "removal",
    "rpc",
  ],
  "src-main/engine/scan": [
    "walk",
    "decode",
    "embed",
    "neighbors",
    "evidence",
    "confidence",
    "[^/]+\\.ts$",
  ],
  "src-main/engine/analysis": ["clusters", "figures", "keeper", "cuts", "project"],
  "src-main/engine/removal": ["plan", "apply", "clean-copy"],
  "src-main": [
    "version\\.ts$",
    "contract",
    "text",
    "engine",
    "engine-client",
    "app",
    "server",
    "desktop",
    "cli",
    "(main|preload|cli|serve|engine-process)\\.ts$",
  ],
  "src-renderer": ["state", "ui", "screens", "shell", "App\\.svelte$", "main\\.ts$"],
  "src-renderer/screens/review": ["compare", "similar", "[^/]+$"],
};

const layerRules = Object.entries(LAYERS).flatMap(([folder, layers]) => {
  const pattern = (names) =>
    `^${folder}/(${names.map((name) => (name.endsWith("$") ? name : `${name}/`)).join("|")})`;
  return layers.slice(0, -1).map((layer, at) => ({
    name: `${folder}/${layer}-imports-lower-layers-only`,
    severity: "error",
    from: { path: pattern([layer]) },
    to: { path: pattern(layers.slice(at + 1)), pathNot: pattern(layers.slice(0, at + 1)) },
  }));
});

/** Hosts that run the engine; none of them knows another. */
const HOSTS = ["server", "desktop", "cli"];

const hostRules = HOSTS.map((host) => ({
  name: `${host}-knows-no-other-host`,
  severity: "error",
  from: { path: `^src-main/${host}/` },
  to: {
    path: `^src-main/(${HOSTS.filter((other) => other !== host).join("|")})/|^src-main/(main|preload|serve|cli)\\.ts$`,
  },
}));

export default {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    ...layerRules,
    ...hostRules,
    {
      name: "hosts-reach-the-engine-through-the-contract",
      severity: "error",
      from: { path: "^src-main/", pathNot: "^src-main/(engine/|engine-process\\.ts$)" },
      to: { path: "^src-main/engine/" },
    },
    {
      name: "the-page-imports-only-contract-and-text",
      severity: "error",
      from: { path: "^src-renderer/" },
      to: { path: "^src-main/", pathNot: "^src-main/(contract|text)/" },
    },
    {
      name: "native-modules-live-in-the-engine",
      severity: "error",
      from: { path: "^src-(main|renderer)/", pathNot: "^src-main/engine/" },
      to: { path: "node_modules/(sharp|@julusian|onnxruntime-node|better-sqlite3|usearch)/" },
    },
    {
      name: "only-the-data-folder-talks-to-sqlite",
      severity: "error",
      from: { path: "^src-(main|renderer)/", pathNot: "^src-main/engine/data/" },
      to: { path: "node_modules/better-sqlite3/" },
    },
    {
      name: "only-the-desktop-imports-electron",
      severity: "error",
      from: {
        path: "^src-(main|renderer)/",
        pathNot: "^src-main/(desktop/|main\\.ts$|preload\\.ts$)",
      },
      to: { path: "(^|/)node_modules/electron/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { extensions: [".ts", ".js", ".svelte"] },
  },
};
