import type { Step } from "../data/decisions/decision-log.ts";

/** A step, and how many images keep what they have because their split is protected. */
export interface PlannedStep {
  readonly step: Step;
  readonly refused: number;
}
