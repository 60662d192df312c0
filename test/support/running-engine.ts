import { createRouterClient } from "@orpc/server";
import type { ScanEvent, ScanResult } from "../../src-main/contract/contract.ts";
import { Report } from "../../src-main/contract/report.ts";
import type { ScanRequest } from "../../src-main/contract/scan-request.ts";
import type { Threshold } from "../../src-main/contract/threshold.ts";
import { createEngine } from "../../src-main/engine/engine.ts";
import { freshFolder } from "./fresh-folder.ts";

/** The engine's procedures, run in this process. */
export type Engine = ReturnType<typeof runningEngine>;

/** @param dataFolder the data folder of the engine */
export function runningEngine(dataFolder = freshFolder()) {
  return createRouterClient(createEngine({ dataFolder }));
}

export interface ScanOptions {
  readonly signal?: AbortSignal;
  /** Called with each event. */
  readonly onEvent?: (event: ScanEvent) => void;
}

/** Runs a scan to the end, on the CPU unless the request says otherwise. */
export async function scanWith(
  engine: Engine,
  request: ScanRequest,
  { signal, onEvent }: ScanOptions = {},
): Promise<ScanResult> {
  const events = await engine.scan({ device: "cpu", ...request }, signal ? { signal } : {});
  for (;;) {
    const { done, value } = await events.next();
    if (done) return value;
    onEvent?.(value);
  }
}

/** The JSON report of a project, as text. */
export async function reportText(
  engine: Engine,
  project: string,
  threshold: Threshold = { strategy: "auto" },
): Promise<string> {
  let text = "";
  for await (const chunk of await engine.report({ project, threshold, outputs: { json: "-" } }))
    text += chunk.text;
  return text;
}

export async function reportOf(
  engine: Engine,
  project: string,
  threshold?: Threshold,
): Promise<Report> {
  return Report.parse(JSON.parse(await reportText(engine, project, threshold)));
}

/** A report's text without the part that differs between runs. */
export function withoutSeconds(reportText: string): string {
  const seconds = JSON.stringify(JSON.parse(reportText).seconds);
  if (!reportText.includes(seconds)) throw new Error("The report has no seconds");
  return reportText.replace(seconds, "null");
}
