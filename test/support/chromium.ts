import { existsSync } from "node:fs";

export const CHROMIUM = process.env.TWINLENS_CHROMIUM ?? "/usr/bin/chromium";

/** Whether to skip the browser tests. */
export const NO_CHROMIUM = !existsSync(CHROMIUM);

export const IN_CHROMIUM = `in Chromium (${CHROMIUM}, or TWINLENS_CHROMIUM)`;
