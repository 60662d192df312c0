import {
  DEFAULT_NEIGHBORS,
  type ParsedScanRequest,
} from "../../../src-main/contract/scan-request.ts";
import { baseName } from "../../state/base-name.ts";
import { countOf } from "../../state/format.ts";

/** What a scan is asked for beyond its folders, as far as it is not what every scan does. */
export function optionTexts(request: ParsedScanRequest): string[] {
  const { model, modelOutputs, pca, preset, device, neighbors, protect } = request;
  const texts = [
    model === undefined ? null : `model ${baseName(model)}`,
    preset === "dnikit" ? "as DNIKit does" : null,
    modelOutputs.length === 0
      ? null
      : modelOutputs.includes("all")
        ? "all modelOutputs"
        : modelOutputs.join(", "),
    pca === undefined ? null : `PCA to ${countOf(pca, "dimension")}`,
    neighbors === DEFAULT_NEIGHBORS ? null : countOf(neighbors, "neighbor"),
    request.exact ? "searched exactly" : null,
    device === "auto" ? null : `on ${device} only`,
    protect.length === 0 ? null : `${protect.join(", ")} protected`,
  ];
  return texts.filter((text) => text !== null);
}
