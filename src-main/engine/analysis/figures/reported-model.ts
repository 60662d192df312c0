import type { Report } from "../../../contract/report.ts";
import type { ScanRecord } from "../../data/settings.ts";

/** The model of a scan as reports tell it. */
export function reportedModel({ model, modelOutputs }: ScanRecord): Report["model"] {
  const firstOutput = model.manifest.outputs.find(({ name }) => name === modelOutputs[0]);
  return {
    name: model.manifest.name,
    sha256: model.sha256,
    dimensions: firstOutput?.dimensions ?? 0,
    device: model.device,
    fallbacks: model.fallbacks,
    auto: model.manifest.calibration?.[modelOutputs[0] ?? ""]?.auto ?? null,
  };
}
