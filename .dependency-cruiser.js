/**
 * Arrows go one way: contract <- engine <- hosts; within the engine a step knows the contract, the store and the steps before it.
 * @type {import("dependency-cruiser").IConfiguration}
 */
const STEPS = [
  "walk",
  "decode",
  "embed",
  "reduce",
  "neighbors",
  "store",
  "decisions",
  "evidence",
  "confidence",
  "scan",
  "scans",
  "pictures",
  "view",
  "export",
  "clusters",
  "figures",
  "keeper",
  "report",
  "review",
  "plan",
  "apply",
  "clean-copy",
  "recent",
  "similar",
  "procedures",
];

/** A step may import itself and any step listed before it. */
const stepRules = STEPS.map((step, at) => ({
  name: `${step}-looks-back-only`,
  severity: "error",
  from: { path: `^src-main/engine/${step}/` },
  to: {
    path: `^src-main/engine/(${[...(step === "scans" ? [] : ["demo"]), ...STEPS.slice(at + 1)].join("|")})/`,
  },
}));

export default {
  forbidden: [
    { name: "no-circles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "contract-depends-on-nothing",
      severity: "error",
      from: { path: "^src-main/contract/" },
      to: { path: "^src-main/", pathNot: "^src-main/contract/" },
    },
    {
      name: "engine-knows-no-host",
      severity: "error",
      from: { path: "^src-main/engine/" },
      to: { path: "^src-main/", pathNot: "^src-main/(engine|contract)/" },
    },
    {
      name: "hosts-reach-the-engine-by-the-contract-only",
      severity: "error",
      from: {
        path: "^src-main/((command-line|engine-host|app-host|browser-host|desktop)/|(serve|main|preload)\\.ts$)",
      },
      to: { path: "^src-main/engine/", pathNot: "^src-main/engine/version\\.ts$" },
    },
    {
      name: "the-engine-is-started-as-a-process-only",
      severity: "error",
      from: { path: "^src-main/", pathNot: "^src-main/(engine/|engine-process\\.ts$)" },
      to: { path: "^src-main/engine/engine\\.ts$" },
    },
    {
      name: "natives-live-in-the-engine",
      severity: "error",
      from: { path: "^src-main/", pathNot: "^src-main/engine/" },
      to: { path: "node_modules/(sharp|@julusian|onnxruntime-node|better-sqlite3|usearch)/" },
    },
    {
      name: "what-hosts-share-knows-none-of-them",
      severity: "error",
      from: { path: "^src-main/app-host/" },
      to: { path: "^src-main/(browser-host|desktop|command-line)/|^src-main/[^/]+\\.ts$" },
    },
    {
      name: "hosts-do-not-know-each-other",
      severity: "error",
      from: { path: "^src-main/browser-host/" },
      to: { path: "^src-main/(desktop|command-line)/|^src-main/[^/]+\\.ts$" },
    },
    {
      name: "the-desktop-knows-no-other-host",
      severity: "error",
      from: { path: "^src-main/(desktop/|(main|preload)\\.ts$)" },
      to: { path: "^src-main/((browser-host|command-line)/|(cli|serve|main|preload)\\.ts$)" },
    },
    {
      name: "only-the-desktop-imports-electron",
      severity: "error",
      from: { path: "^src-main/", pathNot: "^src-main/(desktop/|main\\.ts$|preload\\.ts$)" },
      to: { path: "(^|/)node_modules/electron/" },
    },
    {
      name: "demo-draws-and-knows-nothing-else",
      severity: "error",
      from: { path: "^src-main/engine/demo/" },
      to: { path: `^src-main/engine/(${STEPS.join("|")})/` },
    },
    ...stepRules,
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
  },
};
