import {
  DEFAULT_NEIGHBORS,
  type ParsedScanRequest,
} from "../../../src-main/contract/scan-request.ts";
import { baseName } from "../../state/base-name.ts";
import { countOf } from "../../state/format.ts";

/** What a scan is asked for beyond its folders, as far as it is not what every scan does. */
export function optionTexts(request: ParsedScanRequest): string[] {
  const { model, responses, pca, preset, device, neighbors, protect } = request;
  const texts = [
    model === undefined ? null : `model ${baseName(model)}`,
    preset === "dnikit" ? "as DNIKit does" : null,
    responses.length === 0
      ? null
      : responses.includes("all")
        ? "all responses"
        : responses.join(", "),
    pca === undefined ? null : `PCA to ${countOf(pca, "dimension")}`,
    neighbors === DEFAULT_NEIGHBORS ? null : countOf(neighbors, "neighbor"),
    request.exact ? "searched exactly" : null,
    device === "auto" ? null : `on ${device} only`,
    protect.length === 0 ? null : `${protect.join(", ")} protected`,
  ];
  return texts.filter((text) => text !== null);
}
