import { createRequire } from "node:module";

/** Version of the program, as its package says. */
export const TWINLENS_VERSION: string = createRequire(import.meta.url)("../package.json").version;
