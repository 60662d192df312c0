import { EVIDENCE_KINDS, type EvidenceKind } from "../../../contract/evidence-kind.ts";
import { ImageId } from "../../../contract/ids.ts";
import type { LeakPair, ReportLeak } from "../../../contract/report.ts";
import { roundFigure } from "../../../text/figures.ts";
import type { ContentFacts } from "../../data/contents-table.ts";
import type { NodeFile } from "../../data/nodes.ts";
import type { ProjectView } from "../../data/project-view.ts";
import { isSurer, kindOfCopies } from "./cluster-pairs.ts";
import type { LabeledLeak } from "./leaks.ts";
import type { PairCut } from "./pair-cut.ts";

/** An image's most certain duplicate in a split. */
interface Match extends Pick<LeakPair, "similarity" | "confidence" | "kind"> {
  readonly file: NodeFile;
}

/**
 * The most certain duplicate of each image in each other split, for the duplicates that `leaksOf` counts. Copies come first, by kind;
 * then the accepted pair with the highest confidence.
 */
export function leakPairs(
  view: ProjectView,
  cuts: readonly PairCut[],
  facts: (content: number) => ContentFacts,
): LeakPair[] {
  const found: LeakPair[] = [];
  const surest = surestMatches(view, cuts);
  view.nodes.files.forEach((files, node) => {
    for (const into of view.splits) {
      const copies = filesByContent(files, into.id);
      for (const file of files) {
        if (file.split === into.id) continue;
        const match = copyOf(file, copies, facts) ?? surest[node]?.get(into.id);
        const from = view.images.get(file.id)?.split;
        if (!match || from === undefined) continue;
        const { similarity, confidence, kind } = match;
        const [a, b] = [ImageId.parse(file.id), ImageId.parse(match.file.id)];
        found.push({ from, into: into.name, a, b, similarity, confidence, kind });
      }
    }
  });
  return found.sort(bySplits(view));
}

/** Adds the counts by kind. @param pairs from {@link leakPairs} */
export function leaksByKind(
  leaks: readonly LabeledLeak[],
  pairs: readonly LeakPair[],
): ReportLeak[] {
  const ofLeak = Map.groupBy(pairs, ({ from, into }) => JSON.stringify([from, into]));
  return leaks.map((leak) => {
    const own = ofLeak.get(JSON.stringify([leak.from, leak.into])) ?? [];
    const counts = Map.groupBy(own, ({ kind }) => kind);
    const byKind = EVIDENCE_KINDS.flatMap((kind): [EvidenceKind, number][] => {
      const images = counts.get(kind)?.length ?? 0;
      return images === 0 ? [] : [[kind, images]];
    });
    return { ...leak, byKind: Object.fromEntries(byKind) };
  });
}

/** Per node and split, the most certain accepted pair with a node that has files there. */
function surestMatches(
  { nodes }: ProjectView,
  cuts: readonly PairCut[],
): (Map<number, Match> | undefined)[] {
  const surest: (Map<number, Match> | undefined)[] = [];
  const note = (node: number, other: number, pair: Omit<Match, "file">) => {
    const matches = surest[node] ?? new Map<number, Match>();
    surest[node] = matches;
    for (const file of nodes.files[other] ?? []) {
      const known = matches.get(file.split);
      if (!known || isSurer(pair, known)) matches.set(file.split, { ...pair, file });
    }
  };
  for (const { modelOutput, accepted } of cuts) {
    const { a, b, count, similarity, confidence, kind } = modelOutput.pairs;
    for (let row = 0; row < count; row++) {
      if (accepted[row] === 0) continue;
      // The columns are equally long, hence the casts.
      const pair = {
        similarity: roundFigure(similarity[row] as number),
        confidence: roundFigure(confidence[row] as number),
        kind: EVIDENCE_KINDS[kind[row] as number] ?? "similar",
      };
      note(a[row] as number, b[row] as number, pair);
      note(b[row] as number, a[row] as number, pair);
    }
  }
  return surest;
}

/** A split's first file of each content. */
function filesByContent(files: readonly NodeFile[], split: number): Map<number, NodeFile> {
  const found = new Map<number, NodeFile>();
  for (const file of files) {
    if (file.split === split && !found.has(file.content)) found.set(file.content, file);
  }
  return found;
}

/** A file's closest copy: the same bytes, else the same pixels, else the first. */
function copyOf(
  { content }: NodeFile,
  copies: ReadonlyMap<number, NodeFile>,
  facts: (content: number) => ContentFacts,
): Match | undefined {
  const same = copies.get(content);
  const match = (file: NodeFile, kind: EvidenceKind): Match => ({
    file,
    kind,
    similarity: 1,
    confidence: 1,
  });
  if (same) return match(same, "same-bytes");
  const matches = Array.from(copies.values(), (file) =>
    match(file, kindOfCopies(content, file.content, facts)),
  );
  return matches.find(({ kind }) => kind === "same-pixels") ?? matches[0];
}

/** Orders by split, then by kind, then by confidence. */
function bySplits({ splits }: ProjectView): (x: LeakPair, y: LeakPair) => number {
  const indexes = new Map(splits.map(({ name }, at) => [name, at]));
  const indexOf = (name: string) => indexes.get(name) ?? -1;
  return (x, y) =>
    indexOf(x.from) - indexOf(y.from) ||
    indexOf(x.into) - indexOf(y.into) ||
    EVIDENCE_KINDS.indexOf(x.kind) - EVIDENCE_KINDS.indexOf(y.kind) ||
    y.confidence - x.confidence ||
    x.a - y.a;
}
