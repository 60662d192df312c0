/** Parameters of Apple DNIKit's `Duplicates` (apple/dnikit, src/dnikit/dnikit/introspectors/_duplicates.py). */
export const DNIKIT = {
  /** Dimensions that its recipe reduces embeddings to. */
  dimensions: 40,
  /** Nearest neighbors per image; DNIKit counts the image itself as one of them. */
  neighbors: 10,
  /** Default sensitivity of its slope strategy. */
  slopeSensitivity: 5,
  /** Least sensitivity of its slope strategy. Below it, the sliding window would reach past the largest distance. */
  leastSlopeSensitivity: 3,
} as const;
